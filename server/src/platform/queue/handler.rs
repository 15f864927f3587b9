//! Handlers: the code of each kind of job.

use async_trait::async_trait;

use super::{JobError, JobFailure, Outcome, RunningJob};

/// Does the work of one kind of job.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// The kind's name in the database. It must not change while there are such jobs.
    fn kind(&self) -> &'static str;

    /// Runs a job from its cursor on. It may be dropped at any `.await`, when the lease is lost, and it may repeat what
    /// was done after the last checkpoint.
    ///
    /// A job that was cancelled while it waited is run too, so that it can clean up: [`RunningJob::check`] tells.
    ///
    /// # Errors
    /// As [`JobError`] says. Those of a checkpoint are passed on.
    async fn run(&self, job: &mut RunningJob) -> Result<Outcome, JobError>;

    /// Called before a job fails that was tried often enough, for what belongs to every end, such as the offer of its
    /// undo. It is called again if the end could not be written.
    ///
    /// # Errors
    /// They are logged, and the job ends all the same.
    async fn given_up(&self, _job: &mut RunningJob, _failure: &JobFailure) -> Result<(), JobError> {
        Ok(())
    }

    fn backoff(&self) -> Backoff {
        Backoff::default()
    }
}

/// How often a job without a new checkpoint is tried again, and after which pauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// In seconds. Each pause after it is twice as long.
    pub first_pause: i64,
    pub longest_pause: i64,
    pub max_attempts: i64,
}

impl Default for Backoff {
    /// Some four hours in all. If storage is away for longer, the owner has to try again.
    fn default() -> Self {
        Self {
            first_pause: 5,
            longest_pause: 300,
            max_attempts: 50,
        }
    }
}

impl Backoff {
    /// The pause after so many attempts; `None` after the last one.
    pub(super) fn pause(self, attempts: i64) -> Option<i64> {
        if attempts >= self.max_attempts {
            return None;
        }
        let doublings = u32::try_from(attempts - 1).unwrap_or(0);
        let factor = 1_i64.checked_shl(doublings).filter(|factor| *factor > 0);
        let pause = factor.and_then(|factor| self.first_pause.checked_mul(factor));
        Some(pause.unwrap_or(i64::MAX).min(self.longest_pause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_end() {
        let backoff = Backoff {
            first_pause: 30,
            longest_pause: 3600,
            max_attempts: 100,
        };
        let pauses: Vec<_> = (1..=9).map(|n| backoff.pause(n).unwrap()).collect();
        assert_eq!(pauses, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
        assert_eq!(backoff.pause(64), Some(3600));
        assert_eq!(backoff.pause(99), Some(3600));
        assert_eq!(backoff.pause(100), None);
    }
}
