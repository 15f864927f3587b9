//! Rotation of refresh tokens (RFC 9700, section 4.14.2): each is good once, and gives its holder the next. One that
//! comes back later has been copied, by a thief or from the thief's victim, and ends the whole sign-in.
//!
//! Two tabs of one client refresh at the same moment, and an answer can get lost on its way. So for a few seconds a
//! used token gives the *same* successor again, as long as nobody has used that one: the next token is computed from
//! the one before with a key of the server's, and needs not be kept to be given twice. The family never branches,
//! hence a thief who was quick is found out at the next exchange at the latest.

use app::features::auth::types::TokenResponse;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use sqlx::AnyConnection;

use super::{Auth, Lifetime, seconds};
use crate::{
    features::{
        audit::{Action, Event, Origin, Outcome},
        auth::{
            error::AuthError,
            repo::{
                refresh_tokens::{self, Shown, Used},
                sign_ins,
            },
        },
    },
    platform::tokens::{DerivedKey, Subject, digest},
};

pub(super) const REFRESH_PREFIX: &str = "fpk_refresh_";
/// Names the keys' purpose where they are derived.
pub(super) const PURPOSE: &str = "successors of refresh tokens";
/// How long a used token gives its successor again.
const GRACE_SECONDS: i64 = 10;
/// However often it is renewed, a sign-in ends this long after the password was given.
const LONGEST_SIGN_IN_SECONDS: i64 = 90 * 86_400;

/// What became of a token that was shown.
enum Exchanged {
    /// The next token of the family.
    For(SecretString),
    Refused(AuthError),
    /// Used before: the sign-in has been ended.
    Replayed,
}

impl Auth {
    /// Exchanges a refresh token for the next one, with new access and id tokens.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`], also for one that was used before, which ends its sign-in;
    /// [`AuthError::TokenExpired`].
    #[tracing::instrument(level = "debug", name = "auth.refresh", skip_all)]
    pub async fn refresh(
        &self,
        token: &SecretString,
        lifetime: Lifetime,
        origin: &Origin,
    ) -> Result<TokenResponse, AuthError> {
        let event = |outcome| Event::new(Action::RefreshTokens, outcome, origin);
        let hash = digest(token.expose_secret());
        let mut transaction = self.0.platform.db.begin().await?;
        let Some(shown) = refresh_tokens::find(&mut transaction, &hash).await? else {
            self.0
                .audit
                .record(&mut transaction, event(Outcome::Denied))
                .await?;
            transaction.commit().await?;
            return Err(AuthError::InvalidToken);
        };
        let subject = Subject {
            user: shown.user,
            sign_in: shown.sign_in,
        };
        let name = shown.username.clone();
        let exchanged = self
            .exchange(&mut transaction, token, &hash, shown, origin)
            .await?;
        let event = match &exchanged {
            Exchanged::For(_) => event(Outcome::Success),
            Exchanged::Refused(error) => event(Outcome::Denied).saying(error.to_string()),
            Exchanged::Replayed => {
                event(Outcome::Denied).saying("a used refresh token came back: the sign-in was ended")
            }
        };
        let event = event.by(subject.user, name).on(subject.sign_in);
        self.0.audit.record(&mut transaction, event).await?;
        // Also what was refused: the end of a sign-in must not be rolled back.
        transaction.commit().await?;
        match exchanged {
            Exchanged::For(next) => self.issue(subject, lifetime, &next),
            Exchanged::Refused(error) => Err(error),
            Exchanged::Replayed => {
                tracing::warn!(user = %subject.user, sign_in = %subject.sign_in, "a used refresh token came back");
                Err(AuthError::InvalidToken)
            }
        }
    }

    async fn exchange(
        &self,
        connection: &mut AnyConnection,
        token: &SecretString,
        hash: &str,
        shown: Shown,
        origin: &Origin,
    ) -> Result<Exchanged, AuthError> {
        if !shown.is_alive() {
            return Ok(Exchanged::Refused(AuthError::InvalidToken));
        }
        if let Some(used) = shown.used() {
            return self.again(connection, token, shown.sign_in, used).await;
        }
        let now = self.now();
        if shown.expires_at <= now {
            return Ok(Exchanged::Refused(AuthError::TokenExpired));
        }
        let Some(next) = self.0.refresh_keys.first().map(|key| successor(key, token)) else {
            return Ok(Exchanged::Refused(AuthError::InvalidToken));
        };
        let next_hash = digest(next.expose_secret());
        if !refresh_tokens::exchange(connection, hash, &next_hash, now).await? {
            // Another request used it between our look and our step.
            let used = refresh_tokens::find(connection, hash)
                .await?
                .and_then(|shown| shown.used());
            return match used {
                Some(used) => self.again(connection, token, shown.sign_in, used).await,
                None => Ok(Exchanged::Refused(AuthError::InvalidToken)),
            };
        }
        let lifetime = seconds(self.0.sign_in);
        let end = shown.signed_in_at + LONGEST_SIGN_IN_SECONDS.max(lifetime);
        let expires_at = (now + lifetime).min(end);
        let address = origin.address.map(|address| address.to_string());
        if !sign_ins::renew(connection, shown.sign_in, address, now, expires_at).await? {
            return Ok(Exchanged::Refused(AuthError::InvalidToken));
        }
        refresh_tokens::insert(connection, &next_hash, shown.sign_in, now, expires_at).await?;
        Ok(Exchanged::For(next))
    }

    /// A used token: its successor once more, or the end of the sign-in.
    async fn again(
        &self,
        connection: &mut AnyConnection,
        token: &SecretString,
        sign_in: app::contract::SignInId,
        used: Used,
    ) -> Result<Exchanged, AuthError> {
        let now = self.now();
        if now - used.at <= GRACE_SECONDS
            && let Some(expected) = used.successor_hash
            && refresh_tokens::is_unused(connection, &expected).await?
        {
            let same = |next: &SecretString| digest(next.expose_secret()) == expected;
            let mut candidates = self.0.refresh_keys.iter().map(|key| successor(key, token));
            if let Some(next) = candidates.find(same) {
                return Ok(Exchanged::For(next));
            }
        }
        sign_ins::revoke(connection, sign_in, now).await?;
        Ok(Exchanged::Replayed)
    }
}

/// As unpredictable as a random token to anyone without the key, and 256 bits like one.
fn successor(key: &DerivedKey, token: &SecretString) -> SecretString {
    let mac = <Hmac<Sha256> as Mac>::new_from_slice(key);
    // HMAC takes keys of any length.
    let Ok(mac) = mac else {
        return SecretString::default();
    };
    let bytes = mac.chain_update(token.expose_secret()).finalize().into_bytes();
    format!("{REFRESH_PREFIX}{}", hex::encode(bytes)).into()
}
