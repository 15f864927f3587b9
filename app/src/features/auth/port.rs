//! What the server tells the pages about the person who is looking. Serialised into the page, so that the browser
//! hydrates what was rendered.

use serde::{Deserialize, Serialize};

use super::types::Role;
use crate::contract::{BucketName, UserId};

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
}

/// How much of their storage somebody has used, when the page was rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageLimit {
    pub used_bytes: u64,
    pub quota_bytes: u64,
}
