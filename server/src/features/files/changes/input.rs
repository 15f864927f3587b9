//! What a job on files is to do, and how far it is, as the queue keeps both.

use app::{
    contract::{BucketName, JobId},
    features::files::changes::NameTaken,
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

/// Of a job that copies, moves or deletes.
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
    /// The root stays, and what is in it goes among what is at the destination.
    #[serde(default)]
    pub contents: bool,
    pub on_conflict: NameTaken,
    /// All versions are deleted, for good.
    pub permanent: bool,
}

/// A key or, where it ends in `/` or is empty, a prefix; and what it becomes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Root {
    pub source: String,
    pub is_folder: bool,
    /// `None`: it is deleted.
    pub destination: Option<String>,
}

/// Of a job that undoes another.
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
    /// Roots that are planned.
    pub root: usize,
    /// Where in the root's listing the plan goes on.
    pub token: Option<String>,
    /// What the root becomes, once it was looked at.
    pub target: Option<Target>,
    /// Which number each of the roots before got for its name; 1 for none.
    pub numbers: Vec<u32>,
    /// Rows of the journal.
    pub planned: i64,
    pub is_planned: bool,
    /// Before this row all is done.
    pub next: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Target {
    pub prefix: String,
    /// Nothing was there when the plan began.
    pub is_free: bool,
}
