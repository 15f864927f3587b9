//! Changes of files by this page, at once or by jobs: the messages when they end, their effects on the folder on screen, and
//! their undo. Part of the tools, which are loaded on demand.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};

use super::{
    changes::UndoOffer,
    effects::{FileEffect, FileEffects, use_effects},
};
use crate::{
    contract::{JobId, key::name_of},
    features::jobs::{
        Jobs, Started, client,
        types::{Job, JobState},
        use_jobs, words,
    },
    format,
    ui::toast::{Toasts, use_toasts},
};

/// The texts and effects of a job.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// `Move “a.txt” to “Photos”`
    pub title: String,
    /// The message when everything was done: `“a.txt” moved to “Photos”.`
    pub done: String,
    /// The effect when everything was done.
    pub effect: FileEffect,
    /// The folders that may have changed when only a part was done.
    pub touched: Vec<String>,
    /// The message when everything was undone.
    pub undone: String,
    pub undo_effect: FileEffect,
}

#[derive(Clone, Copy)]
pub struct FileJobs {
    pub toasts: Toasts,
    pub effects: FileEffects,
    jobs: Jobs,
}

/// Call it while a component is built.
#[must_use]
pub fn use_file_jobs() -> FileJobs {
    FileJobs {
        toasts: use_toasts(),
        effects: use_effects(),
        jobs: use_jobs(),
    }
}

impl FileJobs {
    /// Runs `read` now, and again whenever this page or another has changed files. Call it while a component is built.
    pub fn at_each_change(self, read: impl Fn() + 'static) {
        let others = self.jobs.others();
        Effect::new(move |_| {
            self.effects.take();
            others.track();
            read();
        });
    }

    pub fn follow(self, id: JobId, told: Told) {
        let told = Arc::new(told);
        self.jobs.follow(Started {
            id,
            title: told.title.clone(),
            on_end: Arc::new(move |job| self.ended(job, &told)),
        });
    }

    /// Reports a change that was made at once, and offers its undo.
    pub fn done(self, told: Told, undo: Option<UndoOffer>) {
        self.effects.announce(told.effect.clone());
        let Some(UndoOffer { token, .. }) = undo else {
            return self.toasts.done(told.done);
        };
        let told = Arc::new(told);
        self.toasts.undoable(told.done.clone(), move || {
            let (token, told) = (token.clone(), Arc::clone(&told));
            spawn_local(async move {
                match super::client::undo(token).await {
                    Ok(()) => {
                        self.effects.announce(told.undo_effect.clone());
                        self.toasts.done(told.undone.clone());
                    }
                    Err(failure) => self.toasts.error(format!("Nothing was undone. {failure}")),
                }
            });
        });
    }

    fn ended(self, job: &Job, told: &Arc<Told>) {
        let said = if job.state == JobState::Done && !job.has_failed() {
            self.effects.announce(told.effect.clone());
            told.done.clone()
        } else {
            self.effects.announce(FileEffect::changed(told.touched.clone()));
            unfinished(job, &told.title)
        };
        if job.undo.is_some() && job.done > 0 {
            let (id, told) = (job.id, Arc::clone(told));
            self.toasts.undoable(said, move || self.undo(id, &told));
        } else if job.has_failed() {
            self.toasts.error(said);
        } else {
            self.toasts.done(said);
        }
    }

    fn undo(self, id: JobId, told: &Arc<Told>) {
        let told = Arc::clone(told);
        spawn_local(async move {
            match client::undo(id).await {
                Ok(queued) => self.jobs.follow(Started {
                    id: queued.job_id,
                    title: format!("Undo: {}", told.title),
                    on_end: Arc::new(move |job| self.undone(job, &told)),
                }),
                Err(failure) => self.toasts.error(format!("Nothing was undone. {failure}")),
            }
        });
    }

    fn undone(self, job: &Job, told: &Told) {
        if job.state == JobState::Done && !job.has_failed() {
            self.effects.announce(told.undo_effect.clone());
            self.toasts.done(told.undone.clone());
        } else {
            self.effects.announce(FileEffect::changed(told.touched.clone()));
            self.toasts.error(unfinished(job, "Undo"));
        }
    }
}

/// The message about a job that did not do everything.
fn unfinished(job: &Job, title: &str) -> String {
    let first = job.failures.iter().find(|failure| !failure.key.is_empty());
    let why = match (words::reason(job), first) {
        (Some(why), _) => format!(" {}.", why.trim_end_matches('.')),
        (None, Some(failure)) => format!(
            " “{}” could not be done: {}.",
            name_of(failure.key.trim_end_matches('/')),
            failure.message.trim_end_matches('.')
        ),
        (None, None) => String::new(),
    };
    let items = format::count(job.done, "item is", "items are");
    match job.state {
        JobState::Cancelled => format!("Cancelled: {title}. {items} done.{why}"),
        _ => format!("{title}: {items} done.{why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::jobs::types::JobFailure;

    #[test]
    fn what_was_not_done_is_said_with_its_reason() {
        let mut job = Job {
            id: JobId::from_uuid(uuid::Uuid::nil()),
            kind: "files.move".to_owned(),
            about: None,
            state: JobState::Cancelled,
            done: 2,
            total: Some(3),
            bytes_done: 0,
            bytes_total: None,
            failures: Vec::new(),
            created_at: crate::contract::Timestamp::from_unix(0).unwrap(),
            finished_at: None,
            undo: None,
        };
        assert_eq!(
            unfinished(&job, "Move 3 items"),
            "Cancelled: Move 3 items. 2 items are done."
        );
        job.state = JobState::Done;
        job.failures.push(JobFailure {
            key: "u/a/".to_owned(),
            message: "The name is taken".to_owned(),
        });
        assert_eq!(
            unfinished(&job, "Move 3 items"),
            "Move 3 items: 2 items are done. “a” could not be done: The name is taken."
        );
        job.state = JobState::Failed;
        job.failures.push(JobFailure {
            key: String::new(),
            message: "The account is disabled.".to_owned(),
        });
        assert_eq!(
            unfinished(&job, "Move"),
            "Move: 2 items are done. The account is disabled."
        );
    }
}
