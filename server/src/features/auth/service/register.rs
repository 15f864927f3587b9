//! Accounts come into being.

use app::{
    contract::UserId,
    features::auth::types::{RegisterRequest, Role},
};
use secrecy::SecretString;
use sqlx::AnyConnection;

use super::{Auth, profile::WAIT_SECONDS};
use crate::{
    config::Registration,
    features::{
        audit::{Action, Event, Origin, Outcome},
        auth::{
            error::AuthError,
            repo::{
                pending::{self, Pending},
                users::{self, NewUser},
            },
            username::{Username, check_password, email_address, full_name},
        },
        mail::Letter,
    },
    platform::mailer::EmailAddress,
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
        let email = request.email.as_deref().map(email_address).transpose()?;
        if email.is_some() && !self.0.mails.can_send() {
            return Err(AuthError::EmailUnsupported);
        }
        let password = SecretString::from(request.password);
        check_password(&password, &username, email.as_ref().map(EmailAddress::as_str))?;
        let full_name = request.full_name.map(full_name).transpose()?;
        if let Some(email) = email {
            let id = self
                .wait_for(username.clone(), email, password, full_name, origin)
                .await?;
            return Ok((id, username));
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
            password_hash: Some(password_hash),
            email: None,
            full_name,
            role,
            now: self.now(),
        };
        let mut transaction = self.0.db.begin().await?;
        users::insert(&mut transaction, user)
            .await
            .map_err(AuthError::taken)?;
        let event = Event::new(Action::Register, Outcome::Success, origin).by(id, username.as_str());
        self.0.audit.record(&mut transaction, event.on(id)).await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// Keeps a registration until its address is confirmed. Whether the address has an account already is looked up
    /// after the answer, which is the same either way; so is what a login says until then.
    async fn wait_for(
        &self,
        username: Username,
        email: EmailAddress,
        password: SecretString,
        full_name: Option<String>,
        origin: &Origin,
    ) -> Result<UserId, AuthError> {
        let pending = Pending {
            id: UserId::from_uuid(self.0.rng.uuid()),
            username: username.as_str().to_owned(),
            email,
            password_hash: self.0.passwords.hash(password).await?,
            full_name,
        };
        let now = self.now();
        let mut transaction = self.0.db.begin().await?;
        if !pending::insert(&mut transaction, &pending, now, now + WAIT_SECONDS).await? {
            return Err(AuthError::UsernameTaken);
        }
        let letter = Letter::ConfirmRegistration {
            registration: pending.id,
        };
        self.0.mails.queue(&mut transaction, &letter).await?;
        let event = Event::new(Action::Register, Outcome::Success, origin)
            .by_claim(username.as_str())
            .on(pending.id)
            .saying("waits for its e-mail address to be confirmed");
        self.0.audit.record(&mut transaction, event).await?;
        transaction.commit().await?;
        self.0.mails.wake();
        tracing::info!(registration = %pending.id, "registration waits for its address to be confirmed");
        Ok(pending.id)
    }

    /// Makes the account of a registration whose address is confirmed; without its password, where that may be
    /// someone else's.
    pub(super) async fn insert_confirmed(
        &self,
        connection: &mut AnyConnection,
        pending: Pending,
        with_password: bool,
    ) -> Result<(), AuthError> {
        let username = Username::parse(&pending.username)?;
        let user = NewUser {
            id: pending.id,
            username: &username,
            password_hash: with_password.then_some(pending.password_hash),
            email: Some(pending.email),
            full_name: pending.full_name,
            role: Role::User,
            now: self.now(),
        };
        users::insert(connection, user).await.map_err(AuthError::taken)
    }
}
