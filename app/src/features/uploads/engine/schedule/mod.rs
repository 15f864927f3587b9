//! What is started next, within the bounds. Runs after every event.

use std::collections::BTreeSet;

use super::{
    Effect, Engine, FileId, Millis, Phase, Queues,
    parts::{Listing, Parts, Slot},
};

mod calls;
mod hashing;
mod planning;
mod sending;

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

    /// Up to `count` files of a queue that could go on now, in order.
    fn first_ready(&mut self, queue: impl Fn(&Queues) -> &BTreeSet<FileId>, count: usize) -> Vec<FileId> {
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
}
