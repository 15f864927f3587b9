//! Copies, moves and deletes objects and whole folders, and undoes it.
//!
//! - A job writes what it will do with each object into its [`journal`] first, and the result with its checkpoint. A
//!   repeated step may leave an extra old version, never a wrong current one.
//! - A move deletes a source only after its copy was verified, and only if the source has not changed since.
//! - The owner's scope is resolved anew for each batch: the job of an owner who has lost access fails.

mod at_once;
mod begin;
mod copy;
mod input;
mod journal;
mod parts;
mod permanent;
mod plan;
mod remove;
mod room;
mod run;
mod saving;
mod sides;
mod undo;
mod undo_at_once;

use std::sync::Arc;

use app::contract::{BucketName, JobId};

use super::{
    about,
    areas::{self, Area},
    error::FileError,
    undo_offer::UndoOffers,
};
use crate::{
    features::{
        audit::{Audit, Event, Origin, Outcome},
        auth::principal::Principal,
        quota::Quotas,
        scopes::{Owner, Scope, ScopeError, Scopes},
    },
    platform::{
        Platform,
        cursor::Cursors,
        object_store::LARGEST_COPY,
        queue::{Handler, NewJob, Queue},
    },
};
use input::Input;
pub use input::Kind;

/// Requests to storage that one job has under way at a time.
const CONCURRENCY: usize = 16;

/// Cheap to clone.
#[derive(Clone)]
pub struct Changes {
    scopes: Scopes,
    quotas: Quotas,
    platform: Platform,
    queue: Queue,
    audit: Audit,
    offers: UndoOffers,
    /// Larger objects are copied in parts.
    largest_copy: u64,
}

impl Changes {
    #[must_use]
    pub fn new(
        scopes: Scopes,
        quotas: Quotas,
        platform: Platform,
        queue: Queue,
        audit: Audit,
        cursors: Cursors,
    ) -> Self {
        Self {
            offers: UndoOffers::new(cursors, platform.clone()),
            scopes,
            quotas,
            platform,
            queue,
            audit,
            largest_copy: LARGEST_COPY,
        }
    }

    /// Copies in parts what is larger than this.
    #[must_use]
    pub fn with_largest_copy(self, largest_copy: u64) -> Self {
        Self { largest_copy, ..self }
    }

    /// One for each kind of job.
    #[must_use]
    pub fn handlers(&self) -> Vec<Arc<dyn Handler>> {
        vec![
            Arc::new(run::Transfers(self.clone(), Kind::Copy)),
            Arc::new(run::Transfers(self.clone(), Kind::Move)),
            Arc::new(run::Transfers(self.clone(), Kind::Delete)),
            Arc::new(undo::Undoing(self.clone())),
        ]
    }

    /// Deletes the journals of jobs that can no longer be undone.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "changes.sweep", skip_all)]
    pub async fn sweep(&self) -> Result<u64, sqlx::Error> {
        journal::sweep(self.platform.db.pool(), self.platform.now()).await
    }

    /// Refuses a bucket in which an unfinished job works. Until the transaction ends no other one begins there.
    ///
    /// # Errors
    /// [`FileError::Overlaps`]
    #[tracing::instrument(level = "debug", name = "changes.reserve_bucket", skip_all, fields(%bucket))]
    pub async fn reserve_bucket(
        &self,
        connection: &mut sqlx::AnyConnection,
        bucket: &BucketName,
    ) -> Result<(), FileError> {
        let all = Area {
            bucket: bucket.as_str().to_owned(),
            prefix: String::new(),
            exact: false,
            writes: true,
        };
        areas::reserve(connection, &[all]).await
    }

    /// The scopes of both sides, with what the job's owner may do there now.
    async fn scopes_of(
        &self,
        owner: &Owner,
        source: Option<&BucketName>,
        destination: Option<&BucketName>,
    ) -> Result<(Scope, Scope), ScopeError> {
        use crate::features::scopes::Named;
        let from = self
            .scopes
            .resolve_for_owner(owner, &Named::bucket(source))
            .await?;
        if source == destination {
            return Ok((from.clone(), from));
        }
        let to = self
            .scopes
            .resolve_for_owner(owner, &Named::bucket(destination))
            .await?;
        Ok((from, to))
    }

    /// Queues a job, unless its areas overlap those of an unfinished one.
    async fn enqueue(
        &self,
        who: &Principal,
        kind: Kind,
        input: &Input,
        areas: &[Area],
        detail: String,
        origin: &Origin,
    ) -> Result<JobId, FileError> {
        let mut transaction = self.platform.db.begin().await?;
        let new = NewJob::new(kind.text(), input)?
            .begun_by(Owner::from(who).api_key)
            .about(about::text(&input.about())?);
        let id = self
            .insert(&mut transaction, who, kind, &new, areas, detail, origin)
            .await?;
        transaction.commit().await?;
        self.queue.wake();
        Ok(id)
    }

    #[expect(clippy::too_many_arguments, reason = "all that belongs to one job")]
    async fn insert(
        &self,
        connection: &mut sqlx::AnyConnection,
        who: &Principal,
        kind: Kind,
        new: &NewJob,
        areas: &[Area],
        detail: String,
        origin: &Origin,
    ) -> Result<JobId, FileError> {
        areas::reserve(connection, areas).await?;
        let id = self.queue.enqueue(connection, who.user_id, new).await?;
        areas::keep(connection, id, areas).await?;
        let event = Event::new(kind.action(), Outcome::Success, origin)
            .by(who.user_id, &who.username)
            .on(id)
            .saying(detail);
        self.audit.record(connection, event).await?;
        Ok(id)
    }
}
