//! Two accounts whose passwords everybody knows, so that a fresh machine can be tried at once. In development they are
//! made in an empty database; elsewhere the program does not start while they can sign in.

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

/// Makes both.
///
/// # Errors
/// When the database fails.
pub async fn seed(auth: &Auth) -> Result<(), AuthError> {
    for account in &ACCOUNTS {
        auth.seed(account).await?;
    }
    Ok(())
}

impl Auth {
    /// Whether the account is there, active, and still has its password.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lets_in(&self, account: &Account) -> Result<bool, AuthError> {
        // Every start asks, and hashing a password takes its time: it is done for accounts that exist.
        if !self.has_account(&Username::parse(account.username)?).await? {
            return Ok(false);
        }
        match self.matching(account.username, account.password.into()).await {
            Ok(_) => Ok(true),
            Err(AuthError::InvalidCredentials | AuthError::EmailNotVerified) => Ok(false),
            Err(error) => Err(error),
        }
    }

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
