//! How the engine takes in the results of API calls.

use super::{
    Answer, Effect, Engine, Existing, Failure, FileId, JobId, Phase,
    file::SignedPut,
    jobs::{Discard, JobKind},
    parts::{Listing, Parts},
};
use crate::{
    contract::ErrorCode,
    features::uploads::types::{PlanResponse, PlannedUpload, Replaced, SignPartsResponse, UploadPlan},
    rest::CallError,
};

impl Engine {
    pub(super) fn answered(&mut self, job: JobId, outcome: Result<Answer, CallError>) {
        let Some(kind) = self.jobs.end(job) else { return };
        match outcome {
            Ok(answer) => {
                self.api_failures = 0;
                self.accept(job, kind, answer);
            }
            Err(CallError::SignedOut) => {
                self.signed_in = false;
                self.put_back(job, kind);
            }
            Err(CallError::Throttled(seconds)) => {
                self.api_free_at = self.api_free_at.max(self.now + u64::from(seconds) * 1000);
                self.put_back(job, kind);
            }
            Err(error @ (CallError::Unreachable | CallError::Unavailable(_))) => {
                self.api_stumbled(job, kind, error);
            }
            Err(CallError::Cancelled) => self.put_back(job, kind),
            Err(CallError::Refused { status, error }) => self.refused(job, kind, status, error.detail),
            Err(error @ CallError::Unreadable { status }) => {
                self.refused(job, kind, status, error.to_string());
            }
        }
    }

    fn accept(&mut self, job: JobId, kind: JobKind, answer: Answer) {
        match (kind, answer) {
            (JobKind::Plan(files), Answer::Plan(answer)) => self.planned(job, files, answer),
            (
                JobKind::Sign {
                    file,
                    upload_id,
                    indices,
                },
                Answer::Sign(answer),
            ) => {
                self.signed(file, &upload_id, &indices, answer);
            }
            (JobKind::List { file, upload_id }, Answer::ListParts(answer)) => {
                self.listed(file, &upload_id, answer);
            }
            (JobKind::Complete { file, upload_id }, Answer::Complete(_)) => {
                if self.parts_mut(file, &upload_id).is_some() {
                    self.finish(file);
                }
            }
            (JobKind::Discard(_), Answer::Discarded) => {}
            (kind, _) => self.give_up(job, kind, &Failure::Nonsense),
        }
    }

    /// All calls wait together, longer each time; in the end the files of this call fail.
    fn api_stumbled(&mut self, job: JobId, kind: JobKind, error: CallError) {
        if error == CallError::Unreachable && !self.online {
            return self.put_back(job, kind);
        }
        if self.api_free_at <= self.now {
            self.api_failures += 1;
            self.api_free_at = self.now
                + self
                    .jitter
                    .pause(self.api_failures, self.config.backoff, self.config.backoff_cap);
        }
        match kind {
            JobKind::Discard(mut discard) => {
                discard.failures += 1;
                // Storage sweeps abandoned uploads itself; this is only the quicker way.
                if discard.failures <= self.config.attempts {
                    self.discards.push(discard);
                }
            }
            kind if self.api_failures > self.attempts_after(&error) => {
                self.api_failures = 0;
                let failure = match error {
                    CallError::Unavailable(Some(error)) => Failure::ServerFailing(error.detail),
                    _ => Failure::ServerUnreachable,
                };
                self.give_up(job, kind, &failure);
            }
            kind => self.put_back(job, kind),
        }
    }

    /// What is away comes back; what went wrong inside the server seldom gets better by itself.
    fn attempts_after(&self, error: &CallError) -> u32 {
        match error {
            CallError::Unavailable(Some(error)) if error.code == ErrorCode::InternalError => {
                self.config.attempts_after_error
            }
            _ => self.config.attempts,
        }
    }

    fn refused(&mut self, job: JobId, kind: JobKind, status: u16, detail: String) {
        match (kind, status) {
            (JobKind::Discard(_), _) => {}
            (kind @ (JobKind::Sign { .. } | JobKind::List { .. } | JobKind::Complete { .. }), 404) => {
                let file = kind.file();
                self.put_back(job, kind);
                if let Some(file) = file.filter(|file| self.is_active(*file)) {
                    self.begin_anew(file);
                }
            }
            (kind @ JobKind::Complete { .. }, 409 | 412) => {
                let file = kind.file();
                self.put_back(job, kind);
                if let Some(file) = file.filter(|file| self.is_active(*file)) {
                    self.conflict(file, None);
                }
            }
            (kind @ JobKind::Complete { .. }, 400) => self.completion_refused(job, kind, detail),
            (kind, _) => self.give_up(job, kind, &Failure::Refused(detail)),
        }
    }

    /// Storage disagrees about the parts: they are listed and compared again, once.
    fn completion_refused(&mut self, job: JobId, kind: JobKind, detail: String) {
        let JobKind::Complete { file, upload_id } = &kind else {
            return;
        };
        let (file, upload_id) = (*file, upload_id.clone());
        match self.parts_mut(file, &upload_id) {
            Some(parts) if !parts.relisted => {
                parts.relisted = true;
                parts.listing = Listing::Needed;
                self.put_back(job, kind);
            }
            _ => self.give_up(job, kind, &Failure::NotJoined(detail)),
        }
    }

    /// The files that the call was for stand still, unless somebody cancelled them meanwhile.
    fn give_up(&mut self, job: JobId, kind: JobKind, failure: &Failure) {
        let files: Vec<FileId> = match &kind {
            JobKind::Plan(files) => files
                .iter()
                .copied()
                .filter(|id| self.is_planned_by(*id, job))
                .collect(),
            kind => kind.file().into_iter().collect(),
        };
        self.put_back(job, kind);
        for id in files {
            if self.is_active(id) {
                self.fail(id, failure.clone());
            }
        }
    }

    fn is_active(&self, id: FileId) -> bool {
        self.files
            .get(&id)
            .is_some_and(|file| !file.phase.is_over() && !matches!(file.phase, Phase::Failed { .. }))
    }

    fn planned(&mut self, job: JobId, files: Vec<FileId>, answer: PlanResponse) {
        if files.len() != answer.uploads.len() {
            return self.give_up(job, JobKind::Plan(files), &Failure::Nonsense);
        }
        let expires_at = self.now + u64::from(answer.expires_in) * 1000;
        for (id, planned) in files.into_iter().zip(answer.uploads) {
            if self.is_planned_by(id, job) {
                self.follow(id, planned.plan, expires_at);
            } else {
                self.discard_unwanted(id, planned);
            }
        }
    }

    fn follow(&mut self, id: FileId, plan: UploadPlan, expires_at: super::Millis) {
        match plan {
            UploadPlan::Put { replaces, .. } if self.is_stored_already(id, replaces.as_ref()) => {
                self.finish(id);
            }
            UploadPlan::Put { url, headers, .. } => {
                let put = SignedPut {
                    url,
                    headers,
                    expires_at,
                };
                self.enter(id, Phase::ToPut(put));
            }
            UploadPlan::Multipart {
                upload_id,
                part_size,
                parts: signed,
            } => {
                let size = self.files.get(&id).map_or(0, |file| file.file.size);
                let parts = Parts::new(
                    upload_id,
                    size,
                    part_size,
                    self.config.part_algorithm,
                    Listing::Known,
                );
                let Some(mut parts) = parts else {
                    return self.fail(id, Failure::Nonsense);
                };
                for part in signed {
                    parts.sign(part, expires_at);
                }
                self.enter(id, Phase::Parts(Box::new(parts)));
                if let Some(record) = self.record(id) {
                    self.effects.push(Effect::Save(record));
                }
            }
            UploadPlan::Conflict {
                existing_key,
                size,
                last_modified,
                checksum,
                ..
            } => {
                let own = self.files.get(&id).and_then(|file| file.checksum.as_ref());
                if own.is_some() && own == checksum.as_ref() {
                    // The very bytes are there already: from an earlier run, or from a PUT whose answer was lost.
                    if let (Some(file), Some(key)) = (self.files.get_mut(&id), existing_key) {
                        file.file.key = key;
                    }
                    self.finish(id);
                } else {
                    let existing = Existing {
                        key: existing_key,
                        size,
                        last_modified,
                    };
                    self.conflict(id, Some(existing));
                }
            }
            UploadPlan::Refused { error } => self.fail(id, Failure::Refused(error.detail)),
        }
    }

    /// Whether the object in the file's place was stored by the file's own PUT, whose answer was lost.
    fn is_stored_already(&self, id: FileId, there: Option<&Replaced>) -> bool {
        let Some(file) = self.files.get(&id).filter(|file| file.may_be_stored) else {
            return false;
        };
        let there = there.and_then(|there| there.checksum.as_ref());
        there.is_some() && there == file.checksum.as_ref()
    }

    /// The file was cancelled while it was being planned.
    fn discard_unwanted(&mut self, id: FileId, planned: PlannedUpload) {
        if let UploadPlan::Multipart { upload_id, .. } = planned.plan {
            self.discards.push(Discard {
                key: planned.key,
                bucket: self.files.get(&id).and_then(|file| file.file.bucket.clone()),
                upload_id,
                failures: 0,
            });
        }
    }

    fn signed(&mut self, id: FileId, upload_id: &str, indices: &[usize], answer: SignPartsResponse) {
        let expires_at = self.now + u64::from(answer.expires_in) * 1000;
        let Some(parts) = self.parts_mut(id, upload_id) else {
            return;
        };
        parts.signing = false;
        for part in answer.parts {
            parts.sign(part, expires_at);
        }
        // What the answer left out is asked for again, but not without end.
        let unsigned = indices
            .iter()
            .filter(|index| matches!(parts.slot(**index), Some(super::parts::Slot::Signing(_))))
            .copied()
            .collect::<Vec<_>>();
        for index in &unsigned {
            parts.step_back(*index);
        }
        if !unsigned.is_empty() {
            self.stumble(id, Failure::Nonsense);
        }
    }
}
