//! The texts of the panel. Pure.

use super::types::{Job, JobState};
use crate::{
    contract::key::{name_of, parent_of},
    format,
    ui::icon::Name,
};

/// The verbs of a kind of job in three tenses, and its icon.
struct Verb {
    plain: &'static str,
    doing: &'static str,
    done: &'static str,
    icon: Name,
}

fn verb(kind: &str) -> Verb {
    let (plain, doing, done, icon) = match kind {
        "files.copy" => ("Copy", "Copying", "Copied", Name::Copy),
        "files.move" => ("Move", "Moving", "Moved", Name::FolderMove),
        "files.delete" => ("Delete", "Deleting", "Deleted", Name::Trash),
        "files.undo" => ("Undo", "Undoing", "Undone", Name::Undo),
        "files.restore" => ("Restore", "Restoring", "Restored", Name::Undo),
        "files.count_changes" => ("Count changes", "Counting", "Counted", Name::Clock),
        _ => ("Work", "Working", "Done", Name::Settings),
    };
    Verb {
        plain,
        doing,
        done,
        icon,
    }
}

#[must_use]
pub(super) fn icon(kind: &str) -> Name {
    verb(kind).icon
}

/// The title of a job that another page began; `home` is the prefix of the person's files.
#[must_use]
pub(super) fn title(job: &Job, home: &str) -> String {
    let plain = verb(&job.kind).plain;
    let Some(about) = &job.about else {
        return match job.total {
            Some(total) => format!("{plain} {}", format::count(total, "item", "items")),
            None => plain.to_owned(),
        };
    };
    let things = match (about.count, about.is_part) {
        (1, false) => quoted(&about.first, home),
        (1, true) => format!("a part of {}", quoted(&about.first, home)),
        (count, _) => format::count(count, "item", "items"),
    };
    match (job.kind.as_str(), &about.destination) {
        ("files.undo", _) => format!("Undo the change of {things}"),
        ("files.move", Some(to))
            if about.count == 1 && !about.is_part && parent_of(to) == parent_of(&about.first) =>
        {
            format!("Rename {things} to {}", quoted(to, home))
        }
        (_, Some(to)) if about.count == 1 && !about.is_part => {
            format!("{plain} {things} to {}", quoted(parent_of(to), home))
        }
        (_, Some(to)) => format!("{plain} {things} to {}", quoted(to, home)),
        (_, None) => format!("{plain} {things}"),
    }
}

/// `“Photos”`
fn quoted(key: &str, home: &str) -> String {
    if key == home || key.is_empty() {
        return "“Home”".to_owned();
    }
    format!("“{}”", format::visible(name_of(key.trim_end_matches('/'))))
}

/// The panel's heading.
#[must_use]
pub(super) fn heading(open: usize) -> String {
    match open {
        0 => "Recent changes".to_owned(),
        open => format!("{} under way", format::count(open as u64, "change", "changes")),
    }
}

/// The line below a job's title.
#[must_use]
pub(super) fn status(job: &Job) -> String {
    let Verb { doing, done, .. } = verb(&job.kind);
    let items = |n: u64| format::count(n, "item", "items");
    match job.state {
        JobState::Queued => "Waits for its turn".to_owned(),
        JobState::Running => {
            let mut text = match job.total {
                None => format!("{doing} · {} so far", items(job.done)),
                Some(total) => format!("{doing} · {} of {}", format::grouped(job.done), items(total)),
            };
            if let Some(bytes) = job.bytes_total.filter(|bytes| *bytes > 0) {
                text.push_str(&format!(
                    " · {} of {}",
                    format::bytes(job.bytes_done),
                    format::bytes(bytes)
                ));
            }
            text
        }
        JobState::Done => format!("{done} · {}", items(job.done)),
        JobState::Failed => match reason(job) {
            Some(why) => format!("Stopped after {}: {why}", items(job.done)),
            None => format!("Failed after {}", items(job.done)),
        },
        JobState::Cancelled => format!("Cancelled after {}", items(job.done)),
    }
}

/// Why the job as a whole failed.
#[must_use]
pub fn reason(job: &Job) -> Option<&str> {
    let whole = job.failures.iter().rev().find(|failure| failure.key.is_empty());
    whole.map(|failure| failure.message.as_str())
}

/// From 0 to 1; `None` while the total is unknown.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a fraction to look at")]
pub(super) fn fraction(job: &Job) -> Option<f64> {
    let total = job.total.filter(|total| *total > 0)?;
    match job.bytes_total.filter(|bytes| *bytes > 0) {
        // The number of objects says little about a few large ones.
        Some(bytes) => {
            let (objects, bytes) = (
                job.done as f64 / total as f64,
                job.bytes_done as f64 / bytes as f64,
            );
            Some(f64::midpoint(objects, bytes))
        }
        None => Some(job.done as f64 / total as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::board::tests::job, *};
    use crate::features::jobs::types::{JobAbout, JobFailure};

    #[test]
    fn every_state_is_said_plainly() {
        let mut it = job(1, JobState::Queued);
        assert_eq!(status(&it), "Waits for its turn");
        assert_eq!((title(&it, ""), fraction(&it)), ("Move".to_owned(), None));
        it.state = JobState::Running;
        it.done = 1;
        assert_eq!(status(&it), "Moving · 1 item so far");
        (it.total, it.bytes_total, it.bytes_done) = (Some(4), Some(2048), 1024);
        assert_eq!(status(&it), "Moving · 1 of 4 items · 1.0 KiB of 2.0 KiB");
        assert_eq!(
            (title(&it, ""), fraction(&it)),
            ("Move 4 items".to_owned(), Some(0.375))
        );
        it.state = JobState::Done;
        assert_eq!(status(&it), "Moved · 1 item");
        it.state = JobState::Cancelled;
        assert_eq!(status(&it), "Cancelled after 1 item");
        it.state = JobState::Failed;
        it.failures.push(JobFailure {
            key: String::new(),
            message: "The account is disabled".to_owned(),
        });
        assert_eq!(status(&it), "Stopped after 1 item: The account is disabled");
        assert_eq!(heading(0), "Recent changes");
        assert_eq!(heading(2), "2 changes under way");
    }

    #[test]
    fn a_title_says_what_a_job_is_about() {
        let of = |kind: &str, first: &str, count, is_part, destination: Option<&str>| {
            let about = JobAbout {
                first: first.to_owned(),
                count,
                is_part,
                destination: destination.map(str::to_owned),
            };
            let job = Job {
                kind: kind.to_owned(),
                about: Some(about),
                ..job(1, JobState::Running)
            };
            title(&job, "users/1/")
        };
        for (told, expected) in [
            (
                of("files.delete", "users/1/a.txt", 1, false, None),
                "Delete “a.txt”",
            ),
            (of("files.delete", "users/1/a/", 3, false, None), "Delete 3 items"),
            (
                of("files.delete", "users/1/", 1, true, None),
                "Delete a part of “Home”",
            ),
            (
                of("files.copy", "users/1/a/", 1, false, Some("users/1/b/a/")),
                "Copy “a” to “b”",
            ),
            (
                of("files.move", "users/1/b/a", 1, false, Some("users/1/a")),
                "Move “a” to “Home”",
            ),
            (
                of("files.move", "users/1/a/", 1, true, Some("users/1/b/")),
                "Move a part of “a” to “b”",
            ),
            (
                of("files.move", "users/1/a/", 1, false, Some("users/1/c/")),
                "Rename “a” to “c”",
            ),
            (
                of("files.move", "users/1/a/", 2, false, Some("users/1/b/")),
                "Move 2 items to “b”",
            ),
            (
                of("files.undo", "users/1/a", 1, false, Some("users/1/b")),
                "Undo the change of “a”",
            ),
        ] {
            assert_eq!(told, expected);
        }
    }
}
