//! What people see and say about themselves.

use app::features::auth::{types::Me, types_profile::UpdateMeRequest};
use secrecy::SecretString;

use super::{Auth, password::wrong_password};
use crate::{
    features::{
        audit::{Action, Event, Origin, Outcome},
        auth::{
            error::AuthError,
            principal::{Person, Principal},
            repo::{pending, users},
            username::{Username, email_address, full_name},
        },
        mail::Letter,
    },
    platform::mailer::EmailAddress,
};

const PASSWORD: &str = "current_password";
/// How long an address that nobody confirms is waited for.
pub(super) const WAIT_SECONDS: i64 = 86_400;

impl Auth {
    /// # Errors
    /// [`AuthError::InvalidToken`] when the account is gone.
    #[tracing::instrument(level = "debug", name = "auth.me", skip_all, fields(user = %caller.user_id))]
    pub async fn me(&self, caller: &Principal) -> Result<Me, AuthError> {
        let user = users::find(self.0.platform.db.pool(), caller.user_id)
            .await?
            .ok_or(AuthError::InvalidToken)?;
        Ok(Me {
            id: user.id,
            username: user.username,
            email_verified: user.email.is_some(),
            email: user.email.map(String::from),
            full_name: user.full_name,
            role: user.role,
            attributes: serde_json::Map::new(),
            created_at: user.created_at,
        })
    }

    /// Changes what is given. Another e-mail address takes effect once it is confirmed; whether it has an account
    /// already is looked up after the answer.
    ///
    /// # Errors
    /// [`AuthError::Field`], also for a current password that is wrong; [`AuthError::InvalidToken`] when the caller's
    /// sign-in has ended meanwhile.
    #[tracing::instrument(level = "debug", name = "auth.update_me", skip_all, fields(user = %caller.who.user_id))]
    pub async fn update_me(
        &self,
        caller: &Person,
        request: UpdateMeRequest,
        origin: &Origin,
    ) -> Result<Me, AuthError> {
        origin.trail.count();
        let full_name = request.full_name.map(full_name).transpose()?;
        let email = request.email.as_deref().map(email_address).transpose()?;
        let wanted = match (email, request.current_password) {
            (None, _) => None,
            (Some(_), _) if !self.0.mails.can_send() => return Err(AuthError::EmailUnsupported),
            (Some(_), None) => {
                return Err(AuthError::field(
                    PASSWORD,
                    "is required to change the e-mail address",
                ));
            }
            (Some(email), Some(password)) => Some((email, SecretString::from(password))),
        };
        match self.try_to_update_me(caller, full_name, wanted, origin).await {
            Ok(()) => {}
            Err(error @ AuthError::Database(_)) => return Err(error),
            Err(error) => {
                let event = profile_event(&caller.who, Outcome::Denied, origin);
                self.0.audit.note(event).await?;
                return Err(error);
            }
        }
        self.0.mails.wake();
        self.me(&caller.who).await
    }

    async fn try_to_update_me(
        &self,
        caller: &Person,
        full_name: Option<String>,
        wanted: Option<(EmailAddress, SecretString)>,
        origin: &Origin,
    ) -> Result<(), AuthError> {
        let user = caller.who.user_id;
        let wanted = match wanted {
            Some((email, password)) => {
                let username = Username::parse(&caller.who.username)?;
                let verified = self.own_password(&username, password, PASSWORD, origin).await?;
                Some((email, verified))
            }
            None => None,
        };
        let mut transaction = self.0.platform.db.begin().await?;
        let hash = self.hold(&mut transaction, caller).await?;
        if let Some(full_name) = full_name {
            let full_name = Some(full_name).filter(|name| !name.is_empty());
            users::set_full_name(&mut transaction, user, full_name.as_deref()).await?;
        }
        if let Some((email, verified)) = wanted {
            if hash != verified {
                return Err(wrong_password(PASSWORD));
            }
            let expires_at = self.now() + WAIT_SECONDS;
            pending::want_address(&mut transaction, user, &email, expires_at).await?;
            let letter = Letter::ConfirmAddress { user };
            self.0.mails.queue(&mut transaction, &letter).await?;
        }
        let event = profile_event(&caller.who, Outcome::Success, origin);
        self.0.audit.record(&mut transaction, event).await?;
        Ok(transaction.commit().await?)
    }
}

fn profile_event(caller: &Principal, outcome: Outcome, origin: &Origin) -> Event {
    Event::new(Action::UpdateProfile, outcome, origin)
        .by(caller.user_id, &caller.username)
        .on(caller.user_id)
}
