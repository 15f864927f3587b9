//! Unfinished uploads: taking them up again after a reload, and beginning anew when storage has lost them.

use super::{
    Effect, Engine, Failure, FileId, NewFile, Phase, Record, UploadFile,
    parts::{Listing, Parts},
};
use crate::features::uploads::types::StoredPartsResponse;

impl Engine {
    /// The record of the file's unfinished upload.
    #[must_use]
    pub fn record(&self, id: FileId) -> Option<Record> {
        let file = self.files.get(&id)?;
        let parts = file.phase.parts()?;
        Some(Record {
            key: file.file.key.clone(),
            bucket: file.file.bucket.clone(),
            upload_id: parts.upload_id.clone(),
            name: file.file.name.clone(),
            size: file.file.size,
            part_size: parts.part_size,
            last_modified: Some(file.file.last_modified),
            algorithm: Some(parts.algorithm),
        })
    }

    pub(super) fn reopen(&mut self, record: Record, mut file: NewFile) {
        let drives = |known: &UploadFile| known.upload_id() == Some(&record.upload_id);
        // Another file that was taken for this one; it holds no upload, and its row would stand beside the right one.
        let was_mistaken = |known: &UploadFile| {
            known.file.key == record.key
                && known.file.bucket == record.bucket
                && matches!(
                    known.phase,
                    Phase::Failed {
                        failure: Failure::OtherContent | Failure::OtherSize,
                        ..
                    }
                )
        };
        let known = self.files.iter().find(|(_, known)| drives(known));
        let known = known
            .or_else(|| self.files.iter().find(|(_, known)| was_mistaken(known)))
            .map(|(id, known)| (*id, matches!(known.phase, Phase::Failed { .. })));
        match known {
            Some((_, false)) => {
                self.effects.push(Effect::Release(file.id));
                return;
            }
            Some((stale, true)) => {
                self.files.remove(&stale);
                self.effects.push(Effect::Release(stale));
            }
            None => {}
        }
        let algorithm = record.algorithm.unwrap_or(self.config.part_algorithm);
        let parts = Parts::new(
            record.upload_id,
            record.size,
            record.part_size,
            algorithm,
            Listing::Needed,
        );
        let phase = match parts {
            _ if file.size != record.size => Phase::Failed {
                failure: Failure::OtherSize,
                parts: None,
            },
            None => Phase::Failed {
                failure: Failure::Nonsense,
                parts: None,
            },
            Some(parts) => Phase::Parts(Box::new(parts)),
        };
        file.key = record.key;
        file.bucket = record.bucket;
        self.insert(UploadFile::new(file, phase));
    }

    pub(super) fn listed(&mut self, id: FileId, upload_id: &str, answer: StoredPartsResponse) {
        if let Some(parts) = self.parts_mut(id, upload_id) {
            parts.take_listing(answer.parts);
        }
    }

    /// Storage does not know the upload any more: expired, discarded elsewhere, or swept.
    pub(super) fn begin_anew(&mut self, id: FileId) {
        self.halt(id);
        let Some(before) = self.enter(id, Phase::ToPlan) else {
            return;
        };
        if let Some(parts) = before.into_parts() {
            self.effects.push(Effect::Forget {
                upload_id: parts.upload_id,
            });
        }
        let Some(file) = self.files.get_mut(&id) else {
            return;
        };
        file.restarts += 1;
        if file.restarts > self.config.restarts {
            self.fail(id, Failure::Lost);
        }
    }
}
