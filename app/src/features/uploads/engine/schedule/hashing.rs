//! Which bytes are read for their checksums next, and how far ahead of what is sent.

use std::ops::Range;

use super::super::{
    Effect, Engine, FileId, Phase,
    jobs::{Job, JobKind},
    parts::{Parts, Slot},
};
use crate::contract::ChecksumAlgorithm;

/// At least, and at most, so many parts of one file are prepared ahead.
const PARTS_AHEAD: (u64, u64) = (8, 48);

impl Engine {
    pub(super) fn hash_files(&mut self) {
        let waiting = self.queues.to_plan.len() + self.queues.to_put.len();
        let room = self
            .config
            .files_ahead
            .saturating_sub(waiting + self.jobs.hashes());
        let room = room.min(self.config.hashes);
        let next = self.first_ready(|queues| &queues.to_hash, room);
        for id in next {
            let Some(file) = self.files.get(&id) else { continue };
            let (range, size) = (file.whole(), file.file.size);
            if !self.may_hash(size) {
                break;
            }
            self.enter(id, Phase::Hashing);
            self.hash(JobKind::HashFile(id), id, range, self.config.algorithm);
        }
    }

    /// The picked file is compared with what storage has before anything is sent, so that an altered file never
    /// mixes with the original.
    pub(super) fn verify(&mut self, id: FileId) {
        let held: Vec<_> = self
            .parts(id)
            .into_iter()
            .flat_map(Parts::open)
            .filter_map(|(index, slot)| match slot {
                Slot::Held(part) => Some((index, part.clone())),
                _ => None,
            })
            .take(self.config.hashes)
            .collect();
        for (index, part) in held {
            if !self.start_part_hash(
                id,
                index,
                JobKind::Verify { file: id, index },
                Slot::Verifying(part),
            ) {
                return;
            }
        }
    }

    pub(super) fn hash_parts(&mut self, id: FileId, ahead: &mut usize) {
        let Some(parts) = self.parts(id) else { return };
        let prepared = parts.ahead();
        *ahead += prepared;
        let window = self.window(parts);
        let room = window
            .saturating_sub(prepared)
            .min((2 * window).saturating_sub(*ahead));
        let missing: Vec<_> = parts
            .open()
            .filter(|(_, slot)| matches!(slot, Slot::Missing))
            .map(|(index, _)| index)
            .take(room.min(self.config.hashes))
            .collect();
        for index in missing {
            if !self.start_part_hash(id, index, JobKind::HashPart { file: id, index }, Slot::Hashing) {
                return;
            }
            *ahead += 1;
        }
    }

    /// How many parts of a file are prepared ahead.
    pub(super) fn window(&self, parts: &Parts) -> usize {
        let count = (self.config.bytes_ahead / parts.part_size).clamp(PARTS_AHEAD.0, PARTS_AHEAD.1);
        usize::try_from(count).unwrap_or(usize::MAX)
    }

    fn may_hash(&self, bytes: u64) -> bool {
        let running = self.jobs.hashes();
        running == 0
            || (running < self.config.hashes && self.jobs.hash_bytes() + bytes <= self.config.hash_bytes)
    }

    fn start_part_hash(&mut self, id: FileId, index: usize, kind: JobKind, slot: Slot) -> bool {
        let Some(parts) = self.parts(id) else { return false };
        let (range, length, algorithm) = (parts.range(index), parts.length(index), parts.algorithm);
        if !self.may_hash(length) {
            return false;
        }
        self.set_slot(id, index, slot);
        self.hash(kind, id, range, algorithm);
        true
    }

    fn hash(&mut self, kind: JobKind, file: FileId, range: Range<u64>, algorithm: ChecksumAlgorithm) {
        let job = self.jobs.next();
        self.jobs.start(
            job,
            Job {
                kind,
                deadline: None,
                bytes: range.end - range.start,
            },
        );
        self.effects.push(Effect::Hash {
            job,
            file,
            range,
            algorithm,
        });
    }
}
