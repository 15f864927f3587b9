//! The jobs that the page knows, and which of them the panel shows. Pure.
//!
//! A job of this page is shown once it takes longer than a moment or leaves something undone; a short message is enough
//! for the rest. Other jobs are shown while they run. A job that was shown stays until the panel is cleared.

use super::{
    handle::{OnEnd, Started},
    types::{Job, JobState},
};
use crate::contract::JobId;

#[derive(Clone)]
pub struct Row {
    pub id: JobId,
    /// Known for the jobs of this page only.
    pub title: Option<String>,
    /// `None` until the server has sent the job.
    pub job: Option<Job>,
    is_shown: bool,
    on_end: Option<OnEnd>,
}

/// A job that has just ended.
pub enum Ended {
    Ours(OnEnd, Job),
    Others(Job),
}

/// Ordered by age, the newest last.
#[derive(Clone, Default)]
pub struct Board {
    rows: Vec<Row>,
}

impl Job {
    #[must_use]
    pub fn has_ended(&self) -> bool {
        !matches!(self.state, JobState::Queued | JobState::Running)
    }

    /// Whether the job left something undone.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.state == JobState::Failed || !self.failures.is_empty()
    }
}

impl Row {
    fn is_open(&self) -> bool {
        self.job.as_ref().is_none_or(|job| !job.has_ended())
    }
}

impl Board {
    /// Watches a job of this page. It may have ended already.
    pub fn follow(&mut self, started: Started) -> Option<Ended> {
        let Started { id, title, on_end } = started;
        let row = self.row(id);
        row.title = Some(title);
        match row.job.clone().filter(Job::has_ended) {
            Some(job) => {
                row.is_shown = job.has_failed();
                Some(Ended::Ours(on_end, job))
            }
            None => {
                row.on_end = Some(on_end);
                row.is_shown = false;
                None
            }
        }
    }

    /// Takes in a job that the server has sent. An ended job never runs again, whatever an older answer says.
    pub fn take(&mut self, job: Job) -> Option<Ended> {
        let is_new = !self.rows.iter().any(|row| row.id == job.id);
        let row = self.row(job.id);
        if !row.is_open() && !job.has_ended() {
            return None;
        }
        let ends = row.is_open() && job.has_ended();
        row.is_shown |= if is_new {
            !job.has_ended()
        } else {
            ends && job.has_failed()
        };
        row.job = Some(job.clone());
        if !ends {
            return None;
        }
        match row.on_end.take() {
            Some(on_end) => Some(Ended::Ours(on_end, job)),
            None => (!is_new).then_some(Ended::Others(job)),
        }
    }

    /// Shows a job that is still under way.
    pub fn show_if_open(&mut self, id: JobId) {
        for row in self.rows.iter_mut().filter(|row| row.id == id && row.is_open()) {
            row.is_shown = true;
        }
    }

    /// Shows all known jobs, ended or not.
    pub fn show_all(&mut self) {
        for row in &mut self.rows {
            row.is_shown = true;
        }
        let created = |row: &Row| row.job.as_ref().map(|job| job.created_at);
        // A job that the server has not sent yet is the newest.
        self.rows
            .sort_by_key(|row| (created(row).is_none(), created(row)));
    }

    /// Hides ended jobs.
    pub fn clear(&mut self) {
        for row in &mut self.rows {
            row.is_shown &= row.is_open();
        }
    }

    /// Notes that the job is being undone.
    pub fn undone(&mut self, id: JobId) {
        for row in self.rows.iter_mut().filter(|row| row.id == id) {
            if let Some(job) = &mut row.job {
                job.undo = None;
            }
        }
    }

    #[must_use]
    pub fn get(&self, id: JobId) -> Option<&Row> {
        self.rows.iter().find(|row| row.id == id)
    }

    /// The newest first.
    #[must_use]
    pub fn shown(&self) -> Vec<JobId> {
        let shown = self.rows.iter().rev().filter(|row| row.is_shown);
        shown.map(|row| row.id).collect()
    }

    /// How many of the shown jobs are under way.
    #[must_use]
    pub fn shown_open(&self) -> usize {
        let shown = self.rows.iter().filter(|row| row.is_shown && row.is_open());
        shown.count()
    }

    /// Whether any job is under way, shown or not.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.rows.iter().any(Row::is_open)
    }

    fn row(&mut self, id: JobId) -> &mut Row {
        let at = self.rows.iter().position(|row| row.id == id).unwrap_or_else(|| {
            self.rows.push(Row {
                id,
                title: None,
                job: None,
                is_shown: false,
                on_end: None,
            });
            self.rows.len() - 1
        });
        &mut self.rows[at]
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{contract::Timestamp, features::jobs::types::JobFailure};

    pub(in crate::features::jobs) fn job(number: u8, state: JobState) -> Job {
        Job {
            id: id(number),
            kind: "files.move".to_owned(),
            about: None,
            state,
            done: 0,
            total: None,
            bytes_done: 0,
            bytes_total: None,
            failures: Vec::new(),
            created_at: Timestamp::from_unix(number.into()).unwrap(),
            finished_at: None,
            undo: None,
        }
    }

    fn id(number: u8) -> JobId {
        JobId::from_uuid(uuid::Uuid::from_u128(number.into()))
    }

    fn started(number: u8) -> Started {
        Started {
            id: id(number),
            title: "Move".to_owned(),
            on_end: Arc::new(|_| ()),
        }
    }

    fn is_ours(ended: Option<Ended>) -> bool {
        matches!(ended, Some(Ended::Ours(..)))
    }

    #[test]
    fn a_quick_job_of_this_page_is_not_shown_and_ends_once() {
        let mut board = Board::default();
        assert!(board.follow(started(1)).is_none());
        assert!(board.take(job(1, JobState::Running)).is_none());
        assert!(board.is_busy() && board.shown().is_empty());
        assert!(is_ours(board.take(job(1, JobState::Done))));
        assert!(board.take(job(1, JobState::Done)).is_none());
        assert!(board.take(job(1, JobState::Running)).is_none(), "an older answer");
        board.show_if_open(id(1));
        assert!(!board.is_busy() && board.shown().is_empty());
    }

    #[test]
    fn the_server_may_tell_of_the_end_before_the_page_asks() {
        let mut board = Board::default();
        assert!(board.take(job(1, JobState::Done)).is_none());
        assert!(is_ours(board.follow(started(1))));
        assert!(board.shown().is_empty());
        board.take(job(2, JobState::Failed));
        assert!(is_ours(board.follow(started(2))));
        assert_eq!(board.shown(), [id(2)]);
    }

    #[test]
    fn a_long_job_is_shown_until_it_is_cleared() {
        let mut board = Board::default();
        board.follow(started(1));
        board.show_if_open(id(1));
        assert_eq!((board.shown(), board.shown_open()), (vec![id(1)], 1));
        board.clear();
        assert_eq!(board.shown(), [id(1)], "it is under way");
        board.take(job(1, JobState::Done));
        assert_eq!((board.shown(), board.shown_open()), (vec![id(1)], 0));
        board.clear();
        assert!(board.shown().is_empty());
    }

    #[test]
    fn failures_are_shown() {
        let mut board = Board::default();
        board.follow(started(1));
        let mut done = job(1, JobState::Done);
        done.failures.push(JobFailure {
            key: "u/a".to_owned(),
            message: "taken".to_owned(),
        });
        board.take(done);
        assert_eq!(board.shown(), [id(1)]);
        board.follow(started(2));
        board.take(job(2, JobState::Failed));
        assert_eq!(board.shown(), [id(2), id(1)], "the newest first");
    }

    #[test]
    fn jobs_of_other_pages_are_shown_while_they_run_and_announced_when_they_end() {
        let mut board = Board::default();
        // As each look at the list tells it.
        for _ in 0..2 {
            assert!(board.take(job(1, JobState::Failed)).is_none());
        }
        assert!(board.shown().is_empty(), "it had ended before");
        board.take(job(2, JobState::Queued));
        assert_eq!(board.shown(), [id(2)]);
        assert!(matches!(
            board.take(job(2, JobState::Done)),
            Some(Ended::Others(_))
        ));
        board.take(job(0, JobState::Done));
        board.show_all();
        assert_eq!(board.shown(), [id(2), id(1), id(0)]);
    }
}
