//! Access keys: who may call, and what each may do.
//!
//! The root key lives in a file and cannot be listed, changed or deleted; all others live in the
//! key table. No request is served without a key.

pub(crate) mod access;
pub(crate) mod auth;
mod grants;
pub(crate) mod root;
pub(crate) mod signed;
mod table;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub use grants::{BucketPattern, Grant, Permission};
pub use table::{KeyError, KeyTable};

/// Whether a key opens anything at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyStatus {
    /// It is accepted.
    Active,
    /// It is refused as if it did not exist, until it is made active again.
    Inactive,
}

/// A key as the table keeps it. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct AccessKey {
    /// `STOW` and 16 letters or digits; not secret.
    pub access_key_id: String,
    /// Signs requests. Kept in plain text, because checking a signature needs it.
    pub secret: SecretString,
    /// When present, every request must carry it too (`x-amz-security-token`).
    pub session_token: Option<SecretString>,
    /// What the key may do.
    pub grants: Vec<Grant>,
    /// Whether it is accepted at all.
    pub status: KeyStatus,
    /// From this moment on it is refused.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// The caller's own note, for example the owner's id; the store gives it no meaning.
    pub label: String,
}

impl AccessKey {
    /// Whether the key is active and has not expired at `now`.
    pub fn is_usable(&self, now: OffsetDateTime) -> bool {
        self.status == KeyStatus::Active && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether `needed` may be done to the object.
    pub fn allows_key(&self, bucket: &str, key: &str, needed: Permission) -> bool {
        self.grants
            .iter()
            .any(|grant| grant.allows_key(bucket, key, needed))
    }

    /// Whether `needed` may be done to the bucket as a whole.
    pub fn allows_bucket(&self, bucket: &str, needed: Permission) -> bool {
        self.grants
            .iter()
            .any(|grant| grant.allows_bucket(bucket, needed))
    }

    /// Whether any grant is about the bucket, so that its existence is no secret.
    pub fn knows_bucket(&self, bucket: &str) -> bool {
        self.grants.iter().any(|grant| grant.bucket.matches(bucket))
    }
}

/// What a new key should be.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The caller's own note.
    pub label: String,
    /// What the key may do; empty: nothing.
    pub grants: Vec<Grant>,
    /// `None`: until it is deleted.
    pub expires_at: Option<OffsetDateTime>,
    /// Whether requests must carry a session token too, as temporary AWS credentials do.
    pub session_token: bool,
}
