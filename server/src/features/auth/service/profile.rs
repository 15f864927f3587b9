//! What people see and say about themselves.

use app::features::auth::{types::Me, types_profile::UpdateMeRequest};

use super::Auth;
use crate::features::{
    audit::{Action, Event, Origin, Outcome},
    auth::{
        error::AuthError,
        principal::Principal,
        repo::{pending, users},
        username::{Username, email_address, full_name},
    },
    mail::Letter,
};

/// How long an address that nobody confirms is waited for.
pub(super) const WAIT_SECONDS: i64 = 86_400;

impl Auth {
    /// # Errors
    /// [`AuthError::InvalidToken`] when the account is gone.
    pub async fn me(&self, caller: &Principal) -> Result<Me, AuthError> {
        let user = users::find(self.0.db.pool(), caller.user_id)
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
    /// [`AuthError::Field`], also for a current password that is wrong.
    pub async fn update_me(
        &self,
        caller: &Principal,
        request: UpdateMeRequest,
        origin: &Origin,
    ) -> Result<Me, AuthError> {
        let full_name = request.full_name.map(full_name).transpose()?;
        let email = request.email.as_deref().map(email_address).transpose()?;
        if email.is_some() {
            if !self.0.mails.can_send() {
                return Err(AuthError::EmailUnsupported);
            }
            let password = request.current_password.ok_or_else(|| {
                AuthError::field("current_password", "is required to change the e-mail address")
            })?;
            let username = Username::parse(&caller.username)?;
            if let Err(error) = self
                .own_password(&username, password.into(), "current_password", origin)
                .await
            {
                let event = self.profile_event(caller, Outcome::Denied, origin);
                self.0.audit.note(event).await?;
                return Err(error);
            }
        }
        let mut transaction = self.0.db.begin().await?;
        if let Some(full_name) = full_name {
            let full_name = Some(full_name).filter(|name| !name.is_empty());
            users::set_full_name(&mut transaction, caller.user_id, full_name.as_deref()).await?;
        }
        if let Some(email) = email {
            let expires_at = self.now() + WAIT_SECONDS;
            pending::want_address(&mut transaction, caller.user_id, &email, expires_at).await?;
            let letter = Letter::ConfirmAddress { user: caller.user_id };
            self.0.mails.queue(&mut transaction, &letter).await?;
        }
        let event = self.profile_event(caller, Outcome::Success, origin);
        self.0.audit.record(&mut transaction, event).await?;
        transaction.commit().await?;
        self.0.mails.wake();
        self.me(caller).await
    }

    fn profile_event(&self, caller: &Principal, outcome: Outcome, origin: &Origin) -> Event {
        Event::new(Action::UpdateProfile, outcome, origin)
            .by(caller.user_id, &caller.username)
            .on(caller.user_id)
    }
}
