//! Holders of quotas.

use app::contract::{KeyRoot, TeamId, UserId};
use serde::{Deserialize, Serialize};

/// Who has a quota: bytes in storage count to one holder each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Holder {
    /// A person; everything of theirs in the server's storage counts.
    User(UserId),
    /// A team, with its folder.
    Team(TeamId),
}

const USER: &str = "user";
const TEAM: &str = "team";

impl Holder {
    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::User(_) => USER,
            Self::Team(_) => TEAM,
        }
    }

    pub(super) fn id(self) -> String {
        match self {
            Self::User(id) => id.to_string(),
            Self::Team(id) => id.to_string(),
        }
    }

    /// Whose buckets count to it, too.
    pub(super) const fn owner_of_buckets(self) -> Option<UserId> {
        match self {
            Self::User(id) => Some(id),
            Self::Team(_) => None,
        }
    }

    /// The part of the home bucket that counts to this holder.
    pub(super) fn home(self) -> KeyRoot {
        match self {
            Self::User(id) => KeyRoot::home(id),
            Self::Team(id) => KeyRoot::team(id),
        }
    }
}

/// A holder as rows and the inputs of jobs store it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
#[serde(deny_unknown_fields)]
pub(super) struct HolderColumns {
    holder_kind: String,
    holder_id: String,
}

impl From<Holder> for HolderColumns {
    fn from(holder: Holder) -> Self {
        Self {
            holder_kind: holder.kind().to_owned(),
            holder_id: holder.id(),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub(super) enum UnknownHolder {
    #[error("{0:?} is no kind of holder")]
    Kind(String),
    #[error(transparent)]
    Id(#[from] uuid::Error),
}

impl TryFrom<HolderColumns> for Holder {
    type Error = UnknownHolder;

    fn try_from(columns: HolderColumns) -> Result<Self, UnknownHolder> {
        match columns.holder_kind.as_str() {
            USER => Ok(Self::User(columns.holder_id.parse()?)),
            TEAM => Ok(Self::Team(columns.holder_id.parse()?)),
            _ => Err(UnknownHolder::Kind(columns.holder_kind)),
        }
    }
}
