//! What can go wrong with files, and what of it the caller is told.

use std::borrow::Cow;

use app::contract::{ApiError, ErrorCode};

use super::zip::read::ZipError;
use crate::{
    features::{quota::QuotaError, scopes::ScopeError},
    http::{
        file_form::FormError,
        problem::{Failure, database_outside, object_not_found, storage_outside, too_many},
    },
    platform::{
        cursor::ForeignCursor,
        object_store::StoreError,
        queue::{EnqueueError, MAX_OPEN_JOBS},
        rate_limit::LimiterError,
    },
};

#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error(transparent)]
    Scope(#[from] ScopeError),
    #[error("{field} {why}")]
    Invalid { field: &'static str, why: String },
    #[error("{field} {why}")]
    InvalidNamed { field: String, why: String },
    /// There are no old versions, and there never were.
    #[error("the bucket keeps no versions")]
    NoVersions,
    /// A name at the destination.
    #[error("the name is taken")]
    Taken,
    /// An unfinished job works there; with what it does.
    #[error("a job that {0} works there")]
    Overlaps(&'static str),
    #[error("no such job of this person's")]
    NoSuchJob,
    #[error("it cannot be undone: {0}")]
    CannotBeUndone(Cow<'static, str>),
    #[error(transparent)]
    Enqueue(#[from] EnqueueError),
    #[error("the job could not be queued")]
    Database(#[from] sqlx::Error),
    #[error("continuation_token {0}")]
    Cursor(#[from] ForeignCursor),
    #[error("no such object")]
    NotFound,
    /// One of several that the request names, or a folder without anything in it.
    #[error("{0} is not there")]
    Missing(String),
    /// Made up, used already, too old, or somebody else's: all alike from outside.
    #[error("the URL of an archive is not good (any more)")]
    NoSelection,
    #[error("an archive of more than {0} files and folders")]
    TooManyEntries(usize),
    /// Other archives need all the memory that there is for them.
    #[error("too many archives at once")]
    Busy,
    #[error("more than {0} archives of one person at once")]
    TooManyArchives(usize),
    #[error("the object {0}")]
    Zip(#[from] ZipError),
    /// A condition of the request does not hold.
    #[error("the object is another by now")]
    Changed,
    #[error("the range lies outside an object of {size} bytes")]
    Range { size: u64 },
    #[error(transparent)]
    Quota(#[from] QuotaError),
    #[error(transparent)]
    Form(#[from] FormError),
    /// What is asked for is more work than the caller may ask for now; the next is admitted in so many seconds.
    #[error("over the limit for {0} seconds")]
    Throttled(u32),
    #[error(transparent)]
    Limiter(#[from] LimiterError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FileError {
    pub(super) fn invalid(field: &'static str, why: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            why: why.into(),
        }
    }
}

impl Failure for FileError {
    fn outside(&self) -> ApiError {
        match self {
            Self::Scope(error) => error.outside(),
            Self::Invalid { field, why } => ApiError::field(*field, why),
            Self::Cursor(error) => ApiError::field("continuation_token", error.to_string()),
            Self::InvalidNamed { field, why } => ApiError::field(field, why),
            Self::Taken => ApiError::new(ErrorCode::Conflict, "A file with this name is already there"),
            Self::Overlaps(what) => ApiError::new(
                ErrorCode::Conflict,
                format!("A job that {what} is at work there. Wait until it has ended, or cancel it."),
            ),
            Self::NoSuchJob => ApiError::new(ErrorCode::ResourceNotFound, "Job not found"),
            Self::CannotBeUndone(why) => ApiError::new(ErrorCode::Conflict, &**why),
            Self::NoVersions => ApiError::new(
                ErrorCode::Unsupported,
                "This bucket keeps no versions, so what was deleted or replaced in it is gone",
            ),
            Self::Enqueue(EnqueueError::TooMany) => ApiError::new(
                ErrorCode::Conflict,
                format!(
                    "{MAX_OPEN_JOBS} of your jobs wait or run already. Wait until one has ended, or cancel one."
                ),
            ),
            Self::Enqueue(EnqueueError::Database(error)) | Self::Database(error) => database_outside(error),
            Self::NotFound => object_not_found(),
            Self::Missing(key) => {
                ApiError::new(ErrorCode::ResourceNotFound, format!("There is nothing at {key}"))
            }
            Self::NoSelection => ApiError::new(
                ErrorCode::ResourceNotFound,
                "This address gives one archive, once, and for a few minutes. Ask for another one.",
            ),
            Self::TooManyEntries(most) => ApiError::new(
                ErrorCode::ValidationError,
                format!(
                    "One archive holds at most {most} files and folders. Download the folders in it one by one."
                ),
            ),
            Self::Busy => ApiError::new(
                ErrorCode::ServerBusy,
                "Too many archives are being made at the moment. Try again in a minute.",
            ),
            Self::TooManyArchives(most) => ApiError::new(
                ErrorCode::Conflict,
                format!("You have {most} archives under way already. Try again when one of them is done."),
            ),
            Self::Zip(error @ (ZipError::Encrypted | ZipError::Method(_))) => ApiError::new(
                ErrorCode::Unsupported,
                format!("This cannot be unpacked: {error}"),
            ),
            Self::Zip(error) => ApiError::field("key", error.to_string()),
            Self::Changed => ApiError::new(
                ErrorCode::PreconditionFailed,
                "The object is not the one that the request asks for: it was changed meanwhile",
            ),
            Self::Range { size } => ApiError::new(
                ErrorCode::ValidationError,
                format!("The range lies outside the object, which has {size} bytes"),
            ),
            Self::Quota(error) => error.outside(),
            Self::Form(error) => error.outside(),
            Self::Throttled(wait) => too_many(*wait),
            Self::Limiter(error) => error.outside(),
            Self::Store(error) => storage_outside(error),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Throttled(wait) => Some(*wait),
            _ => None,
        }
    }
}
