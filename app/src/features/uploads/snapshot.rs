//! What the panel shows of the engine at one moment: few rows, however many files.

use std::collections::BTreeMap;

use super::{
    engine::{Engine, Existing, FileId, FileProgress, Millis, NewFile, Status, Totals, UploadFile},
    types::MAX_SINGLE_PUT,
};

/// Rows beyond this are only counted.
const ROWS: usize = 60;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    pub totals: Totals,
    pub folders: Vec<FolderRow>,
    pub rows: Vec<Row>,
    /// Files that have no row of their own.
    pub more: usize,
    pub conflict: Option<Conflict>,
    pub offline: bool,
    pub needs_sign_in: bool,
    /// Something is under way or waiting.
    pub busy: bool,
}

/// One file.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub id: FileId,
    pub name: String,
    pub status: Status,
    pub progress: FileProgress,
    /// Until the next attempt of a file that is [`Status::Retrying`].
    pub seconds: u64,
}

/// One picked folder, in sum.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FolderRow {
    pub name: String,
    pub files: usize,
    pub done: usize,
    pub failed: usize,
    pub paused: usize,
    /// Neither done nor given up.
    pub open: usize,
    pub progress: FileProgress,
}

/// The conflict to ask about next.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    pub id: FileId,
    pub name: String,
    pub size: u64,
    pub existing: Option<Existing>,
    /// How many wait beside it.
    pub others: usize,
}

impl Snapshot {
    #[must_use]
    pub fn of(engine: &Engine, now: Millis) -> Self {
        let totals = engine.totals(now);
        let (mut folders, mut shown) = (BTreeMap::<String, FolderRow>::new(), Vec::new());
        for (id, file) in engine.files() {
            let status = file.status(now);
            if let Some(name) = &file.info().folder {
                let folder = folders.entry(name.clone()).or_default();
                folder.name.clone_from(name);
                folder.count(&status, engine.progress(id));
            }
            if has_row(file.info(), &status) {
                shown.push((rank(&status), id, file, status));
            }
        }
        let more = shown.len().saturating_sub(ROWS);
        if more > 0 {
            // What needs somebody first, what is over last; the order of picking within.
            shown.sort_by_key(|(rank, id, ..)| (*rank, *id));
            shown.truncate(ROWS);
        }
        let rows = shown
            .into_iter()
            .map(|(_, id, file, status)| row(engine, id, file, status, now))
            .collect();
        Self {
            totals,
            folders: folders.into_values().collect(),
            rows,
            more,
            conflict: conflict(engine, now, totals.conflicts),
            offline: !engine.is_online(),
            needs_sign_in: engine.needs_sign_in(),
            busy: engine.is_busy(),
        }
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.folders.is_empty()
    }
}

impl FolderRow {
    fn count(&mut self, status: &Status, progress: FileProgress) {
        match status {
            Status::Skipped | Status::Cancelled => return,
            Status::Done => self.done += 1,
            Status::Failed(_) => self.failed += 1,
            Status::Paused => {
                self.paused += 1;
                self.open += 1;
            }
            _ => self.open += 1,
        }
        self.files += 1;
        self.progress.sent += progress.sent;
        self.progress.size += progress.size;
    }
}

impl FileProgress {
    /// 0 to 1. An empty file is whole from the start.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the length of a bar")]
    pub fn fraction(self) -> f64 {
        if self.size == 0 {
            1.0
        } else {
            self.sent as f64 / self.size as f64
        }
    }
}

/// A file of a folder is seen in the folder's sum, unless it is large or needs somebody.
fn has_row(file: &NewFile, status: &Status) -> bool {
    let alone = file.folder.is_none();
    let calls = matches!(status, Status::Conflict { .. } | Status::Failed(_));
    let large = file.size > MAX_SINGLE_PUT && !matches!(status, Status::Done | Status::Waiting);
    alone || calls || large
}

const fn rank(status: &Status) -> u8 {
    match status {
        Status::Conflict { .. } | Status::Failed(_) => 0,
        Status::Uploading | Status::Verifying | Status::Finishing | Status::Retrying { .. } => 1,
        Status::Paused => 2,
        Status::Preparing | Status::Waiting => 3,
        Status::Done => 4,
        Status::Skipped | Status::Cancelled => 5,
    }
}

fn row(engine: &Engine, id: FileId, file: &UploadFile, status: Status, now: Millis) -> Row {
    let seconds = match status {
        Status::Retrying { at } => at.saturating_sub(now).div_ceil(1000),
        _ => 0,
    };
    Row {
        id,
        name: file.shown_name().to_owned(),
        status,
        progress: engine.progress(id),
        seconds,
    }
}

fn conflict(engine: &Engine, now: Millis, waiting: usize) -> Option<Conflict> {
    if waiting == 0 {
        return None;
    }
    engine.files().find_map(|(id, file)| match file.status(now) {
        Status::Conflict { existing } => Some(Conflict {
            id,
            name: file.shown_name().to_owned(),
            size: file.info().size,
            existing,
            others: waiting - 1,
        }),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::uploads::engine::{Config, Event};

    fn file(id: u32, name: &str) -> NewFile {
        NewFile {
            also_as: Vec::new(),
            id: FileId(id),
            key: name.to_owned(),
            bucket: None,
            name: name.to_owned(),
            size: 10,
            last_modified: 0,
            content_type: None,
            folder: name.split_once('/').map(|(folder, _)| folder.to_owned()),
        }
    }

    #[test]
    fn thousands_of_files_make_few_rows() {
        let mut engine = Engine::new(Config::default(), 1);
        let photos = (0..5_000).map(|id| file(id, &format!("photos/{id}"))).collect();
        engine.handle(0, Event::Added(photos));
        engine.handle(
            0,
            Event::Added((5_000..5_200).map(|id| file(id, &id.to_string())).collect()),
        );
        let snapshot = Snapshot::of(&engine, 0);
        assert_eq!(snapshot.folders.len(), 1);
        assert_eq!(snapshot.folders[0].files, 5_000);
        assert_eq!(snapshot.folders[0].progress.size, 50_000);
        assert_eq!(snapshot.rows.len(), ROWS);
        assert_eq!(snapshot.more, 200 - ROWS);
        assert!(snapshot.busy);
    }

    #[test]
    fn an_empty_file_has_a_full_bar() {
        assert!((FileProgress::default().fraction() - 1.0).abs() < f64::EPSILON);
    }
}
