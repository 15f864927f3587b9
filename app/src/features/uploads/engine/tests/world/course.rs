//! How things go on: time passes, everything works out, the page is reloaded.

use std::collections::BTreeSet;

use super::{Reply, World};
use crate::features::uploads::engine::{Engine, Event, FileId, Millis, Status};

impl World {
    /// Lets time pass; the driver's timer goes off on the way.
    pub(in super::super) fn pass(&mut self, by: Millis) {
        let end = self.now + by;
        while let Some(moment) = self.wake.filter(|moment| *moment <= end) {
            self.now = self.now.max(moment);
            self.wake = None;
            self.tell(Event::Woken);
        }
        self.now = end;
    }

    /// From now on everything works, until nothing is left to do. Answers how long that took.
    pub(in super::super) fn calm(&mut self) -> Millis {
        let start = self.now;
        self.tell(Event::Online);
        for _ in 0..200_000 {
            if self.engine.needs_sign_in() {
                self.tell(Event::SignedIn);
            }
            if let Some(job) = self.pending.keys().next().copied() {
                self.now += 5;
                self.reply(job, Reply::Well);
            } else if let Some(moment) = self.wake.take() {
                self.now = self.now.max(moment);
                self.tell(Event::Woken);
            } else {
                return self.now - start;
            }
        }
        panic!("it never comes to rest: {:?}", self.pending);
    }

    /// The page is reloaded: the engine and its jobs are gone, records and storage are not. Every file whose
    /// upload is recorded is picked again; the others are new.
    pub(in super::super) fn reload(&mut self, seed: u64) {
        let open: BTreeSet<FileId> = self
            .engine
            .files()
            .filter(|(_, file)| {
                !matches!(
                    file.status(self.now),
                    Status::Done | Status::Skipped | Status::Cancelled
                )
            })
            .map(|(id, _)| id)
            .collect();
        self.engine = Engine::new(self.config.clone(), seed);
        self.pending.clear();
        self.wake = None;
        let mut fresh = Vec::new();
        for id in open {
            let file = self.picked[&id].clone();
            let record = self
                .records
                .values()
                .find(|record| record.name == file.name)
                .cloned();
            match record {
                Some(record) => self.tell(Event::Reopened { record, file }),
                None => fresh.push(file),
            }
        }
        self.tell(Event::Added(fresh));
    }
}
