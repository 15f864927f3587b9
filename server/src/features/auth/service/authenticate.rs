//! From a credential to the one who holds it: decided anew at each request, so that what is revoked is dead at once.

use app::{
    contract::{SignInId, UserId},
    features::auth::types_sessions::SessionKind,
};
use sqlx::AnyConnection;

use super::{Auth, BROWSER_IDLE_SECONDS, TOUCH_SECONDS};
use crate::{
    features::auth::{
        error::AuthError,
        principal::{Credential, Person, Principal},
        repo::{
            sign_ins::{self, Live},
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
    #[tracing::instrument(level = "debug", name = "auth.authenticate_token", skip_all)]
    pub async fn authenticate_token(&self, token: &str) -> Result<Principal, AuthError> {
        let subject = self
            .0
            .keys
            .verify(Purpose::Access, token, self.0.platform.clock.now())?;
        let principal = self
            .live(subject.sign_in, SessionKind::Token)
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
    #[tracing::instrument(level = "debug", name = "auth.authenticate_session", skip_all, fields(%sign_in))]
    pub async fn authenticate_session(&self, sign_in: SignInId) -> Result<Option<Principal>, AuthError> {
        self.live(sign_in, SessionKind::Browser).await
    }

    /// Who a credential of this account speaks for; nobody, when the account is disabled or gone.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "auth.holder", skip_all, fields(%user_id))]
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

    /// Whether there is such an account, and it is not disabled.
    #[tracing::instrument(level = "debug", name = "auth.is_active", skip_all, fields(%user_id))]
    pub(in crate::features) async fn is_active(&self, user_id: UserId) -> Result<bool, sqlx::Error> {
        let found = users::find_active(self.0.platform.db.pool(), user_id).await?;
        Ok(found.is_some())
    }

    /// Holds the caller's account until the transaction ends, and looks once more whether the sign-in that speaks is
    /// alive: hashing a password takes its time, and a reset may have ended both meanwhile. Answers the hash of the
    /// password, to be compared with one that was verified before.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] when the sign-in has ended.
    #[tracing::instrument(level = "debug", name = "auth.hold", skip_all, fields(user = %caller.who.user_id))]
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

    /// Whether a sign-in still speaks for its user. To ask is no sign of life, as a request would be.
    #[tracing::instrument(level = "debug", name = "auth.is_signed_in", skip_all)]
    pub(in crate::features) async fn is_signed_in(
        &self,
        sign_in: SignInId,
        kind: SessionKind,
    ) -> Result<bool, sqlx::Error> {
        Ok(self.find_live(sign_in, kind).await?.is_some())
    }

    async fn find_live(&self, sign_in: SignInId, kind: SessionKind) -> Result<Option<Live>, sqlx::Error> {
        let now = self.now();
        let found = sign_ins::find_live(self.0.platform.db.pool(), sign_in, kind, now).await?;
        Ok(found
            .filter(|live| kind != SessionKind::Browser || now - live.last_seen_at <= BROWSER_IDLE_SECONDS))
    }

    async fn live(&self, sign_in: SignInId, kind: SessionKind) -> Result<Option<Principal>, AuthError> {
        let Some(live) = self.find_live(sign_in, kind).await? else {
            return Ok(None);
        };
        let now = self.now();
        if now - live.last_seen_at >= TOUCH_SECONDS {
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
                SessionKind::Token => Credential::AccessToken(sign_in),
                SessionKind::Browser => Credential::Session(sign_in),
            },
        }))
    }
}
