//! How far everything is.

use super::{Engine, FileId, Millis, Phase, jobs::JobKind};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileProgress {
    /// Bytes that are out: confirmed by storage or under way. Never more than `size`.
    pub sent: u64,
    pub size: u64,
}

/// The whole queue in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// Files that were not skipped or cancelled.
    pub files: usize,
    pub done: usize,
    pub failed: usize,
    pub skipped: usize,
    pub cancelled: usize,
    pub conflicts: usize,
    pub paused: usize,
    /// Bytes of those files: out, and in all.
    pub sent: u64,
    pub size: u64,
    /// Bytes a second over the last few seconds.
    pub speed: Option<f64>,
    /// At that speed.
    pub seconds_left: Option<f64>,
    /// Every byte that went over the wire, those sent again included.
    pub wire: u64,
}

impl Engine {
    #[must_use]
    pub fn progress(&self, id: FileId) -> FileProgress {
        let Some(file) = self.files.get(&id) else {
            return FileProgress::default();
        };
        let under_way: u64 = self
            .jobs
            .iter()
            .filter(|(_, job)| job.kind.file() == Some(id))
            .filter_map(|(_, job)| job.kind.sent())
            .sum();
        FileProgress {
            sent: (file.stored_bytes() + under_way).min(file.file.size),
            size: file.file.size,
        }
    }

    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub fn totals(&self, now: Millis) -> Totals {
        let mut totals = Totals {
            wire: self.speed.wire_bytes(),
            speed: self.speed.per_second(now),
            ..Totals::default()
        };
        // What failed or waits for somebody does not count towards the time that is left.
        let mut still_to_go = 0;
        for file in self.files.values() {
            match &file.phase {
                Phase::Skipped => totals.skipped += 1,
                Phase::Cancelled => totals.cancelled += 1,
                phase => {
                    totals.files += 1;
                    totals.size += file.file.size;
                    totals.sent += file.stored_bytes();
                    match phase {
                        Phase::Done => totals.done += 1,
                        Phase::Failed { .. } => totals.failed += 1,
                        Phase::Conflict { .. } => totals.conflicts += 1,
                        _ if file.paused => totals.paused += 1,
                        _ => still_to_go += file.file.size - file.stored_bytes(),
                    }
                }
            }
        }
        let under_way: u64 = self.jobs.iter().filter_map(|(_, job)| job.kind.sent()).sum();
        totals.sent += under_way;
        totals.seconds_left = totals
            .speed
            .filter(|speed| *speed > 1.0)
            .map(|speed| still_to_go.saturating_sub(under_way) as f64 / speed);
        totals
    }

    pub(super) fn progressed(&mut self, id: super::JobId, sent: u64) {
        let (stall, patience, now) = (self.config.stall, self.config.patience, self.now);
        let Some(job) = self.jobs.get_mut(id) else {
            return;
        };
        let (file, place) = match &mut job.kind {
            JobKind::Put { file, sent } => (*file, (None, sent)),
            JobKind::Part { file, index, sent } => (*file, (Some(*index), sent)),
            _ => return,
        };
        let Some(file) = self.files.get(&file) else {
            return;
        };
        let length = match place.0 {
            None => file.file.size,
            Some(index) => file.phase.parts().map_or(0, |parts| parts.length(index)),
        };
        let sent = sent.min(length);
        let more = sent.saturating_sub(*place.1);
        *place.1 = sent;
        job.deadline = Some(now + if sent == length { patience } else { stall });
        self.speed.add(now, more);
    }
}
