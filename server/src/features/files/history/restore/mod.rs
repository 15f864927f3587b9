//! Bringing back: one version at once, a folder or a selection as a job.
//!
//! What delete markers hide comes back by their removal, everything else by a copy of the old version onto its key.
//! Nothing that holds bytes is ever removed, and what others write meanwhile stays.

mod begin;
mod job;
mod one;
mod plan;
mod worker;

pub(super) use job::Restoring;

use crate::features::scopes::Access;

/// What restoring does with keys.
const ACCESS: Access = Access::WRITE.union(Access::DELETE);
