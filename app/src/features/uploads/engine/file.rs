//! One file on its way.

use std::{collections::BTreeMap, ops::Range};

use super::{Failure, JobId, Millis, event::NewFile, parts::Parts};
use crate::{
    contract::{Checksum, Timestamp, key::name_of},
    features::uploads::types::OnConflict,
};

/// A file in the engine's queue.
#[derive(Debug)]
pub struct UploadFile {
    pub(super) file: NewFile,
    pub(super) phase: Phase,
    pub(super) paused: bool,
    pub(super) on_conflict: OnConflict,
    /// The keys that were asked for, and how often they were numbered to keep both.
    pub(super) wanted_key: String,
    pub(super) wanted_also_as: Vec<String>,
    pub(super) copies: u32,
    /// Of the whole file, when it goes up in one PUT.
    pub(super) checksum: Option<Checksum>,
    /// A PUT of the whole file ended, and it is not known whether storage has stored it.
    pub(super) may_be_stored: bool,
    /// Failures in a row.
    pub(super) failures: u32,
    pub(super) not_before: Millis,
    pub(super) restarts: u32,
    /// Cancelled while storage was already putting it together: too late unless that fails.
    pub(super) cancel_asked: bool,
}

/// Where a file stands. It moves down this list, back up when something fails, and ends in one of the last four.
#[derive(Debug)]
pub(super) enum Phase {
    ToHash,
    Hashing,
    ToPlan,
    Planning(JobId),
    /// Its place is taken; somebody decides. Parts that are already in storage wait with it.
    Conflict {
        existing: Option<Existing>,
        parts: Option<Box<Parts>>,
    },
    ToPut(SignedPut),
    Putting(SignedPut),
    Parts(Box<Parts>),
    Done,
    Skipped,
    Cancelled,
    /// Stands still until it is retried; what is in storage is kept.
    Failed {
        failure: Failure,
        parts: Option<Box<Parts>>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SignedPut {
    pub(super) url: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) expires_at: Millis,
}

/// What is in the place of a file in [`Status::Conflict`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Existing {
    /// The key of the existing object, if it is another Unicode form of the file's own key.
    pub key: Option<String>,
    pub size: u64,
    /// Where storage says.
    pub last_modified: Option<Timestamp>,
}

/// What a row of the panel says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    Waiting,
    /// Before its first byte goes out: being read for its checksum.
    Preparing,
    Uploading,
    /// Comparing the picked file with what storage already has.
    Verifying,
    /// All bytes are out; storage puts them together.
    Finishing,
    /// The next attempt is waiting its turn after a failure.
    Retrying {
        at: Millis,
    },
    Paused,
    /// `existing` is unknown when the place was taken while the file went up.
    Conflict {
        existing: Option<Existing>,
    },
    Done,
    Skipped,
    Cancelled,
    Failed(Failure),
}

impl UploadFile {
    pub(super) fn new(file: NewFile, phase: Phase) -> Self {
        Self {
            wanted_key: file.key.clone(),
            wanted_also_as: file.also_as.clone(),
            file,
            phase,
            paused: false,
            on_conflict: OnConflict::Report,
            copies: 0,
            checksum: None,
            may_be_stored: false,
            failures: 0,
            not_before: 0,
            restarts: 0,
            cancel_asked: false,
        }
    }

    #[must_use]
    pub const fn info(&self) -> &NewFile {
        &self.file
    }

    /// What its row calls it: the name it was given where both are kept.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        if self.copies == 0 {
            &self.file.name
        } else {
            name_of(&self.file.key)
        }
    }

    /// The upload id, for a file that goes up in parts.
    #[must_use]
    pub fn upload_id(&self) -> Option<&str> {
        self.phase.parts().map(|parts| parts.upload_id.as_str())
    }

    #[must_use]
    pub fn status(&self, now: Millis) -> Status {
        let resting = |active: Status| match (self.paused, self.not_before > now) {
            (true, _) => Status::Paused,
            (false, true) => Status::Retrying { at: self.not_before },
            (false, false) => active,
        };
        match &self.phase {
            Phase::ToHash | Phase::ToPlan | Phase::Planning(_) | Phase::ToPut(_) => resting(Status::Waiting),
            Phase::Hashing => Status::Preparing,
            Phase::Putting(_) => Status::Uploading,
            Phase::Parts(parts) if parts.completing => Status::Finishing,
            Phase::Parts(parts) if parts.is_verifying() => resting(Status::Verifying),
            Phase::Parts(_) => resting(Status::Uploading),
            Phase::Conflict { existing, .. } => Status::Conflict {
                existing: existing.clone(),
            },
            Phase::Done => Status::Done,
            Phase::Skipped => Status::Skipped,
            Phase::Cancelled => Status::Cancelled,
            Phase::Failed { failure, .. } => Status::Failed(failure.clone()),
        }
    }

    /// Bytes that storage has confirmed.
    pub(super) fn stored_bytes(&self) -> u64 {
        match &self.phase {
            Phase::Done => self.file.size,
            phase => phase.parts().map_or(0, Parts::stored_bytes),
        }
    }

    pub(super) const fn whole(&self) -> Range<u64> {
        0..self.file.size
    }
}

impl Phase {
    pub(super) fn parts(&self) -> Option<&Parts> {
        match self {
            Self::Parts(parts) => Some(parts),
            Self::Conflict { parts, .. } | Self::Failed { parts, .. } => parts.as_deref(),
            _ => None,
        }
    }

    pub(super) fn into_parts(self) -> Option<Box<Parts>> {
        match self {
            Self::Parts(parts) => Some(parts),
            Self::Conflict { parts, .. } | Self::Failed { parts, .. } => parts,
            _ => None,
        }
    }

    /// Nothing more happens by itself or by a decision.
    pub(super) const fn is_over(&self) -> bool {
        matches!(self, Self::Done | Self::Skipped | Self::Cancelled)
    }
}
