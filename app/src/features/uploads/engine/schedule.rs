//! What is started next, within the bounds. Runs after every event.

use super::{
    Effect, Engine, FileId, Millis, Phase, Request,
    jobs::{Job, Kind},
    parts::{Listing, Parts, Slot},
};
use crate::features::uploads::types::{
    CompleteRequest, FileToUpload, MAX_PLANNED_FILES, MAX_SIGNED_PARTS, MAX_SINGLE_PUT, OnConflict,
    PlanRequest, SignPartsRequest, UploadRef,
};

/// With fewer small files than this ready to go, the next batch is planned even if it is not full.
const PUTS_LOW: usize = 24;
/// How long the second batch of a run is gathered; each further one twice as long, up to eight times.
const GATHER: Millis = 400;
/// With more parts than this signed and waiting, more are signed only in a full batch.
const SIGNED_LOW: usize = 3;
/// At least, and at most, so many parts of one file are prepared ahead.
const PARTS_AHEAD: (u64, u64) = (8, 48);

impl Engine {
    pub(super) fn schedule(&mut self) {
        self.wake = None;
        self.break_off_silent();
        self.hash_files();
        let uploads: Vec<_> = self.queues.parts.iter().copied().collect();
        let mut ahead = 0;
        for id in uploads
            .into_iter()
            .filter(|id| self.is_ready(*id))
            .collect::<Vec<_>>()
        {
            self.advance_parts(id, &mut ahead);
        }
        self.plan();
        self.send_puts();
        self.discard();
        if self.jobs.transfers() == 0 {
            self.speed.rest();
        }
        if let Some(deadline) = self.jobs.iter().filter_map(|(_, job)| job.deadline).min() {
            self.wake_at(deadline);
        }
        if let Some(moment) = self.wake {
            self.effects.push(Effect::WakeAt(moment.max(self.now + 1)));
        }
    }

    /// Neither paused nor waiting out a failure.
    fn is_ready(&mut self, id: FileId) -> bool {
        let Some(file) = self.files.get(&id) else {
            return false;
        };
        let (paused, not_before) = (file.paused, file.not_before);
        if !paused && not_before > self.now {
            self.wake_at(not_before);
        }
        !paused && not_before <= self.now
    }

    fn may_hash(&self, bytes: u64) -> bool {
        let running = self.jobs.hashes();
        running == 0
            || (running < self.config.hashes && self.jobs.hash_bytes() + bytes <= self.config.hash_bytes)
    }

    /// Takes the right to make one API call.
    fn may_call(&mut self) -> bool {
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

    fn call(&mut self, kind: Kind, request: Request) -> super::JobId {
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

    fn hash_files(&mut self) {
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
            self.hash(Kind::HashFile(id), id, range, self.config.algorithm);
        }
    }

    fn hash(
        &mut self,
        kind: Kind,
        file: FileId,
        range: std::ops::Range<u64>,
        algorithm: crate::features::files::types::ChecksumAlgorithm,
    ) {
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

    /// Up to `count` files of a queue that could go on now, in order.
    fn first_ready(
        &mut self,
        queue: impl Fn(&super::Queues) -> &std::collections::BTreeSet<FileId>,
        count: usize,
    ) -> Vec<FileId> {
        let mut soonest: Option<Millis> = None;
        let mut found = Vec::new();
        for id in queue(&self.queues) {
            if found.len() == count {
                break;
            }
            let Some(file) = self.files.get(id).filter(|file| !file.paused) else {
                continue;
            };
            if file.not_before > self.now {
                soonest = Some(soonest.map_or(file.not_before, |at| at.min(file.not_before)));
            } else {
                found.push(*id);
            }
        }
        if let Some(moment) = soonest {
            self.wake_at(moment);
        }
        found
    }

    fn plan(&mut self) {
        if self.jobs.is_planning() {
            return;
        }
        let candidates = self.first_ready(|queues| &queues.to_plan, MAX_PLANNED_FILES);
        let Some(first) = candidates.first().and_then(|id| self.files.get(id)) else {
            return;
        };
        let (bucket, on_conflict) = (first.file.bucket.clone(), first.on_conflict);
        if !self.is_time_to_plan(candidates.len()) || !self.may_call() {
            return;
        }
        // One key once: the second of two files for one place finds it taken by the first.
        let mut keys = std::collections::HashSet::new();
        let batch: Vec<_> = candidates
            .into_iter()
            .filter(|id| {
                self.files.get(id).is_some_and(|file| {
                    file.file.bucket == bucket
                        && file.on_conflict == on_conflict
                        && keys.insert(file.file.key.clone())
                })
            })
            .collect();
        let files = batch.iter().filter_map(|id| self.to_upload(*id)).collect();
        self.planned_at = Some(self.now);
        self.planned_in_row += 1;
        let request = Request::Plan(PlanRequest {
            files,
            on_conflict,
            bucket,
        });
        let job = self.call(Kind::Plan(batch.clone()), request);
        for id in batch {
            self.enter(id, Phase::Planning(job));
        }
    }

    /// A batch goes out when it is full or nothing can be added; else it is gathered for a moment, the longer the
    /// fewer calls are left.
    fn is_time_to_plan(&mut self, candidates: usize) -> bool {
        let may_grow = self.queues.to_hash.iter().any(|id| {
            self.files
                .get(id)
                .is_some_and(|file| !file.paused && file.not_before <= self.now)
        }) || self
            .jobs
            .iter()
            .any(|(_, job)| matches!(job.kind, Kind::HashFile(_)));
        if !may_grow {
            self.planned_in_row = 0;
        }
        if candidates >= MAX_PLANNED_FILES || !may_grow {
            return true;
        }
        if self.queues.to_put.len() + self.jobs.puts_under_way() >= PUTS_LOW {
            return false;
        }
        let gather = GATHER << self.planned_in_row.saturating_sub(1).min(3);
        match self.planned_at.map(|at| at + gather) {
            Some(moment) if moment > self.now => {
                self.wake_at(moment);
                false
            }
            _ => true,
        }
    }

    fn to_upload(&self, id: FileId) -> Option<FileToUpload> {
        let file = self.files.get(&id)?;
        let in_parts = file.file.size > MAX_SINGLE_PUT;
        Some(FileToUpload {
            key: file.file.key.clone(),
            size: file.file.size,
            content_type: file.file.content_type.clone(),
            checksum: file.checksum.clone(),
            checksum_algorithm: in_parts.then_some(self.config.algorithm),
            metadata: std::collections::BTreeMap::new(),
        })
    }

    fn send_puts(&mut self) {
        if !self.online {
            return;
        }
        let room = self.config.transfers.saturating_sub(self.jobs.transfers());
        for id in self.first_ready(|queues| &queues.to_put, room) {
            let Some(file) = self.files.get(&id) else { continue };
            let (range, Phase::ToPut(put)) = (file.whole(), &file.phase) else {
                continue;
            };
            let put = put.clone();
            if put.expires_at <= self.now + self.config.expiry_margin {
                self.enter(id, Phase::ToPlan);
                self.wake_at(self.now + 1);
                continue;
            }
            let (url, headers) = (put.url.clone(), put.headers.clone());
            self.enter(id, Phase::Putting(put));
            self.send(Kind::Put { file: id, sent: 0 }, id, range, url, headers);
        }
    }

    fn send(
        &mut self,
        kind: Kind,
        file: FileId,
        range: std::ops::Range<u64>,
        url: String,
        headers: std::collections::BTreeMap<String, String>,
    ) {
        let job = self.jobs.next();
        self.jobs.start(
            job,
            Job {
                kind,
                deadline: Some(self.now + self.config.stall),
                bytes: 0,
            },
        );
        self.effects.push(Effect::Send {
            job,
            file,
            range,
            url,
            headers: headers.into_iter().collect(),
        });
    }

    /// Everything that can be done for one file in parts. `ahead` counts the parts prepared over all files.
    fn advance_parts(&mut self, id: FileId, ahead: &mut usize) {
        let Some(file) = self.files.get(&id) else { return };
        let Phase::Parts(parts) = &file.phase else { return };
        if parts.completing {
            return;
        }
        match parts.listing {
            Listing::Needed => return self.list(id),
            Listing::Running => return,
            Listing::Known => {}
        }
        if parts.is_verifying() {
            return self.verify(id);
        }
        if parts.all_stored() {
            return self.complete(id);
        }
        self.unsign_expired(id);
        self.hash_parts(id, ahead);
        self.sign(id);
        self.send_parts(id);
    }

    fn list(&mut self, id: FileId) {
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
        self.call(Kind::List { file: id, upload_id }, Request::ListParts(reference));
    }

    /// The picked file is compared with what storage has before anything is sent, so that an altered file never
    /// mixes with the original.
    fn verify(&mut self, id: FileId) {
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
            if !self.start_part_hash(id, index, Kind::Verify { file: id, index }, Slot::Verifying(part)) {
                return;
            }
        }
    }

    fn hash_parts(&mut self, id: FileId, ahead: &mut usize) {
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
            if !self.start_part_hash(id, index, Kind::HashPart { file: id, index }, Slot::Hashing) {
                return;
            }
            *ahead += 1;
        }
    }

    fn start_part_hash(&mut self, id: FileId, index: usize, kind: Kind, slot: Slot) -> bool {
        let Some(parts) = self.parts(id) else { return false };
        let (range, length, algorithm) = (parts.range(index), parts.length(index), parts.algorithm);
        if !self.may_hash(length) {
            return false;
        }
        self.set_slot(id, index, slot);
        self.hash(kind, id, range, algorithm);
        true
    }

    fn unsign_expired(&mut self, id: FileId) {
        let limit = self.now + self.config.expiry_margin;
        let expired: Vec<_> = self
            .parts(id)
            .into_iter()
            .flat_map(Parts::open)
            .filter(|(_, slot)| matches!(slot, Slot::Signed(signed) if signed.expires_at <= limit))
            .map(|(index, _)| index)
            .collect();
        if let Some(Phase::Parts(parts)) = self.files.get_mut(&id).map(|file| &mut file.phase) {
            for index in expired {
                parts.unsign(index);
            }
        }
    }

    /// Asks for the URLs of parts that are hashed: one at once while calls are plentiful, in batches when not.
    fn sign(&mut self, id: FileId) {
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
        let kind = Kind::Sign {
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

    fn send_parts(&mut self, id: FileId) {
        if !self.online {
            return;
        }
        let bound = if self.queues.to_put.is_empty() {
            self.config.parts
        } else {
            self.config.parts_beside_puts
        };
        let room = bound
            .saturating_sub(self.jobs.parts_under_way())
            .min(self.config.transfers.saturating_sub(self.jobs.transfers()));
        let signed: Vec<_> = self
            .parts(id)
            .into_iter()
            .flat_map(|parts| {
                parts
                    .open()
                    .map(move |(index, slot)| (index, slot, parts.range(index)))
            })
            .filter_map(|(index, slot, range)| match slot {
                Slot::Signed(signed) => Some((index, signed.clone(), range)),
                _ => None,
            })
            .take(room)
            .collect();
        for (index, signed, range) in signed {
            let (url, headers) = (signed.url.clone(), signed.headers.clone());
            self.set_slot(id, index, Slot::Sending(signed));
            self.send(
                Kind::Part {
                    file: id,
                    index,
                    sent: 0,
                },
                id,
                range,
                url,
                headers,
            );
        }
    }

    fn complete(&mut self, id: FileId) {
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
        let kind = Kind::Complete {
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

    fn discard(&mut self) {
        while !self.discards.is_empty() && self.may_call() {
            let discard = self.discards.remove(0);
            let reference = discard.reference();
            self.call(Kind::Discard(discard), Request::Discard(reference));
        }
    }

    /// How many parts of a file are prepared ahead.
    fn window(&self, parts: &Parts) -> usize {
        let count = (self.config.bytes_ahead / parts.part_size).clamp(PARTS_AHEAD.0, PARTS_AHEAD.1);
        usize::try_from(count).unwrap_or(usize::MAX)
    }

    fn parts(&self, id: FileId) -> Option<&Parts> {
        match &self.files.get(&id)?.phase {
            Phase::Parts(parts) => Some(parts),
            _ => None,
        }
    }

    pub(super) fn set_slot(&mut self, id: FileId, index: usize, slot: Slot) {
        if let Some(Phase::Parts(parts)) = self.files.get_mut(&id).map(|file| &mut file.phase) {
            parts.set(index, slot);
        }
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
