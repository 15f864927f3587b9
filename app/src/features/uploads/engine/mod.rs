//! The upload engine: a state machine without DOM, clock or chance. [`Event`]s go in, [`Effect`]s come out, and
//! the driver carries them out; so every order of successes, failures, pauses and reloads can be tested natively.
//!
//! A small file: hashed whole → planned in a batch → one PUT. A large file: planned in a batch → its parts hashed
//! a few ahead, signed in batches with their checksums, sent in parallel → completed. What is re-opened after a
//! reload is listed first, compared part by part with the picked file, and only the rest is sent.
//!
//! Always: no file is lost (each ends done, skipped, cancelled, or failed with its reason and a retry); nothing is
//! completed with a part missing; the bounds of [`Config`] hold; an answer that is no longer waited for changes
//! nothing.

use std::collections::{BTreeMap, BTreeSet};

mod answers;
mod backoff;
mod budget;
mod config;
mod conflicts;
mod control;
mod event;
mod failure;
mod file;
mod jobs;
mod parts;
mod progress;
mod resume;
mod schedule;
mod speed;
#[cfg(test)]
mod tests;
mod transfers;

use backoff::Jitter;
use budget::Budget;
pub use config::Config;
pub use event::{
    Answer, Choice, Effect, Event, NewFile, ReadError, Receipt, Record, Request, Scope, SendError,
};
pub use failure::Failure;
use file::Phase;
pub use file::{Existing, Status, UploadFile};
use jobs::Jobs;
pub use progress::{FileProgress, Totals};
use speed::Speed;

/// Milliseconds on a clock that never goes back.
pub type Millis = u64;

/// One picked file. The driver gives them out, ascending: files go up in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// One thing that the engine asked for and waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

#[derive(Debug)]
pub struct Engine {
    config: Config,
    now: Millis,
    files: BTreeMap<FileId, UploadFile>,
    queues: Queues,
    jobs: Jobs,
    effects: Vec<Effect>,
    /// The earliest moment at which something that cannot go on now can.
    wake: Option<Millis>,
    budget: Budget,
    jitter: Jitter,
    speed: Speed,
    online: bool,
    signed_in: bool,
    /// Failures of the API in a row, and the pause after them (or after a 429).
    api_failures: u32,
    api_free_at: Millis,
    /// When the last batch was planned, and how many were in a row while more files were still being read.
    planned_at: Option<Millis>,
    planned_in_row: u32,
    for_all: Option<Choice>,
    discards: Vec<jobs::Discard>,
}

/// The files of each phase that the scheduler looks for, so that a queue of thousands is not searched.
#[derive(Debug, Default)]
struct Queues {
    to_hash: BTreeSet<FileId>,
    to_plan: BTreeSet<FileId>,
    to_put: BTreeSet<FileId>,
    parts: BTreeSet<FileId>,
}

impl Queues {
    fn of(&mut self, phase: &Phase) -> Option<&mut BTreeSet<FileId>> {
        match phase {
            Phase::ToHash => Some(&mut self.to_hash),
            Phase::ToPlan => Some(&mut self.to_plan),
            Phase::ToPut(_) => Some(&mut self.to_put),
            Phase::Parts(_) => Some(&mut self.parts),
            _ => None,
        }
    }
}

impl Engine {
    /// `seed` spreads the pauses after failures; any number will do.
    #[must_use]
    pub fn new(config: Config, seed: u64) -> Self {
        Self {
            budget: Budget::new(config.call_burst, config.calls_per_minute),
            config,
            now: 0,
            files: BTreeMap::new(),
            queues: Queues::default(),
            jobs: Jobs::default(),
            effects: Vec::new(),
            wake: None,
            jitter: Jitter::new(seed),
            speed: Speed::default(),
            online: true,
            signed_in: true,
            api_failures: 0,
            api_free_at: 0,
            planned_at: None,
            planned_in_row: 0,
            for_all: None,
            discards: Vec::new(),
        }
    }

    /// Takes in one event at the moment `now` and says what is to be done. Effects are to be carried out in order.
    pub fn handle(&mut self, now: Millis, event: Event) -> Vec<Effect> {
        self.now = self.now.max(now);
        match event {
            Event::Added(files) => self.add(files),
            Event::Reopened { record, file } => self.reopen(record, file),
            Event::Hashed { job, outcome } => self.hashed(job, outcome),
            Event::Answered { job, outcome } => self.answered(job, outcome),
            Event::Progressed { job, sent } => {
                // Nothing can start because of it, so the scheduler is spared.
                self.progressed(job, sent);
                return Vec::new();
            }
            Event::Sent { job, outcome } => self.sent(job, outcome),
            Event::Paused(scope) => self.pause(&scope),
            Event::Resumed(scope) => self.resume(&scope),
            Event::Cancelled(scope) => self.cancel(&scope),
            Event::Retried(scope) => self.retry(&scope),
            Event::Decided {
                file,
                choice,
                for_all,
            } => self.decide(file, choice, for_all),
            Event::SignedIn => self.signed_in = true,
            Event::Online => self.came_online(),
            Event::Offline => self.online = false,
            Event::Woken => {}
            Event::Tidied => self.tidy(),
        }
        self.schedule();
        std::mem::take(&mut self.effects)
    }

    #[must_use]
    pub const fn is_online(&self) -> bool {
        self.online
    }

    /// The API wants somebody to sign in again; transfers whose URLs are still good go on meanwhile.
    #[must_use]
    pub const fn needs_sign_in(&self) -> bool {
        !self.signed_in
    }

    /// All files in the order in which they were picked.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &UploadFile)> {
        self.files.iter().map(|(id, file)| (*id, file))
    }

    #[must_use]
    pub fn file(&self, id: FileId) -> Option<&UploadFile> {
        self.files.get(&id)
    }

    /// Whether leaving the page now would interrupt something.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.files
            .values()
            .any(|file| !file.phase.is_over() && !matches!(file.phase, Phase::Failed { .. }))
    }

    /// The one way in which a file's phase changes: keeps the queues. Answers the phase before.
    fn enter(&mut self, id: FileId, phase: Phase) -> Option<Phase> {
        let file = self.files.get_mut(&id)?;
        if let Some(queue) = self.queues.of(&file.phase) {
            queue.remove(&id);
        }
        if let Some(queue) = self.queues.of(&phase) {
            queue.insert(id);
        }
        if phase.is_over() {
            self.effects.push(Effect::Release(id));
        }
        Some(std::mem::replace(&mut file.phase, phase))
    }

    fn parts_mut(&mut self, id: FileId, upload_id: &str) -> Option<&mut parts::Parts> {
        match &mut self.files.get_mut(&id)?.phase {
            Phase::Parts(parts) if parts.upload_id == upload_id => Some(parts),
            _ => None,
        }
    }

    fn wake_at(&mut self, moment: Millis) {
        self.wake = Some(self.wake.map_or(moment, |wake| wake.min(moment)));
    }
}
