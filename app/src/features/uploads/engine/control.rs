//! What a person commands: add, pause, resume, cancel, retry; and the network's coming back.

use super::{
    Effect, Engine, Failure, FileId, NewFile, Phase, Scope, UploadFile, jobs::Discard, jobs::JobKind,
    parts::Listing,
};
use crate::features::uploads::types::MAX_SINGLE_PUT;

impl Engine {
    pub(super) fn add(&mut self, files: Vec<NewFile>) {
        if !self.is_busy() {
            // "For all" was said of another run.
            self.for_all = None;
        }
        for file in files {
            let phase = first_phase(file.size);
            self.insert(UploadFile::new(file, phase));
        }
    }

    pub(super) fn insert(&mut self, file: UploadFile) {
        let id = file.file.id;
        if let Some(queue) = self.queues.of(&file.phase) {
            queue.insert(id);
        }
        self.files.insert(id, file);
    }

    pub(super) fn pause(&mut self, scope: &Scope) {
        for id in self.chosen(scope) {
            self.halt(id);
            if let Some(file) = self.files.get_mut(&id) {
                file.paused = !file.phase.is_over();
            }
        }
    }

    pub(super) fn resume(&mut self, scope: &Scope) {
        for id in self.chosen(scope) {
            if let Some(file) = self.files.get_mut(&id) {
                file.paused = false;
                file.not_before = 0;
            }
        }
    }

    pub(super) fn cancel(&mut self, scope: &Scope) {
        for id in self.chosen(scope) {
            self.cancel_one(id);
        }
    }

    /// Also discards what storage holds of it. While storage is putting the file together it is too late; then it
    /// is cancelled only if that fails.
    pub(super) fn cancel_one(&mut self, id: FileId) {
        let Some(file) = self.files.get_mut(&id) else {
            return;
        };
        match &file.phase {
            Phase::Done | Phase::Skipped | Phase::Cancelled => return,
            Phase::Parts(parts) if parts.completing => {
                file.cancel_asked = true;
                return;
            }
            _ => {}
        }
        self.halt(id);
        self.drop_upload(id, Phase::Cancelled);
    }

    pub(super) fn retry(&mut self, scope: &Scope) {
        for id in self.chosen(scope) {
            let failed = self.files.get(&id).map(|file| &file.phase);
            if matches!(failed, Some(Phase::Failed { failure, .. }) if failure.can_retry()) {
                self.start_over(id);
            }
        }
    }

    /// The browser is online again: what failed for want of a network goes on, and nobody waits out a pause.
    pub(super) fn came_online(&mut self) {
        self.online = true;
        self.api_failures = 0;
        self.api_free_at = self.api_free_at.min(self.now);
        for file in self.files.values_mut() {
            file.not_before = 0;
            file.failures = 0;
        }
        let stranded: Vec<_> = self
            .files
            .iter()
            .filter(|(_, file)| matches!(&file.phase, Phase::Failed { failure, .. } if failure.is_outage()))
            .map(|(id, _)| *id)
            .collect();
        for id in stranded {
            self.start_over(id);
        }
    }

    pub(super) fn tidy(&mut self) {
        self.files.retain(|_, file| !file.phase.is_over());
    }

    /// Takes up a failed file again. What storage has of it is listed first.
    fn start_over(&mut self, id: FileId) {
        let Some(file) = self.files.get_mut(&id) else {
            return;
        };
        file.failures = 0;
        file.not_before = 0;
        file.restarts = 0;
        let fresh = if file.checksum.is_some() {
            Phase::ToPlan
        } else {
            first_phase(file.file.size)
        };
        let kept = self.enter(id, fresh).and_then(Phase::into_parts);
        if let Some(mut parts) = kept {
            parts.listing = Listing::Needed;
            parts.relisted = false;
            self.enter(id, Phase::Parts(parts));
        }
    }

    /// The file stands still with its reason; what storage has of it is kept.
    pub(super) fn fail(&mut self, id: FileId, failure: Failure) {
        self.halt(id);
        let keep = !matches!(failure, Failure::OtherContent | Failure::OtherSize);
        let Some(before) = self.enter(id, Phase::ToHash) else {
            return;
        };
        let parts = before.into_parts().filter(|_| keep);
        self.enter(id, Phase::Failed { failure, parts });
    }

    /// Counts a failure and makes the file wait, longer each time; in the end it fails. Several parts that fail
    /// together count once.
    pub(super) fn stumble(&mut self, id: FileId, failure: Failure) {
        let Some(file) = self.files.get_mut(&id) else {
            return;
        };
        let offline = !self.online && failure.is_outage();
        if offline || file.not_before > self.now {
            return;
        }
        file.failures += 1;
        if file.failures > self.config.attempts {
            self.fail(id, failure);
            return;
        }
        let pause = self
            .jitter
            .pause(file.failures, self.config.backoff, self.config.backoff_cap);
        file.not_before = self.now + pause;
    }

    /// Leaves the unfinished upload, if there is one, to be discarded, and enters `next`.
    pub(super) fn drop_upload(&mut self, id: FileId, next: Phase) {
        let Some(before) = self.enter(id, next) else {
            return;
        };
        let (Some(parts), Some(file)) = (before.into_parts(), self.files.get(&id)) else {
            return;
        };
        self.effects.push(Effect::Forget {
            upload_id: parts.upload_id.clone(),
        });
        self.discards.push(Discard {
            key: file.file.key.clone(),
            bucket: file.file.bucket.clone(),
            upload_id: parts.upload_id,
            failures: 0,
        });
    }

    /// Breaks off what runs for the file, and takes each piece back to where it stands without. A plan that covers
    /// other files too, and a completion, which cannot be taken back, go on.
    pub(super) fn halt(&mut self, id: FileId) {
        let halted: Vec<_> = self
            .jobs
            .iter()
            .filter(|(_, job)| job.kind.file() == Some(id) && !matches!(job.kind, JobKind::Complete { .. }))
            .map(|(job, _)| job)
            .collect();
        for job in halted {
            if let Some(kind) = self.jobs.end(job) {
                self.effects.push(Effect::Stop(job));
                self.put_back(job, kind);
            }
        }
    }

    fn chosen(&self, scope: &Scope) -> Vec<FileId> {
        match scope {
            Scope::One(id) => vec![*id],
            Scope::All => self.files.keys().copied().collect(),
            Scope::Folder(folder) => self
                .files
                .iter()
                .filter(|(_, file)| file.file.folder.as_ref() == Some(folder))
                .map(|(id, _)| *id)
                .collect(),
        }
    }
}

/// A file that goes up in one PUT is hashed whole before it is planned; the parts of a larger one are hashed after.
const fn first_phase(size: u64) -> Phase {
    if size <= MAX_SINGLE_PUT {
        Phase::ToHash
    } else {
        Phase::ToPlan
    }
}
