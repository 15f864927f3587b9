//! Restoring: one version at once, a folder or a selection by a job.
//!
//! An object that delete markers hide is restored by their removal, any other by a copy of the old version onto its
//! key. Restoring never deletes a version that holds bytes, and never replaces what others write meanwhile.

mod begin;
mod job;
mod one;
mod plan;
mod worker;

pub(super) use job::Restoring;

use crate::features::scopes::Access;

/// The access that restoring needs.
const ACCESS: Access = Access::WRITE.union(Access::DELETE);
