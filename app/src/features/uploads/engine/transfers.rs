//! What became of hashes and transfers.

use super::{
    Effect, Engine, Failure, FileId, JobId, Phase, ReadError, Receipt, SendError,
    file::SignedPut,
    jobs::JobKind,
    parts::{Listing, Slot, number},
};
use crate::{contract::Checksum, features::uploads::types::CompletedPart};

impl Engine {
    pub(super) fn hashed(&mut self, job: JobId, outcome: Result<Checksum, ReadError>) {
        let Some(kind) = self.jobs.end(job) else { return };
        let checksum = match (outcome, kind.file()) {
            (Ok(checksum), _) => checksum,
            (Err(ReadError), Some(file)) => {
                self.put_back(job, kind);
                return self.fail(file, Failure::Unreadable);
            }
            (Err(ReadError), None) => return,
        };
        match kind {
            JobKind::HashFile(id) => {
                if let Some(file) = self.files.get_mut(&id) {
                    file.checksum = Some(checksum);
                }
                self.enter(id, Phase::ToPlan);
            }
            JobKind::HashPart { file, index } => self.set_slot(file, index, Slot::Hashed(checksum)),
            JobKind::Verify { file, index } => self.verified(file, index, &checksum),
            other => self.put_back(job, other),
        }
    }

    fn verified(&mut self, id: FileId, index: usize, checksum: &Checksum) {
        let held = match self.files.get(&id).map(|file| &file.phase) {
            Some(Phase::Parts(parts)) => parts.slot(index).cloned(),
            _ => None,
        };
        let Some(Slot::Verifying(part)) = held else { return };
        if part.checksum.as_ref() == Some(checksum) {
            self.set_slot(id, index, Slot::Stored(part));
        } else {
            self.fail(id, Failure::OtherContent);
        }
    }

    pub(super) fn sent(&mut self, job: JobId, outcome: Result<Receipt, SendError>) {
        if outcome.is_ok() {
            self.progressed(job, u64::MAX);
        }
        let Some(kind) = self.jobs.end(job) else { return };
        match (kind, outcome) {
            (JobKind::Put { file, .. }, Ok(_)) => self.finish(file),
            (JobKind::Part { file, index, .. }, Ok(receipt)) => self.part_stored(file, index, receipt),
            (kind @ (JobKind::Put { .. } | JobKind::Part { .. }), Err(error)) => {
                self.send_failed(job, kind, error);
            }
            (other, _) => self.put_back(job, other),
        }
    }

    fn part_stored(&mut self, id: FileId, index: usize, receipt: Receipt) {
        let Some(file) = self.files.get_mut(&id) else {
            return;
        };
        let Phase::Parts(parts) = &mut file.phase else {
            return;
        };
        let Some(Slot::Sending(signed)) = parts.slot(index).cloned() else {
            return;
        };
        file.failures = 0;
        parts.set(
            index,
            Slot::Stored(CompletedPart {
                part_number: number(index),
                etag: receipt.etag.unwrap_or_default(),
                checksum: signed.checksum,
            }),
        );
    }

    /// An object of the file's key is in storage.
    pub(super) fn finish(&mut self, id: FileId) {
        let Some(before) = self.enter(id, Phase::Done) else {
            return;
        };
        if let Some(parts) = before.into_parts() {
            self.effects.push(Effect::Forget {
                upload_id: parts.upload_id,
            });
        }
        if let Some(file) = self.files.get(&id) {
            let key = file.file.key.clone();
            self.effects.push(Effect::Finished { file: id, key });
        }
    }

    fn send_failed(&mut self, job: JobId, kind: JobKind, error: SendError) {
        let Some(id) = kind.file() else { return };
        let index = match kind {
            JobKind::Part { index, .. } => Some(index),
            _ => None,
        };
        self.put_back(job, kind);
        if index.is_none()
            && matches!(
                error,
                SendError::Network
                    | SendError::Status {
                        status: 408 | 500..,
                        ..
                    }
            )
            && let Some(file) = self.files.get_mut(&id)
        {
            file.may_be_stored = true;
        }
        match error {
            SendError::Network => self.stumble(id, Failure::StorageUnreachable),
            SendError::Unreadable => self.fail(id, Failure::Unreadable),
            SendError::Status { status, code } => self.storage_refused(id, index, status, code),
        }
    }

    fn storage_refused(&mut self, id: FileId, index: Option<usize>, status: u16, code: Option<String>) {
        let damaged = matches!(
            code.as_deref(),
            Some("BadDigest" | "InvalidDigest" | "XAmzContentChecksumMismatch" | "XAmzContentSHA256Mismatch")
        );
        match (status, index) {
            // Expired or revoked: a new signature is asked for.
            (401 | 403, _) => {
                self.ask_for_new_url(id, index);
                self.stumble(id, Failure::StorageRefused { status, code });
            }
            (404, Some(_)) => self.begin_anew(id),
            // The URL was good only for the object that the plan saw. Somebody else has replaced it since, or an
            // attempt of our own whose answer was lost: a new plan tells which.
            (404 | 412, None) => {
                self.enter(id, Phase::ToPlan);
                self.stumble(id, Failure::StorageRefused { status, code });
            }
            (400, _) if damaged => {
                self.hash_again(id, index);
                self.stumble(id, Failure::Damaged);
            }
            // Waiting makes no room.
            (507, _) => self.fail(id, Failure::StorageFull),
            (408 | 409 | 425 | 429 | 500.., _) => self.stumble(id, Failure::StorageFailing { status }),
            _ => self.fail(id, Failure::StorageRefused { status, code }),
        }
    }

    fn ask_for_new_url(&mut self, id: FileId, index: Option<usize>) {
        match (self.files.get_mut(&id).map(|file| &mut file.phase), index) {
            (Some(Phase::Parts(parts)), Some(index)) => parts.unsign(index),
            (Some(Phase::ToPut(_)), None) => {
                self.enter(id, Phase::ToPlan);
            }
            _ => {}
        }
    }

    fn hash_again(&mut self, id: FileId, index: Option<usize>) {
        match (index, self.files.get_mut(&id)) {
            (Some(index), _) => self.set_slot(id, index, Slot::Missing),
            (None, Some(file)) => {
                file.checksum = None;
                file.may_be_stored = false;
                self.enter(id, Phase::ToHash);
            }
            (None, None) => {}
        }
    }

    /// Jobs whose time is over are broken off; to the file it is a network failure.
    pub(super) fn break_off_silent(&mut self) {
        let now = self.now;
        let silent: Vec<_> = self
            .jobs
            .iter()
            .filter(|(_, job)| job.deadline.is_some_and(|deadline| deadline <= now))
            .map(|(id, job)| (id, job.kind.is_call()))
            .collect();
        for (job, is_call) in silent {
            self.effects.push(Effect::Stop(job));
            if is_call {
                self.answered(job, Err(crate::rest::CallError::Unreachable));
            } else {
                self.sent(job, Err(SendError::Network));
            }
        }
    }

    /// Takes back whatever a job that ended without a result was for.
    pub(super) fn put_back(&mut self, job: JobId, kind: JobKind) {
        match kind {
            JobKind::HashFile(id) => {
                self.enter(id, Phase::ToHash);
            }
            JobKind::Put { file, .. } => {
                let put = match self.files.get(&file).map(|file| &file.phase) {
                    Some(Phase::Putting(put)) => Some(put.clone()),
                    _ => None,
                };
                if let Some(put @ SignedPut { .. }) = put {
                    self.enter(file, Phase::ToPut(put));
                }
            }
            JobKind::HashPart { file, index }
            | JobKind::Verify { file, index }
            | JobKind::Part { file, index, .. } => {
                if let Some(Phase::Parts(parts)) = self.files.get_mut(&file).map(|file| &mut file.phase) {
                    parts.step_back(index);
                }
            }
            JobKind::Plan(files) => {
                for id in files {
                    if self.is_planned_by(id, job) {
                        self.enter(id, Phase::ToPlan);
                    }
                }
            }
            JobKind::Sign {
                file,
                upload_id,
                indices,
            } => {
                if let Some(parts) = self.parts_mut(file, &upload_id) {
                    parts.signing = false;
                    for index in indices {
                        parts.step_back(index);
                    }
                }
            }
            JobKind::List { file, upload_id } => {
                if let Some(parts) = self.parts_mut(file, &upload_id) {
                    parts.listing = Listing::Needed;
                }
            }
            JobKind::Complete { file, upload_id } => {
                if let Some(parts) = self.parts_mut(file, &upload_id) {
                    parts.completing = false;
                }
                if self.files.get(&file).is_some_and(|file| file.cancel_asked) {
                    self.cancel_one(file);
                }
            }
            JobKind::Discard(discard) => self.discards.push(discard),
        }
    }

    pub(super) fn is_planned_by(&self, id: FileId, job: JobId) -> bool {
        matches!(self.files.get(&id).map(|file| &file.phase), Some(Phase::Planning(by)) if *by == job)
    }
}
