//! Wire types of `/api/buckets`.

use serde::{Deserialize, Serialize};

use crate::contract::{BucketName, MaxKeys, RegionName, Timestamp, UserId};

/// `POST /api/buckets/create`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct CreateBucketQuery {
    /// `bucket-` and eight hexadecimal digits unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(value_type = Option<String>))]
    pub bucket_name: Option<BucketName>,
    /// The region of the server's storage unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(value_type = Option<String>))]
    pub region: Option<RegionName>,
}

/// `POST /api/buckets/{name}`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct RegionQuery {
    /// The region of the server's storage unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(value_type = Option<String>))]
    pub region: Option<RegionName>,
}

/// A bucket that was made just now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedBucket {
    pub message: String,
    pub bucket_name: BucketName,
    pub region: RegionName,
    /// What storage could not set up, in words: the bucket works without.
    pub warnings: Vec<String>,
}

/// `GET /api/buckets`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct BucketsQuery {
    /// From the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continuation_token: Option<String>,
    /// 1–1000, 100 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_keys: Option<MaxKeys>,
}

/// In the order of their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BucketsPage {
    /// The names of `items`.
    pub buckets: Vec<BucketName>,
    pub items: Vec<BucketItem>,
    /// Opaque; `null` on the last page.
    pub continuation_token: Option<String>,
    pub has_more: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BucketItem {
    pub name: BucketName,
    pub region: RegionName,
    pub created_at: Timestamp,
    pub state: BucketState,
    /// Whose it is. Admins see everyone's.
    pub owner: BucketOwner,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BucketState {
    /// It is being made, or the program ended while it was.
    Creating,
    Ready,
    Deleting,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BucketOwner {
    pub id: UserId,
    /// `null` when the account is gone.
    pub username: Option<String>,
}

/// `GET /api/buckets/{name}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BucketDetails {
    #[serde(flatten)]
    pub bucket: BucketItem,
    /// Current objects, and their bytes; `null` until they were counted for the first time.
    pub objects: Option<u64>,
    pub bytes: Option<u64>,
    /// When they were counted: just now, or, where there are more than 10,000, by the last count of the day.
    pub counted_at: Option<Timestamp>,
    /// `enabled`, `suspended` or `off`.
    pub versioning: BucketSetting,
    /// Whether pages of this server may talk to the bucket: `allowed` or `missing`.
    pub cors: BucketSetting,
    /// Whether storage itself ends uploads that were begun long ago: `set` or `missing`.
    pub lifecycle: BucketSetting,
    /// `AES256`, `aws:kms`, …, or `none`.
    pub encryption: BucketSetting,
    /// `enabled` or `off`.
    pub object_lock: BucketSetting,
}

/// How something is set up, or why that is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BucketSetting {
    /// Whether storage has this at all, and tells.
    pub available: bool,
    pub value: Option<String>,
    /// Why there is no value.
    pub message: Option<String>,
}

impl BucketSetting {
    #[must_use]
    pub fn known(value: impl Into<String>) -> Self {
        Self {
            available: true,
            value: Some(value.into()),
            message: None,
        }
    }

    #[must_use]
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self {
            available: false,
            value: None,
            message: Some(message.into()),
        }
    }
}

/// `GET /api/buckets/{bucket}/items`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields, default)]
pub struct ItemsQuery {
    /// Only keys that begin so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// From the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continuation_token: Option<String>,
    /// 1–1000, 100 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_keys: Option<MaxKeys>,
}
