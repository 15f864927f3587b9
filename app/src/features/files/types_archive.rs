//! Wire types of `/api/s3/archive`: folders and selections as one ZIP, and what is inside a ZIP.

use serde::{Deserialize, Serialize};

use crate::contract::{BucketName, Timestamp, timestamp};

/// The most keys, prefixes and exceptions, each, that a request for an archive names.
pub const MAX_SELECTED: usize = 1000;

/// The query of `GET /api/s3/archive`: one of `prefix`, `keys` and `selection`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(into = "Vec<(String, String)>", try_from = "Vec<(String, String)>")]
pub struct ArchiveQuery {
    /// A folder, with all that is in it.
    pub prefix: Option<String>,
    /// Objects, at most 1,000; `keys` is repeated for each.
    #[cfg_attr(feature = "openapi", param(required = false))]
    pub keys: Vec<String>,
    /// One of the caller's own buckets; the home bucket unless given.
    pub bucket: Option<BucketName>,
    /// Out of the URL that `POST /api/s3/archive` answers.
    pub selection: Option<String>,
}

impl From<ArchiveQuery> for Vec<(String, String)> {
    fn from(query: ArchiveQuery) -> Self {
        let bucket = query.bucket.map(|bucket| bucket.as_str().to_owned());
        let mut pairs: Self = query
            .keys
            .into_iter()
            .map(|key| ("keys".to_owned(), key))
            .collect();
        for (name, value) in [
            ("prefix", query.prefix),
            ("bucket", bucket),
            ("selection", query.selection),
        ] {
            pairs.extend(value.map(|value| (name.to_owned(), value)));
        }
        pairs
    }
}

impl TryFrom<Vec<(String, String)>> for ArchiveQuery {
    type Error = String;

    /// Errors are in the words of serde, which the extractors of the server read.
    fn try_from(pairs: Vec<(String, String)>) -> Result<Self, String> {
        let mut query = Self::default();
        let once = |there: bool, name: &str| {
            if there {
                Err(format!("duplicate field `{name}`"))
            } else {
                Ok(())
            }
        };
        for (name, value) in pairs {
            match name.as_str() {
                "keys" => query.keys.push(value),
                "prefix" => {
                    once(query.prefix.is_some(), &name)?;
                    query.prefix = Some(value);
                }
                "bucket" => {
                    once(query.bucket.is_some(), &name)?;
                    let refused = |error| format!("invalid field `bucket`: {error}");
                    query.bucket = Some(value.parse().map_err(refused)?);
                }
                "selection" => {
                    once(query.selection.is_some(), &name)?;
                    query.selection = Some(value);
                }
                _ => return Err(format!("unknown field `{name}`")),
            }
        }
        Ok(query)
    }
}

/// `POST /api/s3/archive`: what goes into the archive, of which there may be more than a URL holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ArchiveRequest {
    /// Objects, at most 1,000.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// Folders with all that is in them, at most 1,000.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prefixes: Vec<String>,
    /// Left out, though a prefix covers it, at most 1,000: objects, and, where one ends in `/`, folders.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

/// Where the caller, and nobody else, gets that archive, once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArchiveUrl {
    pub url: String,
    /// Seconds.
    pub expires_in: u32,
}

/// `GET /api/s3/archive/entries`: what is in a ZIP, in the order of its directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArchiveEntries {
    pub entries: Vec<ArchiveEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArchiveEntry {
    /// As it is in the archive, with its folders: it may be anything, `../a` too.
    pub name: String,
    /// Bytes, as the archive says.
    pub size: u64,
    /// Bytes.
    pub compressed_size: u64,
    /// Empty where the archive has no valid one. An archive that does not say in UTC says what the clock showed where it
    /// was made.
    #[serde(with = "timestamp::empty_when_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub last_modified: Option<Timestamp>,
    pub is_folder: bool,
}

/// The query of `GET /api/s3/archive/entry`: one file in a ZIP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct ArchiveEntryQuery {
    /// The ZIP.
    pub key: String,
    /// The file in it, as its entries have it. Of two with the same name, the last.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<BucketName>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_repeats_its_keys_and_nothing_else() {
        let read = |pairs: &[(&str, &str)]| {
            let pairs = pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            ArchiveQuery::try_from(pairs.collect::<Vec<_>>())
        };
        assert_eq!(read(&[("keys", "b"), ("keys", "a")]).unwrap().keys, ["b", "a"]);
        assert_eq!(read(&[("prefix", "")]).unwrap().prefix.as_deref(), Some(""));
        for (pairs, error) in [
            ([("prefix", "a"), ("prefix", "a")], "duplicate field `prefix`"),
            ([("keys", "a"), ("key", "a")], "unknown field `key`"),
        ] {
            assert_eq!(read(&pairs).unwrap_err(), error);
        }
        let bucket = read(&[("bucket", "A")]).unwrap_err();
        assert!(bucket.starts_with("invalid field `bucket`: "), "{bucket}");
    }
}
