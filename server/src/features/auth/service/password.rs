//! Passwords that are forgotten, reset, changed; and whose they no longer are afterwards.

use app::{
    contract::{SignInId, UserId},
    features::{
        admin::types::UserStatus,
        auth::types_password::{ChangePasswordRequest, ForgotPasswordRequest, ResetPasswordRequest},
    },
};
use secrecy::SecretString;
use sqlx::AnyConnection;

use super::Auth;
use crate::{
    features::{
        api_keys,
        audit::{Action, Event, Origin, Outcome},
        auth::{
            codes::{Code, CodePurpose},
            error::AuthError,
            principal::Person,
            repo::{codes, pending, sign_ins, users},
            username::{Username, check_length, check_password},
        },
        mail::Letter,
    },
    platform::mailer::EmailAddress,
};

/// As long as an e-mail address can be, which a username cannot.
const MAX_ACCOUNT_BYTES: usize = 254;

impl Auth {
    /// Asks for a reset code. Whether there is such an account is looked up after the answer.
    ///
    /// # Errors
    /// [`AuthError::Field`] for what is neither a name nor an address.
    #[tracing::instrument(level = "debug", name = "auth.forgot_password", skip_all)]
    pub async fn forgot_password(
        &self,
        request: ForgotPasswordRequest,
        origin: &Origin,
    ) -> Result<(), AuthError> {
        origin.trail.count();
        let account = request.username.trim();
        if account.is_empty() || account.len() > MAX_ACCOUNT_BYTES || account.contains(char::is_control) {
            return Err(AuthError::field(
                "username",
                "must be a username or an e-mail address",
            ));
        }
        let letter = Letter::ForgotPassword {
            account: account.to_owned(),
        };
        let event = Event::new(Action::ForgotPassword, Outcome::Success, origin).by_guess(account);
        self.post(&letter, event).await
    }

    /// Takes a reset code and a new password; every sign-in of the user ends, and so does every API key: whoever had
    /// the account may have made some, and the owner who lost it cannot tell theirs.
    ///
    /// # Errors
    /// [`AuthError::WrongCode`], the same for users that do not exist; [`AuthError::Field`].
    #[tracing::instrument(level = "debug", name = "auth.reset_password", skip_all)]
    pub async fn reset_password(
        &self,
        request: ResetPasswordRequest,
        origin: &Origin,
    ) -> Result<(), AuthError> {
        let code = Code::parse(&request.code)?;
        let username = Username::parse(&request.username)?;
        let password = SecretString::from(request.new_password);
        // All that can be said without knowing whose it will be: a guess must not be told more.
        check_password(&password, &username, None).map_err(|error| error.about("new_password"))?;
        let found = users::secret_of(self.0.platform.db.pool(), &username).await?;
        let candidates: Vec<_> = found
            .iter()
            .filter(|user| user.status == UserStatus::Active)
            .map(|user| (CodePurpose::ResetPassword, user.id))
            .collect();
        let denied = Event::new(Action::ResetPassword, Outcome::Denied, origin).by_guess(username.as_str());
        let right = self.guess(&candidates, &code, denied).await?;

        let user = users::find(self.0.platform.db.pool(), right.subject)
            .await?
            .ok_or(AuthError::WrongCode)?;
        let email = user.email.as_ref().map(EmailAddress::as_str);
        check_password(&password, &username, email).map_err(|error| error.about("new_password"))?;
        let hash = self.0.passwords.hash(password).await?;
        let mut transaction = self.0.platform.db.begin().await?;
        users::lock(&mut transaction, user.id)
            .await?
            .ok_or(AuthError::WrongCode)?;
        self.consume(&mut transaction, &right).await?;
        users::set_password(&mut transaction, user.id, &hash, self.now()).await?;
        self.cut_off(&mut transaction, user.id, None).await?;
        let event = |action| {
            Event::new(action, Outcome::Success, origin)
                .by(user.id, &user.username)
                .on(user.id)
        };
        let keys = api_keys::delete_all(&mut transaction, user.id).await?;
        if keys > 0 {
            let event = event(Action::DeleteApiKey).saying(format!("all {keys}, with the password"));
            self.0.audit.record(&mut transaction, event).await?;
        }
        let letter = Letter::PasswordReset { user: user.id };
        self.0.mails.queue(&mut transaction, &letter).await?;
        self.0
            .audit
            .record(&mut transaction, event(Action::ResetPassword))
            .await?;
        transaction.commit().await?;
        self.0.mails.wake();
        self.begin_anew(username.as_str()).await?;
        tracing::info!(user = %user.id, "password reset");
        Ok(())
    }

    /// Changes the caller's own password; every sign-in but theirs ends.
    ///
    /// # Errors
    /// [`AuthError::Field`], also for a current password that is wrong; [`AuthError::InvalidToken`] when the caller's
    /// sign-in has ended meanwhile.
    #[tracing::instrument(level = "debug", name = "auth.change_password", skip_all, fields(user = %caller.who.user_id))]
    pub async fn change_password(
        &self,
        caller: &Person,
        request: ChangePasswordRequest,
        origin: &Origin,
    ) -> Result<(), AuthError> {
        origin.trail.count();
        let (field, old) = match (request.old_password, request.current_password) {
            (Some(old), None) => ("old_password", old),
            (None, Some(old)) => ("current_password", old),
            (Some(_), Some(_)) => {
                return Err(AuthError::field(
                    "current_password",
                    "means the same as old_password",
                ));
            }
            (None, None) => return Err(AuthError::field("current_password", "is required")),
        };
        let new = SecretString::from(request.new_password);
        let user = users::find(self.0.platform.db.pool(), caller.who.user_id)
            .await?
            .ok_or(AuthError::InvalidToken)?;
        let username = Username::parse(&user.username)?;
        let email = user.email.as_ref().map(EmailAddress::as_str);
        check_password(&new, &username, email).map_err(|error| error.about("new_password"))?;
        let event = |outcome| {
            Event::new(Action::ChangePassword, outcome, origin)
                .by(user.id, &user.username)
                .on(user.id)
        };
        let replaced = async {
            let verified = self.own_password(&username, old.into(), field, origin).await?;
            let hash = self.0.passwords.hash(new).await?;
            let mut transaction = self.0.platform.db.begin().await?;
            // Of two that change it at once, one wins and the other is told that its old password is none any more.
            if self.hold(&mut transaction, caller).await? != verified {
                return Err(wrong_password(field));
            }
            users::set_password(&mut transaction, user.id, &hash, self.now()).await?;
            self.cut_off(&mut transaction, user.id, Some(caller.sign_in))
                .await?;
            let letter = Letter::PasswordChanged { user: user.id };
            self.0.mails.queue(&mut transaction, &letter).await?;
            self.0
                .audit
                .record(&mut transaction, event(Outcome::Success))
                .await?;
            Ok(transaction.commit().await?)
        };
        let replaced: Result<(), AuthError> = replaced.await;
        if let Err(AuthError::Field { .. } | AuthError::InvalidToken) = replaced {
            self.0.audit.note(event(Outcome::Denied)).await?;
        }
        replaced?;
        self.0.mails.wake();
        tracing::info!(user = %user.id, "password changed");
        Ok(())
    }

    /// The hash of the caller's password, once they have shown that they know it. It may be another one a moment later:
    /// whatever is done with it compares it with what [`Self::hold`] answers. Counted like a sign-in: whoever found a
    /// screen unlocked has no more guesses than anyone else.
    pub(super) async fn own_password(
        &self,
        username: &Username,
        password: SecretString,
        field: &'static str,
        origin: &Origin,
    ) -> Result<String, AuthError> {
        check_length(&password).map_err(|_| wrong_password(field))?;
        let attempt = self.attempt(username.as_str(), origin).await?;
        let stored = users::secret_of(self.0.platform.db.pool(), username)
            .await?
            .and_then(|secret| secret.password_hash().map(str::to_owned));
        if !self.0.passwords.verify(password, stored.clone()).await? {
            return Err(wrong_password(field));
        }
        self.was_no_guess(attempt).await?;
        stored.ok_or_else(|| wrong_password(field))
    }

    /// Ends what whoever knew the old password may have begun.
    pub(super) async fn cut_off(
        &self,
        connection: &mut AnyConnection,
        user: UserId,
        except: Option<SignInId>,
    ) -> Result<(), AuthError> {
        sign_ins::revoke_others(connection, user, except, self.now()).await?;
        codes::revoke(connection, user).await?;
        pending::take_address(connection, user).await?;
        Ok(())
    }
}

pub(super) fn wrong_password(field: &'static str) -> AuthError {
    AuthError::field(field, "is not your password")
}
