//! From a credential to the one who holds it: decided anew at each request, so that what is revoked is dead at once.

use app::contract::{SignInId, UserId};
use sqlx::AnyConnection;

use super::{Auth, BROWSER_IDLE_SECONDS, TOUCH_SECONDS};
use crate::{
    features::auth::{
        error::AuthError,
        principal::{Credential, Person, Principal},
        repo::{
            sign_ins::{self, Kind},
            users,
        },
    },
    platform::{
        database::{Condition, condition},
        tokens::Purpose,
    },
};

impl Auth {
    /// Who an access token speaks for.
    ///
    /// # Errors
    /// [`AuthError::TokenExpired`], [`AuthError::InvalidToken`].
    pub async fn authenticate_token(&self, token: &str) -> Result<Principal, AuthError> {
        let subject = self
            .0
            .keys
            .verify(Purpose::Access, token, self.0.platform.clock.now())?;
        let principal = self
            .live(subject.sign_in, Kind::Token)
            .await?
            .ok_or(AuthError::InvalidToken)?;
        if principal.user_id != subject.user {
            return Err(AuthError::InvalidToken);
        }
        Ok(principal)
    }

    /// Who a browser's session speaks for; nobody, when its sign-in has ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn authenticate_session(&self, sign_in: SignInId) -> Result<Option<Principal>, AuthError> {
        self.live(sign_in, Kind::Browser).await
    }

    /// Who a credential of this account speaks for; nobody, when the account is disabled or gone.
    ///
    /// # Errors
    /// When the database fails.
    pub(in crate::features) async fn holder(
        &self,
        user_id: UserId,
        credential: Credential,
    ) -> Result<Option<Principal>, sqlx::Error> {
        let found = users::find_active(self.0.platform.db.pool(), user_id).await?;
        Ok(found.map(|(username, role)| Principal {
            user_id,
            username,
            role,
            credential,
        }))
    }

    /// Holds the caller's account until the transaction ends, and looks once more whether the sign-in that speaks is
    /// alive: hashing a password takes its time, and a reset may have ended both meanwhile. Answers the hash of the
    /// password, to be compared with one that was verified before.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] when the sign-in has ended.
    pub(in crate::features) async fn hold(
        &self,
        connection: &mut AnyConnection,
        caller: &Person,
    ) -> Result<String, AuthError> {
        let user = caller.who.user_id;
        let hash = users::lock(connection, user)
            .await?
            .ok_or(AuthError::InvalidToken)?;
        if sign_ins::is_alive(connection, user, caller.sign_in, self.now()).await? {
            Ok(hash)
        } else {
            Err(AuthError::InvalidToken)
        }
    }

    async fn live(&self, sign_in: SignInId, kind: Kind) -> Result<Option<Principal>, AuthError> {
        let now = self.now();
        let Some(live) = sign_ins::find_live(self.0.platform.db.pool(), sign_in, kind, now).await? else {
            return Ok(None);
        };
        let unseen = now - live.last_seen_at;
        if kind == Kind::Browser && unseen > BROWSER_IDLE_SECONDS {
            return Ok(None);
        }
        if unseen >= TOUCH_SECONDS {
            match sign_ins::touch(self.0.platform.db.pool(), sign_in, now).await {
                // Reading goes on while the database is locked or full; a later request writes it.
                Err(error) if condition(&error) != Condition::Faulty => {
                    tracing::warn!(%error, "a sign-in's last use could not be written");
                }
                outcome => outcome?,
            }
        }
        Ok(Some(Principal {
            user_id: live.user,
            username: live.username,
            role: live.role,
            credential: match kind {
                Kind::Token => Credential::AccessToken(sign_in),
                Kind::Browser => Credential::Session(sign_in),
            },
        }))
    }
}
