//! Where a person is signed in, and how they end it from elsewhere.

use app::{
    contract::SignInId,
    features::auth::types_sessions::{SessionPage, SessionsQuery, SignedInSession},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use super::{Auth, BROWSER_IDLE_SECONDS};
use crate::{
    features::{
        audit::{Action, Event, Origin, Outcome},
        auth::{
            device,
            error::AuthError,
            principal::Person,
            repo::sign_ins::{self, Listed},
        },
    },
    platform::cursor::{PageSize, moment_and_id},
};

impl Auth {
    /// A page of the caller's sign-ins that are still good, newest first.
    ///
    /// # Errors
    /// [`AuthError::Field`] for a continuation token that is none.
    #[tracing::instrument(level = "debug", name = "auth.sessions", skip_all, fields(user = %caller.who.user_id))]
    pub async fn sessions(&self, caller: &Person, query: &SessionsQuery) -> Result<SessionPage, AuthError> {
        let after = query
            .continuation_token
            .as_deref()
            .map(|token| {
                position(token)
                    .ok_or_else(|| AuthError::field("continuation_token", "is not from the page before"))
            })
            .transpose()?;
        let size = PageSize::of(query.max_keys);
        let now = self.now();
        let mut found = sign_ins::list(
            self.0.platform.db.pool(),
            caller.who.user_id,
            now,
            now - BROWSER_IDLE_SECONDS,
            after,
            size.with_next(),
        )
        .await?;
        let continuation_token = size.cut(&mut found).map(token);
        Ok(SessionPage {
            sessions: found
                .into_iter()
                .map(|listed| shown(listed, caller.sign_in))
                .collect(),
            has_more: continuation_token.is_some(),
            continuation_token,
        })
    }

    /// Ends one of the caller's sign-ins: its tokens and its session are dead from here on, on every replica.
    ///
    /// # Errors
    /// [`AuthError::NoSuchSession`], also for somebody else's.
    #[tracing::instrument(level = "debug", name = "auth.end_session", skip_all, fields(user = %caller.who.user_id, %sign_in))]
    pub async fn end_session(
        &self,
        caller: &Person,
        sign_in: SignInId,
        origin: &Origin,
    ) -> Result<(), AuthError> {
        let event = |outcome| {
            Event::new(Action::EndSession, outcome, origin)
                .by(caller.who.user_id, &caller.who.username)
                .on(sign_in)
        };
        let mut transaction = self.0.platform.db.begin().await?;
        if sign_ins::revoke_own(&mut transaction, caller.who.user_id, sign_in, self.now()).await? {
            self.0
                .audit
                .record(&mut transaction, event(Outcome::Success))
                .await?;
            return Ok(transaction.commit().await?);
        }
        self.0
            .audit
            .record(&mut transaction, event(Outcome::Denied))
            .await?;
        transaction.commit().await?;
        Err(AuthError::NoSuchSession)
    }
}

fn shown(listed: Listed, current: SignInId) -> SignedInSession {
    SignedInSession {
        id: listed.id,
        kind: listed.kind,
        device: device::name(&listed.user_agent),
        user_agent: listed.user_agent,
        address: listed.address,
        created_at: listed.created_at,
        last_seen_at: listed.last_seen_at,
        expires_at: listed.expires_at,
        current: listed.id == current,
    }
}

/// The token of the page after this row. It needs no seal: the rows are the caller's own, wherever a page begins.
fn token(last: &Listed) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{} {}", last.created_at.unix(), last.id))
}

fn position(token: &str) -> Option<(i64, SignInId)> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let (created_at, id) = moment_and_id(std::str::from_utf8(&bytes).ok()?)?;
    Some((created_at, id.parse().ok()?))
}
