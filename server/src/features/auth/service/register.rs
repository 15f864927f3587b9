//! Strangers open accounts, as far as the policy of the server lets them.

use app::{contract::UserId, features::auth::types::RegisterRequest};
use secrecy::SecretString;
use sqlx::AnyConnection;

use super::{Auth, account::NewAccount, profile::WAIT_SECONDS};
use crate::{
    config::Registration,
    features::{
        audit::{Action, Event, Origin, Outcome},
        auth::{
            error::AuthError,
            repo::{
                pending::{self, Pending},
                users::NewUser,
            },
            username::{Username, check_password, email_address, full_name},
        },
        mail::Letter,
    },
    platform::mailer::EmailAddress,
};

impl Auth {
    /// Opens an account for a stranger, or keeps their registration until the address is confirmed. Whoever holds an
    /// invitation has the account at once; the address that it was mailed to is confirmed by that.
    ///
    /// # Errors
    /// [`AuthError::Field`] for what is not acceptable, [`AuthError::UsernameTaken`], and the refusals of the
    /// registration policy.
    #[tracing::instrument(level = "debug", name = "auth.register", skip_all)]
    pub async fn register(
        &self,
        request: RegisterRequest,
        origin: &Origin,
    ) -> Result<(UserId, Username), AuthError> {
        origin.trail.count();
        let claimed = request.username.clone();
        let registered = self.try_to_register(request, origin).await;
        if let Err(
            AuthError::RegistrationClosed
            | AuthError::InvitationNeeded
            | AuthError::InvitationInvalid
            | AuthError::RoleNotAllowed
            | AuthError::UsernameTaken,
        ) = registered
        {
            let event = Event::new(Action::Register, Outcome::Denied, origin).by_claim(claimed);
            self.0.audit.note(event).await?;
        }
        registered
    }

    async fn try_to_register(
        &self,
        request: RegisterRequest,
        origin: &Origin,
    ) -> Result<(UserId, Username), AuthError> {
        match self.0.registration {
            Registration::Closed => return Err(AuthError::RegistrationClosed),
            Registration::Invite if request.invitation.is_none() => return Err(AuthError::InvitationNeeded),
            Registration::Open | Registration::Invite => {}
        }
        if request.role.as_ref().is_some_and(|role| role != "user") {
            return Err(AuthError::RoleNotAllowed);
        }
        let email = request.email.as_deref().map(email_address).transpose()?;
        if let Some(secret) = &request.invitation {
            return self.register_invited(secret, &request, email, origin).await;
        }
        let username = Username::parse(&request.username)?;
        if email.is_some() && !self.0.mails.can_send() {
            return Err(AuthError::EmailUnsupported);
        }
        if let Some(email) = email {
            let password = SecretString::from(request.password);
            check_password(&password, &username, Some(email.as_str()))?;
            let full_name = request.full_name.map(full_name).transpose()?;
            let id = self
                .wait_for(username.clone(), email, password, full_name, origin)
                .await?;
            return Ok((id, username));
        }
        let account = self
            .prepare(
                &request.username,
                request.password.into(),
                request.full_name,
                None,
            )
            .await?;
        if !self.0.without_email {
            return Err(AuthError::field("email", "is required on this server"));
        }
        let mut transaction = self.0.platform.db.begin().await?;
        let id = self.insert(&mut transaction, account).await?;
        let event = Event::new(Action::Register, Outcome::Success, origin).by(id, username.as_str());
        self.0.audit.record(&mut transaction, event.on(id)).await?;
        transaction.commit().await?;
        tracing::info!(user = %id, "account registered");
        Ok((id, username))
    }

    /// The invitation is used up in the transaction that makes the account, so that of two who hold it one gets in.
    async fn register_invited(
        &self,
        secret: &str,
        request: &RegisterRequest,
        email: Option<EmailAddress>,
        origin: &Origin,
    ) -> Result<(UserId, Username), AuthError> {
        // Before the password is hashed: guessing must not be work for us.
        let mailed_to = match self.0.invitations.open(secret).await? {
            Some(invitation) => invitation.email,
            None => return Err(AuthError::InvitationInvalid),
        };
        if email.is_some_and(|email| {
            !mailed_to
                .as_deref()
                .is_some_and(|to| to.eq_ignore_ascii_case(email.as_str()))
        }) {
            return Err(AuthError::field(
                "email",
                "is not where the invitation was sent; register without one, and add it to your profile",
            ));
        }
        let account: NewAccount = self
            .prepare(
                &request.username,
                request.password.clone().into(),
                request.full_name.clone(),
                mailed_to.as_deref(),
            )
            .await?;
        let username = account.username().clone();
        let account = match mailed_to {
            Some(to) => account.confirmed_at(email_address(&to)?),
            None => account,
        };
        let mut transaction = self.0.platform.db.begin().await?;
        let id = self.insert(&mut transaction, account).await?;
        let accepted = self.0.invitations.accept(&mut transaction, secret, id).await?;
        let accepted = accepted.ok_or(AuthError::InvitationInvalid)?;
        self.grant(&mut transaction, id, accepted.role).await?;
        for (action, target) in [
            (Action::Register, id.to_string()),
            (Action::InvitationAccept, accepted.id.to_string()),
        ] {
            let event = Event::new(action, Outcome::Success, origin).by(id, username.as_str());
            self.0.audit.record(&mut transaction, event.on(target)).await?;
        }
        transaction.commit().await?;
        tracing::info!(user = %id, "invited account registered");
        Ok((id, username))
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
            id: UserId::from_uuid(self.0.platform.rng.uuid()),
            username: username.as_str().to_owned(),
            email,
            password_hash: self.0.passwords.hash(password).await?,
            full_name,
        };
        let now = self.now();
        let mut transaction = self.0.platform.db.begin().await?;
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
            now: self.now(),
        };
        self.insert_user(connection, user).await
    }
}
