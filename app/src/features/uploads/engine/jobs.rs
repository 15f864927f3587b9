//! What the engine has asked for and waits for.

use std::collections::BTreeMap;

use super::{FileId, JobId, Millis};
use crate::{contract::BucketName, features::uploads::types::UploadRef};

#[derive(Debug)]
pub(super) struct Job {
    pub(super) kind: JobKind,
    /// Broken off and counted as a network failure when it is still silent then.
    pub(super) deadline: Option<Millis>,
    /// Held in memory meanwhile; 0 for all but hashes.
    pub(super) bytes: u64,
}

#[derive(Clone, Debug)]
pub(super) enum JobKind {
    HashFile(FileId),
    HashPart {
        file: FileId,
        index: usize,
    },
    Verify {
        file: FileId,
        index: usize,
    },
    Put {
        file: FileId,
        sent: u64,
    },
    Part {
        file: FileId,
        index: usize,
        sent: u64,
    },
    Plan(Vec<FileId>),
    Sign {
        file: FileId,
        upload_id: String,
        indices: Vec<usize>,
    },
    List {
        file: FileId,
        upload_id: String,
    },
    Complete {
        file: FileId,
        upload_id: String,
    },
    Discard(Discard),
}

/// An upload that nobody wants any more and that storage still holds.
#[derive(Clone, Debug)]
pub(super) struct Discard {
    pub(super) key: String,
    pub(super) bucket: Option<BucketName>,
    pub(super) upload_id: String,
    pub(super) failures: u32,
}

impl Discard {
    pub(super) fn reference(&self) -> UploadRef {
        UploadRef {
            key: self.key.clone(),
            upload_id: self.upload_id.clone(),
            bucket: self.bucket.clone(),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Jobs {
    given: u64,
    running: BTreeMap<JobId, Job>,
}

impl Jobs {
    pub(super) const fn next(&mut self) -> JobId {
        self.given += 1;
        JobId(self.given)
    }

    pub(super) fn start(&mut self, id: JobId, job: Job) {
        self.running.insert(id, job);
    }

    /// The job, if it is still waited for.
    pub(super) fn end(&mut self, id: JobId) -> Option<JobKind> {
        self.running.remove(&id).map(|job| job.kind)
    }

    pub(super) fn get_mut(&mut self, id: JobId) -> Option<&mut Job> {
        self.running.get_mut(&id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (JobId, &Job)> {
        self.running.iter().map(|(id, job)| (*id, job))
    }

    pub(super) fn transfers(&self) -> usize {
        self.count(|kind| matches!(kind, JobKind::Put { .. } | JobKind::Part { .. }))
    }

    pub(super) fn parts_under_way(&self) -> usize {
        self.count(|kind| matches!(kind, JobKind::Part { .. }))
    }

    pub(super) fn puts_under_way(&self) -> usize {
        self.count(|kind| matches!(kind, JobKind::Put { .. }))
    }

    pub(super) fn calls(&self) -> usize {
        self.count(JobKind::is_call)
    }

    pub(super) fn hashes(&self) -> usize {
        self.count(JobKind::is_hash)
    }

    pub(super) fn hash_bytes(&self) -> u64 {
        self.running.values().map(|job| job.bytes).sum()
    }

    pub(super) fn is_planning(&self) -> bool {
        self.count(|kind| matches!(kind, JobKind::Plan(_))) > 0
    }

    fn count(&self, which: impl Fn(&JobKind) -> bool) -> usize {
        self.running.values().filter(|job| which(&job.kind)).count()
    }
}

impl JobKind {
    /// The file that the job is for alone.
    pub(super) const fn file(&self) -> Option<FileId> {
        match self {
            Self::HashFile(file)
            | Self::HashPart { file, .. }
            | Self::Verify { file, .. }
            | Self::Put { file, .. }
            | Self::Part { file, .. }
            | Self::Sign { file, .. }
            | Self::List { file, .. }
            | Self::Complete { file, .. } => Some(*file),
            Self::Plan(_) | Self::Discard(_) => None,
        }
    }

    pub(super) const fn is_call(&self) -> bool {
        matches!(
            self,
            Self::Plan(_) | Self::Sign { .. } | Self::List { .. } | Self::Complete { .. } | Self::Discard(_)
        )
    }

    pub(super) const fn is_hash(&self) -> bool {
        matches!(
            self,
            Self::HashFile(_) | Self::HashPart { .. } | Self::Verify { .. }
        )
    }

    /// Bytes out so far.
    pub(super) const fn sent(&self) -> Option<u64> {
        match self {
            Self::Put { sent, .. } | Self::Part { sent, .. } => Some(*sent),
            _ => None,
        }
    }
}
