//! Accounts come into being.

use app::{
    contract::UserId,
    features::auth::types::{RegisterRequest, Role},
};
use secrecy::SecretString;

use super::Auth;
use crate::{
    config::Registration,
    features::audit::{Action, Event, Origin, Outcome},
    features::auth::{
        error::AuthError,
        repo::users::{self, NewUser},
        username::{Username, check_password},
    },
    platform::database::is_duplicate,
};

impl Auth {
    /// Opens an account for a stranger.
    ///
    /// # Errors
    /// [`AuthError::Field`] for what is not acceptable, [`AuthError::UsernameTaken`], and the refusals of the
    /// registration policy.
    pub async fn register(
        &self,
        request: RegisterRequest,
        origin: &Origin,
    ) -> Result<(UserId, Username), AuthError> {
        if self.0.registration != Registration::Open {
            return Err(AuthError::RegistrationClosed);
        }
        if request.role.is_some_and(|role| role != "user") {
            return Err(AuthError::RoleNotAllowed);
        }
        let username = Username::parse(&request.username)?;
        let password = SecretString::from(request.password);
        check_password(&password, &username, request.email.as_deref())?;
        let full_name = request.full_name.map(full_name).transpose()?;
        if request.email.is_some() {
            return Err(AuthError::EmailUnsupported);
        }
        if !self.0.without_email {
            return Err(AuthError::field("email", "is required on this server"));
        }
        let id = self
            .create(&username, password, full_name, Role::User, origin)
            .await?;
        tracing::info!(user = %id, "account registered");
        Ok((id, username))
    }

    /// The one constructor of accounts. A role other than [`Role::User`] is never taken from a request.
    pub(in crate::features::auth) async fn create(
        &self,
        username: &Username,
        password: SecretString,
        full_name: Option<String>,
        role: Role,
        origin: &Origin,
    ) -> Result<UserId, AuthError> {
        let id = UserId::from_uuid(self.0.rng.uuid());
        let password_hash = self.0.passwords.hash(password).await?;
        let user = NewUser {
            id,
            username,
            password_hash,
            full_name,
            role,
            now: self.now(),
        };
        let mut transaction = self.0.db.begin().await?;
        users::insert(&mut transaction, user)
            .await
            .map_err(|error| match error {
                error if is_duplicate(&error) => AuthError::UsernameTaken,
                error => error.into(),
            })?;
        let event = Event::new(Action::Register, Outcome::Success, origin).by(id, username.as_str());
        self.0.audit.record(&mut transaction, event.on(id)).await?;
        transaction.commit().await?;
        Ok(id)
    }
}

fn full_name(name: String) -> Result<String, AuthError> {
    if name.chars().count() > 200 || name.chars().any(char::is_control) {
        return Err(AuthError::field(
            "full_name",
            "must be at most 200 characters on one line",
        ));
    }
    Ok(name)
}
