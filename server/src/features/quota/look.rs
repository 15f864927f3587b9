//! Finds out from storage what a presigned URL has stored, since the client does not report it.

use app::contract::{BucketName, ListedKey, Timestamp, UserKey};

use super::{Change, repo::reservations::Row};
use crate::platform::object_store::{ListedVersion, S3Store, StoreError};

/// A write is found while the clocks of storage and program differ by at most so many seconds.
const TOLERANCE: i64 = 5;
/// Versions of one key that are looked at.
const DEPTH: u16 = 1000;

/// What was stored by a URL that has expired.
pub(super) async fn written(
    store: &S3Store,
    bucket: &BucketName,
    key: &UserKey,
    row: &Row,
    keeps_versions: bool,
) -> Result<Change, StoreError> {
    if keeps_versions {
        let key = ListedKey::from(key.clone());
        let page = store.list_versions(bucket, &key, None, DEPTH).await?;
        return Ok(Change::added(made(&page.versions, row)));
    }
    let there = store.head(bucket, key, None).await?;
    Ok(match there {
        Some(there) if is_of(row, there.last_modified, &there.etag) => Change {
            added: there.size,
            freed: row.frees,
        },
        _ => Change::NONE,
    })
}

/// Whether the URL may have written this version: it is recent enough, and not the one that the URL replaces.
pub(super) fn is_of(row: &Row, at: Option<Timestamp>, etag: &str) -> bool {
    let Some(at) = at.map(Timestamp::unix) else {
        return false;
    };
    at >= row.created_at || (at >= row.created_at - TOLERANCE && row.replaces.as_deref() != Some(etag))
}

/// The bytes of all versions that the URL has made. There are several where it was used again for the same bytes.
fn made(versions: &[ListedVersion], row: &Row) -> u64 {
    let mut sum = 0_u64;
    for (index, version) in versions.iter().enumerate() {
        if version.is_delete_marker || !is_of(row, version.last_modified, &version.etag) {
            continue;
        }
        let before = versions.get(index + 1).filter(|before| !before.is_delete_marker);
        let before = before.map_or("", |before| before.etag.as_str());
        if row.replaces.as_deref().is_none_or(|replaces| replaces == before) {
            sum = sum.saturating_add(version.size);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Holder, repo::reservations::Kind},
        *,
    };

    fn row(replaces: Option<&str>) -> Row {
        Row {
            id: uuid::Uuid::nil(),
            holder: Holder::User("018f0000-0000-7000-8000-000000000001".parse().unwrap()),
            kind: Kind::Put,
            bytes: 100,
            bucket: None,
            object_key: None,
            storage_id: None,
            replaces: replaces.map(str::to_owned),
            frees: 0,
            created_at: 1000,
            expires_at: Some(1900),
        }
    }

    /// `etag@second size`, the newest first; `-@second` is a delete marker.
    fn versions(told: &[(&str, i64, u64)]) -> Vec<ListedVersion> {
        told.iter()
            .map(|(etag, at, size)| ListedVersion {
                version_id: String::new(),
                is_latest: false,
                is_delete_marker: *etag == "-",
                last_modified: Timestamp::from_unix(*at),
                size: *size,
                etag: (*etag).to_owned(),
            })
            .collect()
    }

    #[test]
    fn each_url_is_charged_what_took_the_place_of_what_it_replaces() {
        for (told, replaces, bytes) in [
            (&[][..], Some(""), 0),
            (&[("a", 1001, 7)], Some(""), 7),
            (&[("a", 1001, 7)], Some("b"), 0),
            // There before.
            (&[("a", 900, 7)], Some(""), 0),
            (&[("a", 998, 7)], Some("a"), 0),
            // Storage's clock is behind ours.
            (&[("a", 998, 7)], Some(""), 7),
            // Two URLs, one after the other.
            (&[("b", 1300, 9), ("a", 1001, 7)], Some(""), 7),
            (&[("b", 1300, 9), ("a", 1001, 7)], Some("a"), 9),
            // Used again for the same bytes.
            (&[("b", 1300, 9), ("b", 1200, 9), ("a", 900, 7)], Some("a"), 9),
            (&[("a", 1300, 7), ("a", 1200, 7), ("a", 900, 7)], Some("a"), 14),
            // Deleted before, or since.
            (&[("a", 1001, 7), ("-", 900, 0), ("x", 800, 5)], Some(""), 7),
            (&[("-", 1100, 0), ("a", 1001, 7)], Some(""), 7),
            // Storage holds to no condition.
            (&[("b", 1300, 9), ("a", 1001, 7), ("x", 900, 3)], None, 16),
        ] {
            assert_eq!(
                made(&versions(told), &row(replaces)),
                bytes,
                "{told:?} {replaces:?}"
            );
        }
    }
}
