//! The past of buckets that keep versions: deleted objects, a folder as it was at a moment, what changed since, and
//! restoring.
//!
//! Versions are read page by page and never held all at once. A request reads a bounded number of them and says where
//! to go on; longer work is a job. A bucket without versions is refused ([`FileError::NoVersions`]), never taken for
//! one in which nothing was deleted.

mod changes;
mod copy;
mod deleted;
mod folder;
mod key;
mod restore;
mod timeline;

use std::sync::Arc;

use app::contract::{BucketName, Timestamp, UserPrefix};

use super::error::FileError;
use crate::{
    features::{
        audit::Audit,
        auth::principal::Principal,
        quota::Quotas,
        scopes::{Access, Named, Scope, Scopes},
    },
    platform::{
        Platform,
        cursor::Cursors,
        object_store::LARGEST_COPY,
        queue::{Handler, Queue},
    },
};

/// Requests to storage that one request or job has under way at a time.
const CONCURRENCY: usize = 16;
/// Pages of versions that one request reads at most.
const PAGES: usize = 10;

/// Cheap to clone.
#[derive(Clone)]
pub struct History {
    scopes: Scopes,
    quotas: Quotas,
    cursors: Cursors,
    platform: Platform,
    queue: Queue,
    audit: Audit,
    /// Versions that one request to storage asks for.
    page: u16,
    /// Larger objects are copied in parts.
    largest_copy: u64,
}

impl History {
    #[must_use]
    pub fn new(
        scopes: Scopes,
        quotas: Quotas,
        cursors: Cursors,
        platform: Platform,
        queue: Queue,
        audit: Audit,
    ) -> Self {
        Self {
            scopes,
            quotas,
            cursors,
            platform,
            queue,
            audit,
            page: 1000,
            largest_copy: LARGEST_COPY,
        }
    }

    /// Asks storage for so many versions at a time (1–1000).
    #[must_use]
    pub fn with_page(self, page: u16) -> Self {
        Self { page, ..self }
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
            Arc::new(restore::Restoring(self.clone())),
            Arc::new(changes::Counting(self.clone())),
        ]
    }

    /// A bucket that keeps versions, and a prefix in it to look under.
    async fn versioned(
        &self,
        who: &Principal,
        bucket: Option<&BucketName>,
        prefix: Option<&str>,
    ) -> Result<(Scope, UserPrefix), FileError> {
        let scope = self.scopes.resolve(who, &Named::bucket(bucket)).await?;
        let prefix = scope.prefix("prefix", prefix, Access::LIST | Access::READ)?;
        keeps_versions(&scope).await?;
        Ok((scope, prefix))
    }

    fn timeline<'a>(
        &self,
        scope: &'a Scope,
        prefix: &'a UserPrefix,
        as_of: Option<Timestamp>,
    ) -> timeline::Timeline<'a> {
        timeline::Timeline::new(scope, prefix, as_of, self.page)
    }
}

async fn keeps_versions(scope: &Scope) -> Result<(), FileError> {
    let Scope { store, bucket, .. } = scope;
    if store.keeps_versions(bucket).await? {
        Ok(())
    } else {
        Err(FileError::NoVersions)
    }
}
