//! Two accounts whose passwords everybody knows, so that a fresh machine can be tried at once. Development only;
//! the caller says so loudly.

use app::features::auth::types::Role;

use super::{error::AuthError, service::Auth, username::Username};
use crate::features::audit::{Action, Event, Origin, Outcome};

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
        match auth.seed(account).await {
            Ok(()) | Err(AuthError::UsernameTaken) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl Auth {
    async fn seed(&self, account: &Account) -> Result<(), AuthError> {
        let new = self
            .with_any_password(Username::parse(account.username)?, account.password.into(), None)
            .await?;
        self.make(
            new,
            account.role,
            Event::new(Action::Register, Outcome::Success, &Origin::default()),
        )
        .await
        .map(drop)
    }
}
