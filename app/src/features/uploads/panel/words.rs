//! What the panel says, in words. Pure.

use crate::{
    features::uploads::{
        engine::{FileProgress, Status, Totals},
        snapshot::{FolderRow, Row, Snapshot},
    },
    format,
};

/// The panel's heading.
#[must_use]
pub(super) fn heading(snapshot: &Snapshot, unfinished: usize) -> String {
    let totals = &snapshot.totals;
    if snapshot.is_empty() {
        return format::count(unfinished as u64, "unfinished upload", "unfinished uploads");
    }
    let of = format!(
        "{} of {}",
        format::grouped(totals.done as u64),
        format::grouped(totals.files as u64)
    );
    if snapshot.offline && snapshot.busy {
        format!("Offline, {of} uploaded")
    } else if snapshot.needs_sign_in {
        format!("Sign in to go on, {of} uploaded")
    } else if totals.conflicts > 0 {
        format!("Your choice is needed, {of} uploaded")
    } else if snapshot.busy
        && totals.paused > 0
        && totals.paused + totals.done + totals.failed == totals.files
    {
        format!("Paused, {of} uploaded")
    } else if snapshot.busy {
        format!("Uploading, {of}")
    } else if totals.failed > 0 {
        format!("{} failed, {of} uploaded", format::grouped(totals.failed as u64))
    } else {
        format!("Uploaded {of}")
    }
}

/// How much, how fast, how long: `1.2 GiB of 3.0 GiB · 45 MiB/s · 40 seconds left`.
#[must_use]
pub(super) fn pace(totals: &Totals, busy: bool) -> String {
    let mut text = format!("{} of {}", format::bytes(totals.sent), format::bytes(totals.size));
    if !busy {
        return format::bytes(totals.size);
    }
    if let Some(speed) = totals.speed.filter(|speed| *speed >= 1.0) {
        text.push_str(&format!(" · {}/s", format::bytes(whole(speed))));
    }
    if let Some(seconds) = totals.seconds_left {
        text.push_str(&format!(" · {} left", duration(whole(seconds))));
    }
    text
}

/// `a few seconds`, `40 seconds`, `5 minutes`, `2 hours`.
#[must_use]
pub(super) fn duration(seconds: u64) -> String {
    match seconds {
        0..5 => "a few seconds".to_owned(),
        5..90 => format::count(seconds.div_ceil(5) * 5, "second", "seconds"),
        90..5_400 => format::count(seconds.div_ceil(60), "minute", "minutes"),
        5_400..172_800 => format::count(seconds.div_ceil(3_600), "hour", "hours"),
        _ => format::count(seconds.div_ceil(86_400), "day", "days"),
    }
}

/// The line below a file's name.
#[must_use]
pub(super) fn status(row: &Row, offline: bool) -> String {
    let size = format::bytes(row.progress.size);
    match &row.status {
        Status::Waiting | Status::Retrying { .. } if offline => "Offline, waiting for the network".to_owned(),
        Status::Uploading if offline => {
            format!("Offline at {}, waiting for the network", percent(row.progress))
        }
        Status::Waiting => format!("Waiting · {size}"),
        Status::Preparing => format!("Reading · {size}"),
        Status::Uploading => format!("{} of {size}", percent(row.progress)),
        Status::Verifying => format!(
            "Comparing with what is already uploaded · {}",
            percent(row.progress)
        ),
        Status::Finishing => "Finishing".to_owned(),
        Status::Retrying { .. } => {
            format!(
                "{} · trying again in {} s",
                percent(row.progress),
                row.seconds.max(1)
            )
        }
        Status::Paused => format!("Paused at {} of {size}", percent(row.progress)),
        Status::Conflict { .. } => "A file of this name is already here".to_owned(),
        Status::Done => format!("Done · {size}"),
        Status::Skipped => "Skipped".to_owned(),
        Status::Cancelled => "Cancelled".to_owned(),
        Status::Failed(failure) => format!("{failure} {}", failure.advice()),
    }
}

/// The line below a folder's name.
#[must_use]
pub(super) fn folder(row: &FolderRow) -> String {
    let mut text = format!(
        "{} of {} files · {}",
        format::grouped(row.done as u64),
        format::grouped(row.files as u64),
        format::bytes(row.progress.size)
    );
    if row.failed > 0 {
        text.push_str(&format!(" · {} failed", format::grouped(row.failed as u64)));
    }
    if row.paused > 0 && row.paused == row.open {
        text.push_str(" · paused");
    }
    text
}

/// What is read aloud: changes only when something happened that one would want to be told of.
#[must_use]
pub(super) fn announcement(snapshot: &Snapshot) -> String {
    let totals = &snapshot.totals;
    let files = |n: usize| format::count(n as u64, "file", "files");
    if snapshot.is_empty() {
        String::new()
    } else if snapshot.needs_sign_in {
        "Uploads wait for you to sign in again.".to_owned()
    } else if totals.conflicts > 0 {
        format!("{} already here. Choose what to do.", files(totals.conflicts))
    } else if snapshot.offline {
        "Offline. Uploads wait for the network.".to_owned()
    } else if snapshot.busy {
        format!("Uploading {}.", files(totals.files))
    } else if totals.failed > 0 {
        format!(
            "{} uploaded, {} failed.",
            files(totals.done),
            files(totals.failed)
        )
    } else {
        format!("{} uploaded.", files(totals.done))
    }
}

/// `48 %`; never 100 before the end.
#[must_use]
pub(super) fn percent(progress: FileProgress) -> String {
    let percent = whole(progress.fraction() * 100.0);
    format!(
        "{} %",
        if progress.sent < progress.size {
            percent.min(99)
        } else {
            percent
        }
    )
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shown to a person, and never negative"
)]
const fn whole(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::uploads::engine::{Failure, FileId};

    fn row(status: Status, sent: u64) -> Row {
        Row {
            id: FileId(1),
            name: "a".to_owned(),
            status,
            progress: FileProgress { sent, size: 1000 },
            seconds: 3,
        }
    }

    #[test]
    fn durations_are_rounded_as_people_do() {
        for (seconds, text) in [
            (0, "a few seconds"),
            (7, "10 seconds"),
            (89, "90 seconds"),
            (91, "2 minutes"),
            (3_600, "60 minutes"),
            (7_201, "3 hours"),
            (400_000, "5 days"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn rows_say_what_happens_and_what_to_do() {
        assert_eq!(status(&row(Status::Uploading, 480), false), "48 % of 1000 B");
        assert_eq!(status(&row(Status::Uploading, 999), false), "99 % of 1000 B");
        assert_eq!(status(&row(Status::Done, 1000), false), "Done · 1000 B");
        assert!(status(&row(Status::Uploading, 480), true).starts_with("Offline at 48 %"));
        let failed = status(&row(Status::Failed(Failure::OtherContent), 0), false);
        assert!(failed.contains("content has changed") && failed.contains("Choose the original file"));
    }

    #[test]
    fn the_heading_counts() {
        let mut snapshot = Snapshot {
            folders: vec![FolderRow::default()],
            ..Snapshot::default()
        };
        snapshot.totals.files = 5_000;
        snapshot.totals.done = 1_200;
        snapshot.busy = true;
        assert_eq!(heading(&snapshot, 0), "Uploading, 1,200 of 5,000");
        snapshot.busy = false;
        snapshot.totals.done = 5_000;
        assert_eq!(heading(&snapshot, 0), "Uploaded 5,000 of 5,000");
        assert_eq!(heading(&Snapshot::default(), 1), "1 unfinished upload");
    }
}
