//! Two accounts whose passwords everybody knows, so that a fresh machine can be tried at once. Development only;
//! the caller says so loudly.

use app::features::auth::types::Role;

use crate::features::audit::Origin;

use super::{error::AuthError, service::Auth, username::Username};

pub struct Account {
    pub username: &'static str,
    pub password: &'static str,
    pub role: Role,
}

pub const ACCOUNTS: [Account; 2] = [
    Account {
        username: "testuser",
        password: "testpassword",
        role: Role::User,
    },
    Account {
        username: "admin",
        password: "admin123",
        role: Role::Admin,
    },
];

/// Makes those that are missing. One that exists keeps its password, should it have been changed.
///
/// # Errors
/// When the database fails.
pub async fn seed(auth: &Auth) -> Result<(), AuthError> {
    for account in &ACCOUNTS {
        let username = Username::parse(account.username)?;
        match auth
            .create(
                &username,
                account.password.into(),
                None,
                account.role,
                &Origin::default(),
            )
            .await
        {
            Ok(_) | Err(AuthError::UsernameTaken) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
