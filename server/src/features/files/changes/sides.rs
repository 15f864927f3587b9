//! Source and destination of a copy, and the outcome of a step.

use app::features::files::changes::NameTaken;

use super::journal::Overwritten;
use crate::{
    features::scopes::Scope,
    platform::object_store::{ConditionalWrites, ObjectHead},
};

/// Source and destination of a job.
pub(super) struct Sides {
    pub source: Scope,
    pub destination: Scope,
    /// The conditions that the destination's store honours.
    pub conditions: ConditionalWrites,
    pub on_conflict: NameTaken,
    pub largest_copy: u64,
}

/// The outcome of one step for one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The copy was made.
    Copied,
    Done,
    Skipped,
    Failed(String),
    /// The step has to be repeated, once the journal holds what it found out.
    Again,
}

impl Fate {
    pub(super) fn failed(why: impl Into<String>) -> Self {
        Self::Failed(why.into())
    }
}

/// The object that a copy will replace.
pub(super) fn overwritten(there: ObjectHead) -> Overwritten {
    Overwritten {
        version: there.version_id.filter(|id| id != "null"),
        etag: there.etag,
    }
}
