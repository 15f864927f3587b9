//! The stream of changes of a caller's jobs, whichever replica makes them.

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
    time::sleep,
};

use super::{
    Jobs, JobsError,
    repo::{self, Whose},
    service::LISTED_FAILURES,
    streams::OpenStream,
};
use crate::features::auth::principal::{Credential, Principal};

/// How often the database is asked for changes of other replicas, and whether the caller is still signed in.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The least time between two queries, however much changes.
const LOOK_AT_MOST_EVERY: Duration = Duration::from_millis(200);
/// How long a stream lasts. Its client opens another, so that an expired access token is noticed.
const LONGEST_SECONDS: i64 = 900;
/// A new stream also reports jobs that ended within so many seconds, for clients that were cut off.
const RECENT_SECONDS: i64 = 60;
/// More than can wait, run and end within that time.
const MAX_JOBS: i64 = 200;

struct Watch {
    jobs: Jobs,
    who: Principal,
    stream: OpenStream,
    changes: Receiver<UserId>,
    /// The revision of each job that was sent last.
    seen: HashMap<JobId, i64>,
    untold: VecDeque<Job>,
    ends_at: i64,
}

impl Jobs {
    /// Yields every job that waits, runs or has just ended, and then every job that changes. Ends with the caller's
    /// credential.
    ///
    /// # Errors
    /// [`JobsError::TooManyStreams`].
    pub async fn watch(&self, who: Principal) -> Result<impl Stream<Item = Job> + Send + use<>, JobsError> {
        let mut watch = Watch {
            jobs: self.clone(),
            stream: self.streams.open(who.user_id).ok_or(JobsError::TooManyStreams)?,
            // Subscribes before the first query, so that no change between the two is missed.
            changes: self.queue.changes(),
            who,
            seen: HashMap::new(),
            untold: VecDeque::new(),
            ends_at: self.platform.now() + LONGEST_SECONDS,
        };
        watch.look().await?;
        Ok(stream::unfold(watch, Watch::next))
    }

    /// Whether the caller's credential is still good. This does not count as activity: an open page alone keeps nobody
    /// signed in.
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
                () = something_may_have_changed(&mut self.changes, self.who.user_id) => {}
            }
            if self.jobs.platform.now() >= self.ends_at {
                return None;
            }
            match self.jobs.is_still_good(&self.who).await {
                Ok(true) => {}
                Ok(false) => return None,
                // Nothing is sent until the credential can be checked again.
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

/// Resolves when this replica changes one of this person's jobs, and every second.
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
