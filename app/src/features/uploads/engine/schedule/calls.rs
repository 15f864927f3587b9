//! What the API is asked about uploads in parts, and whether it may be asked anything now.

use super::super::{
    Effect, Engine, FileId, JobId, Phase, Request,
    jobs::{Job, JobKind},
    parts::{Listing, Slot},
};
use crate::features::uploads::types::{
    CompleteRequest, MAX_SIGNED_PARTS, OnConflict, SignPartsRequest, UploadRef,
};

/// With more parts than this signed and waiting, more are signed only in a full batch.
const SIGNED_LOW: usize = 3;

impl Engine {
    pub(super) fn list(&mut self, id: FileId) {
        let Some(reference) = self.upload_ref(id) else {
            return;
        };
        if !self.may_call() {
            return;
        }
        if let Some(parts) = self.parts_mut(id, &reference.upload_id) {
            parts.listing = Listing::Running;
        }
        let upload_id = reference.upload_id.clone();
        self.call(
            JobKind::List { file: id, upload_id },
            Request::ListParts(reference),
        );
    }

    /// Asks for the URLs of parts that are hashed: one at once while calls are plentiful, in batches when not.
    pub(super) fn sign(&mut self, id: FileId) {
        let level = self.budget.level(self.now);
        let Some(parts) = self.parts(id).filter(|parts| !parts.signing) else {
            return;
        };
        let full = (self.window(parts) / 2).max(1);
        let least = match level {
            level if level > 0.85 => 1,
            level if level > 0.6 => (full / 4).max(1),
            _ => full,
        };
        let (mut hashed, mut signed, mut unhashed) = (Vec::new(), 0, 0);
        for (index, slot) in parts.open() {
            match slot {
                Slot::Hashed(_) => hashed.push(index),
                Slot::Signed(_) => signed += 1,
                Slot::Missing | Slot::Hashing => unhashed += 1,
                _ => {}
            }
        }
        let enough = hashed.len() >= least || unhashed == 0;
        let wanted = signed <= SIGNED_LOW || hashed.len() >= full;
        if hashed.is_empty() || !enough || !wanted {
            return;
        }
        hashed.truncate(MAX_SIGNED_PARTS);
        let to_sign = parts.to_sign(&hashed);
        let Some(reference) = self.upload_ref(id) else {
            return;
        };
        if !self.may_call() {
            return;
        }
        if let Some(parts) = self.parts_mut(id, &reference.upload_id) {
            parts.signing = true;
            parts.begin_signing(&hashed);
        }
        let kind = JobKind::Sign {
            file: id,
            upload_id: reference.upload_id.clone(),
            indices: hashed,
        };
        let request = Request::Sign(SignPartsRequest {
            key: reference.key,
            upload_id: reference.upload_id,
            parts: to_sign,
            bucket: reference.bucket,
        });
        self.call(kind, request);
    }

    pub(super) fn complete(&mut self, id: FileId) {
        let Some(parts) = self.parts(id) else { return };
        let Some(completed) = parts.completed() else {
            return;
        };
        let relisted = parts.relisted;
        if completed.iter().any(|part| part.etag.is_empty()) && !relisted {
            // The bucket's CORS rules hide ETag; the list of parts tells it.
            if let Some(Phase::Parts(parts)) = self.files.get_mut(&id).map(|file| &mut file.phase) {
                parts.relisted = true;
                parts.listing = Listing::Needed;
            }
            return self.list(id);
        }
        let Some(reference) = self.upload_ref(id) else {
            return;
        };
        if !self.may_call() {
            return;
        }
        let overwrite = self
            .files
            .get(&id)
            .is_some_and(|file| file.on_conflict == OnConflict::Overwrite);
        if let Some(parts) = self.parts_mut(id, &reference.upload_id) {
            parts.completing = true;
        }
        let kind = JobKind::Complete {
            file: id,
            upload_id: reference.upload_id.clone(),
        };
        let request = Request::Complete(CompleteRequest {
            key: reference.key,
            upload_id: reference.upload_id,
            parts: completed,
            on_conflict: overwrite.then_some(OnConflict::Overwrite),
            bucket: reference.bucket,
        });
        self.call(kind, request);
    }

    pub(super) fn discard(&mut self) {
        while !self.discards.is_empty() && self.may_call() {
            let discard = self.discards.remove(0);
            let reference = discard.reference();
            self.call(JobKind::Discard(discard), Request::Discard(reference));
        }
    }

    /// Takes the right to make one API call.
    pub(super) fn may_call(&mut self) -> bool {
        if !self.online || !self.signed_in || self.jobs.calls() >= self.config.calls {
            return false;
        }
        if self.api_free_at > self.now {
            self.wake_at(self.api_free_at);
            return false;
        }
        match self.budget.take(self.now) {
            Ok(()) => true,
            Err(moment) => {
                self.wake_at(moment);
                false
            }
        }
    }

    pub(super) fn call(&mut self, kind: JobKind, request: Request) -> JobId {
        let job = self.jobs.next();
        self.jobs.start(
            job,
            Job {
                kind,
                deadline: Some(self.now + self.config.patience),
                bytes: 0,
            },
        );
        self.effects.push(Effect::Call { job, request });
        job
    }

    fn upload_ref(&self, id: FileId) -> Option<UploadRef> {
        let file = self.files.get(&id)?;
        Some(UploadRef {
            key: file.file.key.clone(),
            upload_id: file.upload_id()?.to_owned(),
            bucket: file.file.bucket.clone(),
        })
    }
}
