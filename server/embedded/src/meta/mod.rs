//! Metadata: one SQLite file in WAL mode with `synchronous = FULL`.
//!
//! Reads go through a pool and see what was committed. Every write goes through one task that
//! gathers what waits into one transaction ([`writer`]), so that many small writes share one fsync.
//! This module holds SQL and nothing else: no HTTP, no file of bytes.

pub(crate) mod buckets;
pub(crate) mod completions;
mod etags;
pub(crate) mod listing;
pub(crate) mod objects;
pub(crate) mod pieces;
pub(crate) mod records;
mod schema;
pub(crate) mod uploads;
pub(crate) mod versions;
mod writer;

use std::io;
use std::path::Path;
use std::sync::Arc;

use sqlite_file::{Condition, Reserve, Space};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use thiserror::Error;

use crate::blobs::Blobs;
use records::Bucket;

pub(crate) use writer::WriteCx;

/// Connections of the read pool: beyond the number of cores there is nothing to gain.
const READERS: u32 = 4;

/// Why metadata could not be read or written, or a write was refused.
#[derive(Debug, Error)]
pub enum MetaError {
    /// SQLite failed. A write has had no effect.
    #[error("metadata: {0}")]
    Database(#[from] sqlx::Error),
    /// Another write of the same transaction failed, so this one was undone too.
    #[error("metadata: the shared transaction failed: {0}")]
    Batch(Arc<sqlx::Error>),
    /// A stored value cannot be read.
    #[error("metadata: stored value: {0}")]
    Json(#[source] serde_json::Error),
    /// Bytes could not be made durable, or no randomness was to be had.
    #[error("metadata: {0}")]
    Io(#[from] io::Error),
    /// The disk has no room for more than what frees some.
    #[error("metadata: the disk is full")]
    Full,
    /// The store has been closed.
    #[error("metadata: the store is closed")]
    Closed,
    /// The write was refused; the reason is the caller's to see.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
}

impl MetaError {
    /// What the failure means to a caller; `None` for a refusal, which is about the request.
    pub(crate) fn condition(&self) -> Option<Condition> {
        Some(match self {
            Self::Database(error) => Condition::of(error),
            Self::Batch(error) => Condition::of(error),
            Self::Io(error) => Condition::of_io(error),
            Self::Full => Condition::Full,
            Self::Closed => Condition::Unavailable,
            Self::Json(_) => Condition::Faulty,
            Self::Refused(_) => return None,
        })
    }
}

/// Why a write was refused. The store is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No bucket of this name.
    #[error("no such bucket")]
    NoSuchBucket,
    /// The name is taken.
    #[error("bucket exists")]
    BucketExists,
    /// Versions or delete markers remain.
    #[error("bucket not empty")]
    BucketNotEmpty,
    /// No current object under the key.
    #[error("no such key")]
    NoSuchKey,
    /// No such version of the key.
    #[error("no such version")]
    NoSuchVersion,
    /// A delete marker has no content.
    #[error("a delete marker")]
    DeleteMarker,
    /// No such upload for this bucket and key.
    #[error("no such upload")]
    NoSuchUpload,
    /// If-Match or If-None-Match does not hold.
    #[error("precondition failed")]
    PreconditionFailed,
    /// The named part is missing, or its ETag or checksum differs.
    #[error("invalid part {0}")]
    InvalidPart(i32),
    /// Part numbers do not rise.
    #[error("parts out of order")]
    InvalidPartOrder,
    /// A part other than the last is below 5 MiB.
    #[error("part {0} too small")]
    EntityTooSmall(i32),
    /// The whole has another checksum than the request says.
    #[error("checksum differs")]
    BadDigest,
    /// The request contradicts how the upload was begun.
    #[error("{0}")]
    InvalidRequest(&'static str),
}

/// A handle to the metadata; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Meta {
    reader: SqlitePool,
    writer: writer::Writer,
    reserve: Arc<Reserve>,
}

impl Meta {
    /// Opens or creates the file and brings its schema up to date.
    pub(crate) async fn open(
        path: &Path,
        blobs: Arc<Blobs>,
        reserve: Arc<Reserve>,
    ) -> Result<Self, MetaError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(std::time::Duration::from_secs(10))
            .foreign_keys(true)
            .statement_cache_capacity(200)
            // A page of a listing. Beyond it, the thread that reads waits for each row to be taken.
            .row_buffer_size(1_001)
            .pragma("cache_size", "-16000")
            .pragma("temp_store", "memory");
        let writer = writer::Writer::start(&options, blobs, Arc::clone(&reserve)).await?;
        let reader = SqlitePoolOptions::new()
            .max_connections(READERS)
            .test_before_acquire(false)
            .connect_with(options.read_only(true))
            .await?;
        Ok(Self {
            reader,
            writer,
            reserve,
        })
    }

    /// The pool for reads.
    pub(crate) fn reader(&self) -> &SqlitePool {
        &self.reader
    }

    /// [`MetaError::Full`] unless there is room for what grows.
    pub(crate) fn require_room(&self) -> Result<(), MetaError> {
        match self.reserve.space() {
            Space::Ample => Ok(()),
            Space::Scarce => Err(MetaError::Full),
        }
    }

    /// Runs `work` inside the next transaction and answers once it is on disk. Refused when the disk is full.
    ///
    /// `work` must decide whether to refuse before its first change: a refusal is not rolled back.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, MetaError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut WriteCx) -> futures::future::BoxFuture<'c, Result<T, MetaError>>
            + Send
            + 'static,
    {
        self.require_room()?;
        self.writer.run(work).await
    }

    /// The same for work that frees space or ends access, which goes on when the disk is full.
    pub(crate) async fn write_even_if_full<T, F>(&self, work: F) -> Result<T, MetaError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut WriteCx) -> futures::future::BoxFuture<'c, Result<T, MetaError>>
            + Send
            + 'static,
    {
        // A look at the disk, which gives the reserve up where it is needed.
        self.reserve.space();
        self.writer.run(work).await
    }

    /// Lets waiting writes finish and closes the file.
    pub(crate) async fn close(&self) {
        self.writer.close().await;
        self.reader.close().await;
    }
}

/// The bucket as the open transaction sees it.
async fn bucket_of(cx: &mut WriteCx, name: &str) -> Result<Bucket, MetaError> {
    let row =
        sqlx::query("SELECT id, name, created_at, versioning, cors, region FROM buckets WHERE name = $1")
            .bind(name)
            .fetch_optional(&mut cx.conn)
            .await?;
    match row {
        Some(row) => Ok(Bucket::from_row(&row)?),
        None => Err(Refusal::NoSuchBucket.into()),
    }
}
