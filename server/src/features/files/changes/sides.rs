//! Both ends of a copy, and what became of one object between them.

use app::features::files::changes::NameTaken;

use super::journal::Overwritten;
use crate::{
    features::scopes::Scope,
    platform::object_store::{ConditionalWrites, ObjectHead},
};

/// Where objects come from and where they go to.
pub(super) struct Sides {
    pub source: Scope,
    pub destination: Scope,
    /// Which conditions the destination's store holds to.
    pub conditions: ConditionalWrites,
    pub on_conflict: NameTaken,
    pub largest_copy: u64,
}

/// What became of an object in one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The copy is there.
    Copied,
    Done,
    Skipped,
    Failed(String),
    /// Something was found out that must be in the journal before it goes on.
    Again,
}

impl Fate {
    pub(super) fn failed(why: impl Into<String>) -> Self {
        Self::Failed(why.into())
    }
}

/// What a copy will write over.
pub(super) fn overwritten(there: ObjectHead) -> Overwritten {
    Overwritten {
        version: there.version_id.filter(|id| id != "null"),
        etag: there.etag,
    }
}
