//! What the server tells the pages about the person who is looking. Serialised into the page, so that the browser
//! hydrates what was rendered.

use serde::{Deserialize, Serialize};

use super::types::Role;
use crate::contract::UserId;

/// The signed-in person. Given by context; absent when nobody is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    pub id: UserId,
    pub username: String,
    pub role: Role,
    /// `users/<uuid>/`
    pub prefix: String,
}
