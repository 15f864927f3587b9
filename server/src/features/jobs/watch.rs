//! A stream of what changes about somebody's jobs, whichever replica changes it.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use app::{
    contract::{JobId, UserId},
    features::{auth::types_sessions::SessionKind, jobs::types::Job},
};
use futures::{Stream, stream};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, sleep, sleep_until},
};

use super::{
    Jobs, JobsError,
    repo::{self, Whose},
    service::LISTED_FAILURES,
    streams::OpenStream,
};
use crate::features::auth::principal::{Credential, Principal};

/// How soon a change is seen that another replica made, and that the caller may not see it any more.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// No two looks come sooner after one another, however much changes.
const LOOK_AT_MOST_EVERY: Duration = Duration::from_millis(200);
/// A stream ends after this and is opened again, so that an access token that has expired does not see on for long.
const LONGEST: Duration = Duration::from_secs(900);
/// What has ended within so many seconds is told to those who come back after a break.
const RECENT_SECONDS: i64 = 60;
/// More than wait, run and end within that time.
const MAX_JOBS: i64 = 200;

struct Watch {
    jobs: Jobs,
    who: Principal,
    stream: OpenStream,
    changes: Receiver<UserId>,
    /// The revisions that were told.
    seen: HashMap<JobId, i64>,
    untold: VecDeque<Job>,
    until: Instant,
}

impl Jobs {
    /// Each job that waits, runs or has just ended, and then each that changes, as it is by then. It ends when the
    /// caller's credential does.
    ///
    /// # Errors
    /// [`JobsError::TooManyStreams`].
    pub async fn watch(&self, who: Principal) -> Result<impl Stream<Item = Job> + Send + use<>, JobsError> {
        let mut watch = Watch {
            jobs: self.clone(),
            stream: self.streams.open(who.user_id).ok_or(JobsError::TooManyStreams)?,
            // Before the first look, so that no change is missed between the two.
            changes: self.queue.changes(),
            who,
            seen: HashMap::new(),
            untold: VecDeque::new(),
            until: Instant::now() + LONGEST,
        };
        watch.look().await?;
        Ok(stream::unfold(watch, Watch::next))
    }

    /// Whether the caller may still see what they saw. Asking is no sign of life: an open page alone keeps nobody signed
    /// in.
    async fn is_still_good(&self, who: &Principal) -> Result<bool, sqlx::Error> {
        match &who.credential {
            Credential::AccessToken(sign_in) => self.auth.is_signed_in(*sign_in, SessionKind::Token).await,
            Credential::Session(sign_in) => self.auth.is_signed_in(*sign_in, SessionKind::Browser).await,
            Credential::ApiKey(key) => Ok(self.api_keys.grant(who.user_id, key.id).await?.is_some()),
        }
    }
}

impl Watch {
    async fn next(mut self) -> Option<(Job, Self)> {
        loop {
            if let Some(job) = self.untold.pop_front() {
                return Some((job, self));
            }
            tokio::select! {
                () = self.stream.closed() => return None,
                () = sleep_until(self.until) => return None,
                () = something_may_have_changed(&mut self.changes, self.who.user_id) => {}
            }
            match self.jobs.is_still_good(&self.who).await {
                Ok(true) => {}
                Ok(false) => return None,
                // Nothing is told until it is known again who may hear it.
                Err(error) => {
                    tracing::warn!(%error, "a stream of events could not be checked");
                    continue;
                }
            }
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "a stream of events could not look at its jobs");
            }
        }
    }

    async fn look(&mut self) -> Result<(), sqlx::Error> {
        let (pool, now) = (self.jobs.platform.db.pool(), self.jobs.platform.now());
        let since = now - RECENT_SECONDS;
        let current = repo::current(pool, Whose::of(&self.who), since, MAX_JOBS).await?;
        let revisions = current.iter().map(|row| (row.id, row.revision)).collect();
        let changed = current
            .into_iter()
            .filter(|row| self.seen.get(&row.id) != Some(&row.revision))
            .collect();
        let changed = repo::with_failures(pool, changed, LISTED_FAILURES, now).await?;
        self.untold.extend(changed);
        self.seen = revisions;
        Ok(())
    }
}

/// Resolves at a change of this person's jobs on this replica, and every second.
async fn something_may_have_changed(changes: &mut Receiver<UserId>, owner: UserId) {
    sleep(LOOK_AT_MOST_EVERY).await;
    let of_theirs = async {
        loop {
            match changes.recv().await {
                Ok(changed) if changed != owner => {}
                Ok(_) | Err(RecvError::Lagged(_)) => return,
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    };
    let _ = tokio::time::timeout(LOOK_EVERY - LOOK_AT_MOST_EVERY, of_theirs).await;
}
