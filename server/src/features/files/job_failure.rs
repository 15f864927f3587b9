//! The messages of jobs on files: why the job stopped, or one of its objects failed.

use crate::{
    features::{quota::QuotaError, scopes::ScopeError},
    http::problem::{Failure, storage_outside},
    platform::{
        object_store::StoreError,
        queue::{JobError, JobFailure},
    },
};

/// The failure of one object, or of the whole job where the key is empty. PostgreSQL's texts cannot hold U+0000.
pub(super) fn failure(key: &str, message: impl Into<String>) -> JobFailure {
    JobFailure {
        key: key.replace('\0', "\u{2400}"),
        message: message.into(),
    }
}

/// An error of storage that concerns all objects of a job. It passes while storage is away; a refusal is final.
pub(super) fn storage(error: StoreError) -> JobError {
    match error {
        error @ (StoreError::Unavailable(_)
        | StoreError::Unreadable(_)
        | StoreError::Unexpected(_)
        | StoreError::Spool(_)
        | StoreError::PreconditionFailed) => JobError::Temporary(Box::new(error)),
        error => match of_one(&error) {
            Some(why) => JobError::Failed(failure("", why)),
            None => JobError::Failed(failure("", storage_outside(&error).detail)),
        },
    }
}

/// The message where storage refuses one object alone. `None` for errors that concern others too, and for those that
/// each job words itself.
pub(super) fn of_one(error: &StoreError) -> Option<String> {
    match error {
        StoreError::Denied(_) => Some("Storage does not allow this server to do that".to_owned()),
        StoreError::Refused { code, .. } => Some(format!("Storage refused this ({code})")),
        StoreError::Unsupported(_) => Some("The storage behind this server cannot do this".to_owned()),
        _ => None,
    }
}

/// The reservation itself failed.
pub(super) fn over_quota(error: QuotaError) -> JobError {
    match error {
        QuotaError::Database(error) => error.into(),
        error => JobError::Failed(failure("", error.outside().detail)),
    }
}

/// The owner has lost access, unless it could not be looked up.
pub(super) fn lost(error: ScopeError) -> JobError {
    match error {
        ScopeError::Database(error) => error.into(),
        error => JobError::Failed(failure("", error.outside().detail)),
    }
}
