//! The rows, as the rest of the crate sees them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use sqlx::error::BoxDynError;
use sqlx::sqlite::SqliteRow;
use sqlx::{Column as _, Row as _};
use time::OffsetDateTime;

use super::MetaError;
use crate::blobs::Algorithm;

/// Whether a bucket keeps old versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Versioning {
    /// Never enabled: the one version of a key is the null version.
    Off,
    /// Every write makes a version.
    Enabled,
    /// Writes replace the null version; older versions stay.
    Suspended,
}

impl Versioning {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Enabled => "enabled",
            Self::Suspended => "suspended",
        }
    }
}

/// A bucket.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    pub(crate) id: i64,
    pub(crate) name: String,
    /// Milliseconds since 1970.
    pub(crate) created_at: i64,
    pub(crate) versioning: Versioning,
    /// The CORS rules as JSON, if the bucket has its own.
    pub(crate) cors: Option<String>,
    /// `None`: the store's own.
    pub(crate) region: Option<String>,
}

impl Bucket {
    pub(super) fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get(0)?,
            name: row.try_get(1)?,
            created_at: row.try_get(2)?,
            versioning: match row.try_get(3)? {
                "off" => Versioning::Off,
                "enabled" => Versioning::Enabled,
                "suspended" => Versioning::Suspended,
                other => return Err(undecodable(row, 3, format!("{other:?} is no versioning"))),
            },
            cors: row.try_get(4)?,
            region: row.try_get(5)?,
        })
    }
}

/// A row's number and its unguessable half, written as 32 hexadecimal digits. Version ids and upload
/// ids have this form; it finds the row without an index of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Handle {
    pub(crate) id: i64,
    pub(crate) nonce: i64,
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.id, self.nonce)
    }
}

impl Handle {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() != 32
            || !text
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        {
            return None;
        }
        let (id, nonce) = text.split_at(16);
        Some(Self {
            id: i64::from_str_radix(id, 16).ok()?,
            nonce: i64::from_str_radix(nonce, 16).ok()?,
        })
    }
}

/// Which version of a key is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// The newest.
    Current,
    /// The one that S3 calls `null`.
    Null,
    /// The one of this id.
    Exact(Handle),
}

impl Which {
    /// `None` when the id has not the form of one that this store ever gave.
    pub(crate) fn parse(version_id: Option<&str>) -> Option<Self> {
        match version_id {
            None => Some(Self::Current),
            Some("null") => Some(Self::Null),
            Some(id) => Handle::parse(id).map(Self::Exact),
        }
    }
}

/// Whether a multipart object's checksum is over its bytes or over its parts' checksums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ChecksumKind {
    #[serde(rename = "FULL_OBJECT")]
    FullObject,
    #[serde(rename = "COMPOSITE")]
    Composite,
}

/// An object's or part's checksum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checksum {
    #[serde(rename = "a")]
    pub(crate) algorithm: Algorithm,
    #[serde(rename = "k")]
    pub(crate) kind: ChecksumKind,
    /// Base64; a composite one ends in `-` and the number of parts.
    #[serde(rename = "v")]
    pub(crate) value: String,
}

/// The headers an object is answered with, and its user metadata.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Head {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_disposition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cache_control: Option<String>,
    /// As the client wrote it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "expires")]
    pub(crate) expires: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) website_redirect: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) user: BTreeMap<String, String>,
}

/// Earlier versions of the store kept the seconds since 1970.
fn expires<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Kept {
        Text(String),
        Seconds(i64),
    }
    Ok(
        Option::<Kept>::deserialize(deserializer)?.and_then(|kept| match kept {
            Kept::Text(text) => Some(text),
            Kept::Seconds(seconds) => {
                let at = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
                Some(httpdate::fmt_http_date(at.into()))
            }
        }),
    )
}

/// Tags in the order given.
pub(crate) type Tags = Vec<(String, String)>;

/// A part of a multipart object, kept for `GetObjectAttributes` and `partNumber`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartInfo {
    #[serde(rename = "n")]
    pub(crate) number: i32,
    #[serde(rename = "s")]
    pub(crate) size: u64,
    #[serde(rename = "c", skip_serializing_if = "Option::is_none")]
    pub(crate) checksum: Option<String>,
}

/// A version or a delete marker.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) id: i64,
    pub(crate) key: String,
    /// `None` for the null version.
    pub(crate) nonce: Option<i64>,
    pub(crate) latest: bool,
    pub(crate) marker: bool,
    /// Milliseconds since 1970.
    pub(crate) modified: i64,
    pub(crate) size: u64,
    /// Without quotes.
    pub(crate) etag: String,
    pub(crate) checksum: Option<Checksum>,
    pub(crate) head: Head,
    pub(crate) tags: Tags,
}

impl Version {
    pub(super) fn from_row(row: &SqliteRow) -> Result<Self, MetaError> {
        Ok(Self {
            id: row.try_get(0)?,
            key: row.try_get(1)?,
            nonce: row.try_get(2)?,
            latest: flag(row, 3)?,
            marker: flag(row, 4)?,
            modified: row.try_get(5)?,
            size: size(row, 6)?,
            etag: row.try_get(7)?,
            checksum: optional_json(row.try_get(8)?)?,
            head: json(row.try_get(9)?)?,
            tags: optional_json(row.try_get(10)?)?.unwrap_or_default(),
        })
    }

    /// The id as S3 writes it.
    pub(crate) fn version_id(&self) -> String {
        version_id(self.id, self.nonce)
    }
}

/// An upload that has begun.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) handle: Handle,
    pub(crate) key: String,
    /// Milliseconds since 1970.
    pub(crate) initiated: i64,
    /// What the client chose, if it chose.
    pub(crate) checksum: Option<(Algorithm, ChecksumKind)>,
    pub(crate) head: Head,
    pub(crate) tags: Tags,
}

/// A part that has been received.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) number: i32,
    pub(crate) id: i64,
    /// Milliseconds since 1970.
    pub(crate) modified: i64,
    pub(crate) size: u64,
    /// Without quotes.
    pub(crate) etag: String,
    pub(crate) checksum: Option<Checksum>,
}

/// `null`, or 32 hexadecimal digits.
pub(crate) fn version_id(id: i64, nonce: Option<i64>) -> String {
    nonce.map_or_else(|| "null".to_owned(), |nonce| Handle { id, nonce }.to_string())
}

/// A column that holds a number of bytes.
pub(super) fn size(row: &SqliteRow, column: usize) -> Result<u64, sqlx::Error> {
    u64::try_from(row.try_get::<i64, _>(column)?).map_err(|error| undecodable(row, column, error))
}

/// A column that holds 0 or 1.
pub(super) fn flag(row: &SqliteRow, column: usize) -> Result<bool, sqlx::Error> {
    match row.try_get::<i64, _>(column)? {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(undecodable(row, column, format!("{other} is neither 0 nor 1"))),
    }
}

/// What this store would not have written is an error, never a default.
fn undecodable(row: &SqliteRow, column: usize, why: impl Into<BoxDynError>) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: row.column(column).name().to_owned(),
        source: why.into(),
    }
}

pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, MetaError> {
    serde_json::from_str(text).map_err(MetaError::Json)
}

pub(super) fn optional_json<T: serde::de::DeserializeOwned>(
    text: Option<&str>,
) -> Result<Option<T>, MetaError> {
    text.map(json).transpose()
}

pub(super) fn to_json<T: Serialize>(value: &T) -> Result<String, MetaError> {
    serde_json::to_string(value).map_err(MetaError::Json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_expiry_is_a_date() {
        let head: Head = json(r#"{"expires":784111777}"#).unwrap();
        assert_eq!(head.expires.as_deref(), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
        let head: Head = json(r#"{"expires":"soon"}"#).unwrap();
        assert_eq!(head.expires.as_deref(), Some("soon"));
        assert_eq!(json::<Head>("{}").unwrap().expires, None);
    }

    #[test]
    fn handles_read_back() {
        let handle = Handle {
            id: 7,
            nonce: i64::MAX,
        };
        assert_eq!(Handle::parse(&handle.to_string()), Some(handle));
        for bad in [
            "",
            "7",
            "null",
            &"g".repeat(32),
            &"F".repeat(32),
            &"f".repeat(32),
            &"0".repeat(33),
        ] {
            assert_eq!(Handle::parse(bad), None, "{bad}");
        }
    }
}
