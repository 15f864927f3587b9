//! The use cases of accounts. Every decision about who may sign in, and whether a sign-in is still good, is here.

mod account;
mod attempts;
mod authenticate;
mod codes;
mod confirm;
mod devices;
mod letters;
mod login;
mod password;
mod profile;
mod refresh;
mod register;

pub(in crate::features) use account::NewAccount;
pub use letters::Composed;

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use jsonwebtoken::jwk::JwkSet;

use super::{
    codes::{self as mailed, Codes},
    error::AuthError,
    repo::{codes as code_rows, pending, refresh_tokens, sessions, sign_ins, users},
    username::Username,
};
use crate::{
    config::{Config, Registration},
    features::{
        audit::Audit,
        invitations::Invitations,
        mail::{MailQueue, text::MailTemplates},
        quota::Quotas,
        teams::service::Teams,
    },
    platform::{
        Platform,
        password::Passwords,
        rate_limit::RateLimiter,
        tokens::{DerivedKey, TokenKeys},
    },
};

/// Lifetime of tokens asked for through the older routes, whose documents promise half an hour.
const SHORT_ACCESS: Duration = Duration::from_secs(1800);
/// A browser that has shown no sign of life for this long must sign in again.
const BROWSER_IDLE_SECONDS: i64 = 24 * 3600;
/// How exact `last_seen_at` is; a write at every request would make each one a write.
const TOUCH_SECONDS: i64 = 60;
/// Ended sign-ins are kept this long, for the list of devices and for replays to be recognised.
const KEEP_ENDED_SECONDS: i64 = 30 * 86_400;

#[derive(Clone)]
pub struct Auth(Arc<Inner>);

struct Inner {
    platform: Platform,
    passwords: Passwords,
    /// The first makes the successors of refresh tokens, all recognise them.
    refresh_keys: Vec<DerivedKey>,
    keys: TokenKeys,
    codes: Codes,
    audit: Audit,
    mails: MailQueue,
    templates: MailTemplates,
    limiter: Arc<dyn RateLimiter>,
    /// `RATE_LIMIT_AUTH_PER_MINUTE`: what bounds the guesses at a password, too.
    guesses: Option<NonZeroU32>,
    invitations: Invitations,
    quotas: Quotas,
    teams: Teams,
    registration: Registration,
    without_email: bool,
    access: Duration,
    sign_in: Duration,
}

/// How long the tokens of a login live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// `JWT_EXPIRATION`.
    Configured,
    /// Half an hour at most.
    Short,
}

impl Auth {
    #[expect(
        clippy::too_many_arguments,
        reason = "one call, in `state.rs`, each argument of a type of its own"
    )]
    pub(crate) fn new(
        config: &Config,
        platform: Platform,
        passwords: Passwords,
        keys: TokenKeys,
        limiter: Arc<dyn RateLimiter>,
        audit: Audit,
        mails: MailQueue,
        invitations: Invitations,
        quotas: Quotas,
        teams: Teams,
    ) -> Self {
        Self(Arc::new(Inner {
            platform,
            passwords,
            refresh_keys: keys.derive(refresh::PURPOSE),
            codes: Codes::new(keys.derive(mailed::PURPOSE)),
            keys,
            audit,
            mails,
            templates: MailTemplates::new(config.site.public_url.clone()),
            limiter,
            guesses: config.limits.rates.auth,
            invitations,
            quotas,
            teams,
            registration: config.accounts.registration,
            without_email: config.accounts.without_email,
            access: config.tokens.access,
            sign_in: config.tokens.refresh,
        }))
    }

    /// Forgets what ended long ago.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "auth.sweep", skip_all)]
    pub async fn sweep(&self) -> Result<(), AuthError> {
        sign_ins::sweep(self.0.platform.db.pool(), self.now() - KEEP_ENDED_SECONDS).await?;
        refresh_tokens::sweep(self.0.platform.db.pool(), self.now()).await?;
        code_rows::sweep(self.0.platform.db.pool(), self.now()).await?;
        pending::sweep(self.0.platform.db.pool(), self.now()).await?;
        Ok(sessions::sweep(self.0.platform.db.pool(), self.now()).await?)
    }

    /// What others verify our tokens with (RFC 7517), where that is possible.
    #[must_use]
    pub fn public_keys(&self) -> Option<JwkSet> {
        self.0.keys.public()
    }

    /// How long a browser's sign-in can last at most.
    #[must_use]
    pub fn sign_in_lifetime(&self) -> Duration {
        self.0.sign_in
    }

    /// Whether there is any account.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "auth.has_accounts", skip_all)]
    pub async fn has_accounts(&self) -> Result<bool, AuthError> {
        Ok(users::any(self.0.platform.db.pool()).await?)
    }

    pub(super) async fn has_account(&self, username: &Username) -> Result<bool, AuthError> {
        let found = users::secret_of(self.0.platform.db.pool(), username).await?;
        Ok(found.is_some())
    }

    fn now(&self) -> i64 {
        self.0.platform.now()
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
