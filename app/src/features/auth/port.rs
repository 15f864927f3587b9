//! What the server tells the pages about the person who is looking. Serialised into the page, so that the browser
//! hydrates what was rendered.

use serde::{Deserialize, Serialize};

use super::types::Role;
use crate::{
    contract::{
        BucketName, TeamId, UserId,
        key::{team_of, team_prefix},
    },
    features::teams::types::TeamRole,
    routes::Drive,
};

/// The signed-in person. Given by context; absent when nobody is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    pub id: UserId,
    pub username: String,
    pub role: Role,
    /// `users/<uuid>/`
    pub prefix: String,
    /// Those of their own that can be used, by their names.
    pub buckets: Vec<BucketName>,
    /// `None` where there is no limit.
    pub storage: Option<StorageLimit>,
    /// In the order of their names.
    pub teams: Vec<ViewersTeam>,
}

/// A team that the person is in, when the page was rendered. Each request is judged anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewersTeam {
    pub id: TeamId,
    pub name: String,
    pub role: TeamRole,
    pub storage: Option<StorageLimit>,
}

impl Viewer {
    #[must_use]
    pub fn team(&self, id: TeamId) -> Option<&ViewersTeam> {
        self.teams.iter().find(|team| team.id == id)
    }

    /// The whole prefix of a drive's top folder.
    #[must_use]
    pub fn prefix_of(&self, drive: &Drive) -> String {
        match drive {
            Drive::Home => self.prefix.clone(),
            Drive::Team(id) => team_prefix(*id),
            Drive::Bucket(_) => String::new(),
        }
    }

    /// As pages call it.
    #[must_use]
    pub fn name_of(&self, drive: &Drive) -> String {
        match drive {
            Drive::Home => "Home".to_owned(),
            Drive::Team(id) => self
                .team(*id)
                .map_or_else(|| "Team".to_owned(), |team| team.name.clone()),
            Drive::Bucket(name) => name.to_string(),
        }
    }

    /// Where a whole key or prefix of this bucket lies, and its path there. The home bucket unless given.
    #[must_use]
    pub fn place_of(&self, bucket: Option<&BucketName>, key: &str) -> (Drive, String) {
        let drive = match bucket {
            Some(name) => Drive::Bucket(name.clone()),
            None => team_of(key).map_or(Drive::Home, Drive::Team),
        };
        let path = key.strip_prefix(&self.prefix_of(&drive)).unwrap_or_default();
        (drive, path.to_owned())
    }

    #[must_use]
    pub fn may_write(&self, drive: &Drive) -> bool {
        match drive {
            Drive::Home | Drive::Bucket(_) => true,
            Drive::Team(id) => self.team(*id).is_some_and(|team| team.role >= TeamRole::Editor),
        }
    }

    /// Buckets count to their owner's quota.
    #[must_use]
    pub fn storage_of(&self, drive: &Drive) -> Option<StorageLimit> {
        match drive {
            Drive::Home | Drive::Bucket(_) => self.storage,
            Drive::Team(id) => self.team(*id)?.storage,
        }
    }

    /// Home, each team's and each bucket.
    pub fn drives(&self) -> impl Iterator<Item = Drive> {
        let teams = self.teams.iter().map(|team| Drive::Team(team.id));
        let buckets = self.buckets.iter().cloned().map(Drive::Bucket);
        std::iter::once(Drive::Home).chain(teams).chain(buckets)
    }
}

/// How much of their storage somebody has used, when the page was rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageLimit {
    pub used_bytes: u64,
    pub quota_bytes: u64,
}
