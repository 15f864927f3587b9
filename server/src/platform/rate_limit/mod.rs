//! How often something may be done. One mechanism counts everything: requests by class, failed sign-ins, what is told
//! once a minute. `docs/limits.md` says why it counts the way it does.

mod log;
mod memory;
mod work;

use std::{num::NonZeroU32, time::Duration};

use async_trait::async_trait;

pub use listener::network_of;
pub use memory::MemoryLimiter;
pub use work::Work;

/// At most `limit` in any span of `per`, wherever the span begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    pub limit: NonZeroU32,
    pub per: Duration,
}

impl Quota {
    #[must_use]
    pub const fn per_minute(limit: NonZeroU32) -> Self {
        Self {
            limit,
            per: Duration::from_secs(60),
        }
    }
}

/// What is counted, and for whom.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Counter {
    /// Of what. Each kind has room of its own: a flood of one pushes no other out of memory.
    pub kind: &'static str,
    /// Whose: a user's id, a network, a digest. Short, and nothing that must not be kept.
    pub whose: String,
}

impl Counter {
    #[must_use]
    pub fn new(kind: &'static str, whose: impl Into<String>) -> Self {
        Self {
            kind,
            whose: whose.into(),
        }
    }
}

/// What was decided, in terms of the quota that is nearest to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether there was room. What is refused is not counted.
    pub admitted: bool,
    pub limit: u32,
    /// How many more would be admitted now.
    pub remaining: u32,
    /// When the next one becomes free, in whole seconds since 1970, rounded up.
    pub reset: i64,
    /// The same, in seconds from now; at least 1.
    pub wait: u32,
    /// The moment that it was decided at, in milliseconds since 1970: which place is given back.
    pub at: i64,
}

/// The counters cannot be reached: never the memory's own, but those of a store that replicas share.
#[derive(Debug, thiserror::Error)]
#[error("the rate limiter's counters cannot be reached")]
pub struct LimiterError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Counts, and says when it is enough. Taking is atomic: of any number of parallel takers no more are admitted than
/// there is room for.
#[async_trait]
pub trait RateLimiter: Send + Sync + 'static {
    /// Takes one, if every quota has room for it. A counter is always asked with the same quotas.
    ///
    /// # Errors
    /// When the counters cannot be reached.
    async fn take(&self, counter: &Counter, quotas: &[Quota]) -> Result<Verdict, LimiterError>;

    /// Undoes the take that was answered by `taken`: it turned out not to be what is counted.
    ///
    /// # Errors
    /// When the counters cannot be reached.
    async fn give_back(&self, counter: &Counter, taken: &Verdict) -> Result<(), LimiterError>;

    /// Begins anew.
    ///
    /// # Errors
    /// When the counters cannot be reached.
    async fn forget(&self, counter: &Counter) -> Result<(), LimiterError>;

    /// Whether this is the first time within a minute that a refusal by this counter would be told: a flood of requests
    /// must not become one of rows.
    ///
    /// # Errors
    /// When the counters cannot be reached.
    async fn is_first_refusal(&self, counter: &Counter) -> Result<bool, LimiterError> {
        let told = Counter::new("told", format!("{} {}", counter.kind, counter.whose));
        let once = [Quota::per_minute(NonZeroU32::MIN)];
        Ok(self.take(&told, &once).await?.admitted)
    }
}
