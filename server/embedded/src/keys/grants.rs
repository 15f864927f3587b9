//! What a key may do: a list of grants, each one bucket pattern, one prefix, one permission.
//!
//! A key may do what at least one of its grants allows, and nothing else.

use serde::{Deserialize, Serialize};

/// Which buckets a grant is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BucketPattern {
    /// Every bucket, those made later included.
    Any,
    /// The one of this name.
    Exact(String),
    /// Those whose name starts so.
    StartsWith(String),
}

impl BucketPattern {
    /// Whether the pattern covers the bucket.
    pub fn matches(&self, bucket: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(name) => name == bucket,
            Self::StartsWith(start) => bucket.starts_with(start),
        }
    }
}

/// How much a grant allows. Each includes the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Get, head, list.
    Read,
    /// Put, copy onto, delete, tag, multipart uploads.
    ReadWrite,
    /// Create and delete the bucket, its versioning and CORS. Only with an empty prefix.
    Admin,
}

/// One permission over the keys of some buckets that start with `prefix`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The buckets.
    pub bucket: BucketPattern,
    /// Compared byte for byte with the start of the key; give it its closing slash, or `users/a`
    /// also covers `users/ab`. Empty: the whole bucket.
    pub prefix: String,
    /// What may be done there.
    pub permission: Permission,
}

impl Grant {
    /// Everything, everywhere.
    pub fn everything() -> Self {
        Self {
            bucket: BucketPattern::Any,
            prefix: String::new(),
            permission: Permission::Admin,
        }
    }

    /// `permission` over one bucket's keys under `prefix`.
    pub fn within(bucket: impl Into<String>, prefix: impl Into<String>, permission: Permission) -> Self {
        Self {
            bucket: BucketPattern::Exact(bucket.into()),
            prefix: prefix.into(),
            permission,
        }
    }

    /// Whether the grant lets `needed` be done to `key`.
    pub fn allows_key(&self, bucket: &str, key: &str, needed: Permission) -> bool {
        self.permission >= needed && self.bucket.matches(bucket) && key.starts_with(&self.prefix)
    }

    /// Whether the grant lets `needed` be done to the bucket as a whole.
    pub fn allows_bucket(&self, bucket: &str, needed: Permission) -> bool {
        self.allows_key(bucket, "", needed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_it_says() {
        let grant = Grant::within("b", "users/ab/", Permission::ReadWrite);
        assert!(grant.allows_key("b", "users/ab/x", Permission::ReadWrite));
        assert!(!grant.allows_key("b", "users/abc/x", Permission::Read));
        assert!(!grant.allows_key("b", "users/ab", Permission::Read));
        assert!(!grant.allows_key("c", "users/ab/x", Permission::Read));
        assert!(!grant.allows_bucket("b", Permission::Read));
    }

    #[test]
    fn permissions_include_the_lesser() {
        let grant = Grant::within("b", "", Permission::ReadWrite);
        assert!(grant.allows_key("b", "k", Permission::Read));
        assert!(!grant.allows_bucket("b", Permission::Admin));
        assert!(Grant::everything().allows_bucket("any", Permission::Admin));
    }

    #[test]
    fn patterns_match_whole_names_or_starts() {
        assert!(BucketPattern::StartsWith("team-".into()).matches("team-a"));
        assert!(!BucketPattern::StartsWith("team-".into()).matches("steam-a"));
        assert!(!BucketPattern::Exact("a".into()).matches("ab"));
    }
}
