//! Whose keys are whose: the one place that turns what a request names into a bucket and a root, for files and
//! uploads alike.

use app::contract::{ApiError, BucketName, ErrorCode, KeyError, KeyRoot, ListedKey, UserKey, UserPrefix};

use crate::features::auth::principal::Principal;

/// A bucket and the part of it that belongs to the caller.
#[derive(Clone, Debug)]
pub struct Place {
    pub bucket: BucketName,
    pub root: KeyRoot,
}

/// Why a request does not reach storage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    #[error("{field} {error}")]
    Key { field: String, error: KeyError },
    #[error("no bucket {0} of this caller's")]
    NoSuchBucket(BucketName),
}

impl AccessError {
    /// A key outside the caller's prefix is answered alike whether or not it exists.
    #[must_use]
    pub fn outside(&self) -> ApiError {
        match self {
            Self::Key {
                field,
                error: error @ KeyError::Outside,
            } => ApiError::new(ErrorCode::PermissionDenied, format!("{field} {error}")),
            Self::Key { field, error } => ApiError::field(field, error.to_string()),
            Self::NoSuchBucket(name) => ApiError::new(
                ErrorCode::ResourceNotFound,
                format!("Bucket {name} does not exist"),
            ),
        }
    }
}

impl Place {
    /// The home bucket is everyone's, each under their own prefix. Any other bucket is answered as if it were not
    /// there.
    ///
    /// # Errors
    /// [`AccessError::NoSuchBucket`].
    pub fn find(who: &Principal, home: &BucketName, asked: Option<&BucketName>) -> Result<Self, AccessError> {
        match asked {
            Some(other) if other != home => Err(AccessError::NoSuchBucket(other.clone())),
            _ => Ok(Self {
                bucket: home.clone(),
                root: who.home(),
            }),
        }
    }

    /// # Errors
    /// [`AccessError::Key`], naming `field`.
    pub fn key(&self, field: &str, raw: &str) -> Result<UserKey, AccessError> {
        self.root.key(raw).map_err(|error| AccessError::Key {
            field: field.to_owned(),
            error,
        })
    }

    /// A key that can be deleted, and brought back, if a listing shows it: by its exact bytes, whether or not such a
    /// key could be made.
    ///
    /// # Errors
    /// [`AccessError::Key`], naming `field`.
    pub fn listed_key(&self, field: &str, raw: &str) -> Result<ListedKey, AccessError> {
        self.root.listed(raw).map_err(|error| AccessError::Key {
            field: field.to_owned(),
            error,
        })
    }

    /// The prefix asked for, or all that is the caller's here.
    ///
    /// # Errors
    /// [`AccessError::Key`], naming the field `prefix`.
    pub fn prefix(&self, raw: Option<&str>) -> Result<UserPrefix, AccessError> {
        let Some(raw) = raw else {
            return Ok(self.root.everything());
        };
        self.root.prefix(raw).map_err(|error| AccessError::Key {
            field: "prefix".to_owned(),
            error,
        })
    }
}
