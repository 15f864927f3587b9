//! What the server tells the pages about the person who is looking. Serialised into the page, so that the browser
//! hydrates what was rendered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::types::Role;
use crate::contract::{ApiError, UserId};

/// The signed-in person. Given by context; absent when nobody is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    pub id: UserId,
    pub username: String,
    pub role: Role,
    /// `users/<uuid>/`
    pub prefix: String,
}

/// A form that was posted and refused: given by context when the server renders its page again, so that nothing
/// typed is lost. Passwords are never among the values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedForm {
    pub values: BTreeMap<String, String>,
    pub error: Option<ApiError>,
}
