//! Inputs and cursors of jobs on files, as the queue stores them.

use app::{
    contract::{BucketName, JobId, key::parent_of},
    features::{files::changes::NameTaken, jobs::types::JobAbout},
};
use serde::{Deserialize, Serialize};

use crate::features::{audit::Action, scopes::Owner};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Copy,
    Move,
    Delete,
    Undo,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Copy, Self::Move, Self::Delete, Self::Undo];

    /// As the queue and `GET /api/jobs` name it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Copy => "files.copy",
            Self::Move => "files.move",
            Self::Delete => "files.delete",
            Self::Undo => "files.undo",
        }
    }

    pub(super) fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.text() == text)
    }

    pub(super) const fn action(self) -> Action {
        match self {
            Self::Copy => Action::CopyFiles,
            Self::Move => Action::MoveFiles,
            Self::Delete => Action::DeleteFiles,
            Self::Undo => Action::UndoFiles,
        }
    }
}

/// The input of a job that copies, moves or deletes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    pub owner: Owner,
    /// For the audit log.
    pub username: String,
    pub source_bucket: Option<BucketName>,
    pub destination_bucket: Option<BucketName>,
    pub roots: Vec<Root>,
    pub except: Vec<String>,
    /// The content of the root moves into the destination folder, and the root itself stays.
    #[serde(default)]
    pub contents: bool,
    pub on_conflict: NameTaken,
    /// Delete every version, for good.
    pub permanent: bool,
    /// Of what is deleted for good: objects that a delete marker hides.
    #[serde(default)]
    pub deleted_only: bool,
}

impl Input {
    pub(super) fn about(&self) -> JobAbout {
        let first = self.roots.first();
        // Of several things each has its own name in the folder that they go to.
        let destination = first.and_then(|root| root.destination.clone());
        let destination = match (destination, self.roots.len()) {
            (Some(destination), 2..) => Some(parent_of(&destination).to_owned()),
            (destination, _) => destination,
        };
        JobAbout {
            first: first.map(|root| root.source.clone()).unwrap_or_default(),
            count: self.roots.len() as u64,
            is_part: self.contents || !self.except.is_empty(),
            destination,
        }
    }
}

/// A key or, where it ends in `/` or is empty, a prefix; with its destination.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Root {
    pub source: String,
    pub is_folder: bool,
    /// `None` for a deletion.
    pub destination: Option<String>,
}

/// The input of a job that undoes another one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UndoInput {
    pub owner: Owner,
    pub username: String,
    pub of: JobId,
    pub source_bucket: Option<BucketName>,
    pub destination_bucket: Option<BucketName>,
    /// Until when the other job could be undone.
    pub expires_at: i64,
}

/// How far a job is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cursor {
    /// How many roots are planned completely.
    pub root: usize,
    /// Where the plan goes on in the listing of the next root.
    pub token: Option<String>,
    /// The destination of the next root, once it is known.
    pub target: Option<Target>,
    /// The number that the name of each planned root got; 1 for none.
    pub numbers: Vec<u32>,
    /// How many rows the journal has.
    pub planned: i64,
    pub is_planned: bool,
    /// All rows before this position are finished.
    pub next: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Target {
    pub prefix: String,
    /// The prefix held nothing when the plan began.
    pub is_free: bool,
}
