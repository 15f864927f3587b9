//! Why a job on files stops, or one of its objects fails, as its owner reads it.

use crate::{
    features::{quota::QuotaError, scopes::ScopeError},
    http::problem::{Failure, storage_outside},
    platform::{
        object_store::StoreError,
        queue::{JobError, JobFailure},
    },
};

/// Of one object, or of the job where the key is empty. PostgreSQL's texts cannot hold U+0000.
pub(super) fn failure(key: &str, message: impl Into<String>) -> JobFailure {
    JobFailure {
        key: key.replace('\0', "\u{2400}"),
        message: message.into(),
    }
}

/// What concerns all of a job's objects. Storage that is away is waited for; what it refuses it refuses again.
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

/// Of what storage refuses for one object alone; `None` for what concerns others too, or is for each job to word.
pub(super) fn of_one(error: &StoreError) -> Option<String> {
    match error {
        StoreError::Denied(_) => Some("Storage does not allow this server to do that".to_owned()),
        StoreError::Refused { code, .. } => Some(format!("Storage refused this ({code})")),
        StoreError::Unsupported(_) => Some("The storage behind this server cannot do this".to_owned()),
        _ => None,
    }
}

/// Nothing could be reserved at all.
pub(super) fn over_quota(error: QuotaError) -> JobError {
    match error {
        QuotaError::Database(error) => error.into(),
        error => JobError::Failed(failure("", error.outside().detail)),
    }
}

/// The owner reaches it no longer, unless that could not be found out.
pub(super) fn lost(error: ScopeError) -> JobError {
    match error {
        ScopeError::Database(error) => error.into(),
        error => JobError::Failed(failure("", error.outside().detail)),
    }
}
