//! Guesses at passwords, counted before anything is looked up (security 7): by the network that guesses, and by the
//! account that is guessed at, whether it exists or not.
//!
//! Every refusal passes by itself within the hour; and networks from which an account was signed in to lately have
//! guesses of their own, which strangers cannot use up. A reset by mail begins anew. What that does not cover is told
//! in docs/limits.md.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use super::Auth;
use crate::{
    features::{
        audit::{Action, Event, Origin, Outcome},
        auth::{error::AuthError, repo::sign_ins},
    },
    platform::{
        rate_limit::{Counter, Quota, Verdict, network_of},
        tokens::digest,
    },
};

const AT_ACCOUNT: &str = "guesses.account";

/// How long a network is remembered as one of the owner's.
const KNOWN_SECONDS: i64 = 30 * 86_400;

/// A guess that was counted, until it turns out to be none.
#[must_use]
pub(super) struct Attempt(Vec<(Counter, Verdict)>);

impl Auth {
    /// Counts a guess at the password of `username`, typed in any case.
    ///
    /// # Errors
    /// [`AuthError::TooManyAttempts`]: nothing may be looked up then.
    pub(super) async fn attempt(&self, username: &str, origin: &Origin) -> Result<Attempt, AuthError> {
        let attempt = self.admit(username, origin).await?;
        origin.trail.count();
        Ok(attempt)
    }

    async fn admit(&self, username: &str, origin: &Origin) -> Result<Attempt, AuthError> {
        let Some(rate) = self.0.guesses else {
            return Ok(Attempt(Vec::new()));
        };
        let network = origin.address.map(network_of);
        let from = network.map_or("nowhere".to_owned(), |network| network.to_string());
        // No name is kept: what is typed there may be a password.
        let account = digest(&username.to_lowercase());

        let by_network = Counter::new("guesses.network", &from);
        let at_account = Counter::new(AT_ACCOUNT, &account);
        // The network first: one that has used up its guesses must not use up the account's.
        let limiter = &self.0.limiter;
        let counted = limiter.take(&by_network, &of_network(rate)).await?;
        if !counted.admitted {
            return self.refuse(username, origin, &by_network, counted).await;
        }
        let counted = (by_network, counted);
        let verdict = limiter.take(&at_account, &of_account(rate)).await?;
        if verdict.admitted {
            return Ok(Attempt(vec![counted, (at_account, verdict)]));
        }
        if self.is_known(username, network).await? {
            let by_owner = Counter::new("guesses.known_network", format!("{account} {from}"));
            let verdict = limiter.take(&by_owner, &of_account(rate)).await?;
            if verdict.admitted {
                return Ok(Attempt(vec![counted, (by_owner, verdict)]));
            }
        }
        self.refuse(username, origin, &at_account, verdict).await
    }

    /// The password was right, or was never compared.
    pub(super) async fn was_no_guess(&self, attempt: Attempt) -> Result<(), AuthError> {
        for (counter, taken) in &attempt.0 {
            self.0.limiter.give_back(counter, taken).await?;
        }
        Ok(())
    }

    /// A code that was mailed to the owner has set a new password: what was guessed before is of no use any more.
    pub(super) async fn begin_anew(&self, username: &str) -> Result<(), AuthError> {
        let counter = Counter::new(AT_ACCOUNT, digest(&username.to_lowercase()));
        Ok(self.0.limiter.forget(&counter).await?)
    }

    /// Whether `username` was signed in to from `network` lately.
    async fn is_known(&self, username: &str, network: Option<IpAddr>) -> Result<bool, AuthError> {
        let Some(network) = network else {
            return Ok(false);
        };
        let since = self.now() - KNOWN_SECONDS;
        let addresses = sign_ins::addresses_of(self.0.platform.db.pool(), username, since).await?;
        Ok(addresses
            .iter()
            .filter_map(|address| address.parse().ok())
            .any(|address| network_of(address) == network))
    }

    /// Written down once a minute for each counter.
    async fn refuse(
        &self,
        username: &str,
        origin: &Origin,
        counter: &Counter,
        verdict: Verdict,
    ) -> Result<Attempt, AuthError> {
        if self.0.limiter.is_first_refusal(counter).await? {
            let event = Event::new(Action::OverLimit, Outcome::Denied, origin)
                .by_guess(username)
                .on(counter.kind);
            self.0.audit.note(event).await?;
        }
        Err(AuthError::TooManyAttempts { wait: verdict.wait })
    }
}

/// A house of people who mistype, and not much more.
fn of_network(rate: NonZeroU32) -> [Quota; 1] {
    [Quota {
        limit: rate.saturating_mul(SIX),
        per: Duration::from_secs(15 * 60),
    }]
}

/// After the first few, one every few minutes: 480 a day with a rate of five, against passwords of which none is
/// common.
fn of_account(rate: NonZeroU32) -> [Quota; 2] {
    [
        Quota::per_minute(rate),
        Quota {
            limit: rate.saturating_mul(FOUR),
            per: Duration::from_secs(3600),
        },
    ]
}

const FOUR: NonZeroU32 = NonZeroU32::new(4).unwrap();
const SIX: NonZeroU32 = NonZeroU32::new(6).unwrap();
