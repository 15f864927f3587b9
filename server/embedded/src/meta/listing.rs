//! Listings by index.
//!
//! Without a delimiter a page is one range of the index. With one, a recursive query walks the
//! index from entry to entry and jumps over everything under a common prefix with one seek, so a page
//! costs as many seeks as it has entries, however many keys lie behind a prefix.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::records::{Checksum, flag, optional_json, size, version_id};
use super::{Meta, MetaError};

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cursor {
    /// At the first key.
    Start,
    /// Behind this key.
    AfterKey(String),
    /// Behind every key that starts so.
    AfterPrefix(String),
    /// At the versions of `key` older than version `id`.
    Within { key: String, id: i64 },
}

/// What to list.
#[derive(Debug, Clone)]
pub(crate) struct Range {
    pub(crate) bucket: i64,
    pub(crate) prefix: String,
    /// Not empty.
    pub(crate) delimiter: Option<String>,
    pub(crate) cursor: Cursor,
    /// Entries per page, at least 1.
    pub(crate) limit: usize,
}

/// One line of a listing.
#[derive(Debug, Clone)]
pub(crate) enum Entry {
    Version(Listed),
    /// Keys that share this start, up to and including the delimiter.
    CommonPrefix(String),
}

/// A version as listings show it.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) id: i64,
    pub(crate) key: String,
    pub(crate) version_id: String,
    pub(crate) latest: bool,
    pub(crate) marker: bool,
    pub(crate) modified: i64,
    pub(crate) size: u64,
    pub(crate) etag: String,
    pub(crate) checksum: Option<Checksum>,
}

/// A page and where the next begins, if there is a next.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) entries: Vec<Entry>,
    pub(crate) next: Option<Cursor>,
}

const PLAIN: &str = "SELECT key, id, nonce, latest, marker, modified, size, etag, checksum
    FROM versions INDEXED BY live
    WHERE bucket = $1 AND latest = 1 AND marker = 0 AND key >= $2 AND key < $3
    ORDER BY key LIMIT $4";

const PLAIN_VERSIONS: &str = "SELECT key, id, nonce, latest, marker, modified, size, etag, checksum
    FROM versions INDEXED BY history
    WHERE bucket = $1 AND key >= $2 AND key < $3
    ORDER BY key, id DESC LIMIT $4";

const REST_OF_KEY: &str = "SELECT key, id, nonce, latest, marker, modified, size, etag, checksum
    FROM versions INDEXED BY history
    WHERE bucket = $1 AND key = $2 AND id < $3
    ORDER BY id DESC LIMIT $4";

// $5: where the part behind the prefix begins, in characters from 1. $6: the delimiter. $7: the
// smallest text above all that start with the delimiter.
const WALK: &str = "WITH RECURSIVE walk (key) AS (
    SELECT (SELECT key FROM versions INDEXED BY live
            WHERE bucket = $1 AND latest = 1 AND marker = 0 AND key >= $2 AND key < $3
            ORDER BY key LIMIT 1)
    UNION ALL
    SELECT (SELECT v.key FROM versions v INDEXED BY live
            WHERE v.bucket = $1 AND v.latest = 1 AND v.marker = 0 AND v.key < $3 AND v.key >=
                CASE instr(substr(walk.key, $5), $6) WHEN 0 THEN walk.key || char(0)
                ELSE substr(walk.key, 1, $5 + instr(substr(walk.key, $5), $6) - 2) || $7 END
            ORDER BY v.key LIMIT 1)
    FROM walk WHERE walk.key IS NOT NULL
    LIMIT $4)
    SELECT v.key, v.id, v.nonce, v.latest, v.marker, v.modified, v.size, v.etag, v.checksum
    FROM walk CROSS JOIN versions v INDEXED BY live
    ON v.bucket = $1 AND v.latest = 1 AND v.marker = 0 AND v.key = walk.key";

const WALK_VERSIONS: &str = "WITH RECURSIVE walk (key) AS (
    SELECT (SELECT key FROM versions INDEXED BY history
            WHERE bucket = $1 AND key >= $2 AND key < $3 ORDER BY key LIMIT 1)
    UNION ALL
    SELECT (SELECT v.key FROM versions v INDEXED BY history
            WHERE v.bucket = $1 AND v.key < $3 AND v.key >=
                CASE instr(substr(walk.key, $5), $6) WHEN 0 THEN walk.key || char(0)
                ELSE substr(walk.key, 1, $5 + instr(substr(walk.key, $5), $6) - 2) || $7 END
            ORDER BY v.key LIMIT 1)
    FROM walk WHERE walk.key IS NOT NULL
    LIMIT $4)
    SELECT v.key, v.id, v.nonce, v.latest, v.marker, v.modified, v.size, v.etag, v.checksum
    FROM walk CROSS JOIN versions v INDEXED BY history
    ON v.bucket = $1 AND v.key = walk.key
    AND (instr(substr(walk.key, $5), $6) = 0
         OR v.id = (SELECT max(w.id) FROM versions w INDEXED BY history WHERE w.bucket = $1 AND w.key = walk.key))
    LIMIT $4";

impl Meta {
    /// Current objects in the order of their keys' bytes; no delete markers.
    pub(crate) async fn list_objects(&self, range: &Range) -> Result<Page, MetaError> {
        let rows = self.fetch(range, PLAIN, WALK, range.limit + 1).await?;
        Ok(page(range, rows, false))
    }

    /// Versions and delete markers: by key, each key's newest first.
    pub(crate) async fn list_versions(&self, range: &Range) -> Result<Page, MetaError> {
        let mut rows = Vec::new();
        if let Cursor::Within { key, id } = &range.cursor {
            rows = sqlx::query(REST_OF_KEY)
                .bind(range.bucket)
                .bind(key)
                .bind(id)
                .bind(count(range.limit + 1))
                .fetch_all(self.reader())
                .await?
                .iter()
                .map(listed)
                .collect::<Result<_, _>>()?;
        }
        let wanted = range.limit + 1 - rows.len();
        if wanted > 0 {
            rows.extend(self.fetch(range, PLAIN_VERSIONS, WALK_VERSIONS, wanted).await?);
        }
        Ok(page(range, rows, true))
    }

    async fn fetch(
        &self,
        range: &Range,
        plain: &'static str,
        walk: &'static str,
        limit: usize,
    ) -> Result<Vec<Listed>, MetaError> {
        let from = match &range.cursor {
            Cursor::Start => String::new(),
            Cursor::AfterKey(key) | Cursor::Within { key, .. } => format!("{key}\0"),
            Cursor::AfterPrefix(prefix) => above(prefix),
        };
        let from = from.max(range.prefix.clone());
        let end = above(&range.prefix);
        let query = match &range.delimiter {
            None => sqlx::query(plain)
                .bind(range.bucket)
                .bind(from)
                .bind(end)
                .bind(count(limit)),
            Some(delimiter) => sqlx::query(walk)
                .bind(range.bucket)
                .bind(from)
                .bind(end)
                .bind(count(limit))
                .bind(count(range.prefix.chars().count() + 1))
                .bind(delimiter)
                .bind(above(delimiter)),
        };
        query.fetch_all(self.reader()).await?.iter().map(listed).collect()
    }
}

fn count(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn listed(row: &SqliteRow) -> Result<Listed, MetaError> {
    let (id, nonce) = (row.try_get(1)?, row.try_get(2)?);
    Ok(Listed {
        id,
        key: row.try_get(0)?,
        version_id: version_id(id, nonce),
        latest: flag(row, 3)?,
        marker: flag(row, 4)?,
        modified: row.try_get(5)?,
        size: size(row, 6)?,
        etag: row.try_get(7)?,
        checksum: optional_json(row.try_get(8)?)?,
    })
}

/// Turns rows (one more than the page holds, if there are more) into entries.
fn page(range: &Range, rows: Vec<Listed>, versions: bool) -> Page {
    let more = rows.len() > range.limit;
    let entries: Vec<Entry> = rows
        .into_iter()
        .take(range.limit)
        .map(
            |row| match common_prefix(&row.key, &range.prefix, range.delimiter.as_deref()) {
                Some(prefix) => Entry::CommonPrefix(prefix),
                None => Entry::Version(row),
            },
        )
        .collect();
    let next = match entries.last() {
        Some(Entry::CommonPrefix(prefix)) if more => Some(Cursor::AfterPrefix(prefix.clone())),
        Some(Entry::Version(row)) if more && versions => Some(Cursor::Within {
            key: row.key.clone(),
            id: row.id,
        }),
        Some(Entry::Version(row)) if more => Some(Cursor::AfterKey(row.key.clone())),
        _ => None,
    };
    Page { entries, next }
}

/// The key up to and including the first delimiter behind the prefix.
pub(crate) fn common_prefix(key: &str, prefix: &str, delimiter: Option<&str>) -> Option<String> {
    let delimiter = delimiter?;
    let rest = key.strip_prefix(prefix)?;
    let at = rest.find(delimiter)?;
    Some(key[..prefix.len() + at + delimiter.len()].to_owned())
}

/// The smallest text above every one that starts with `start`. Texts compare by their UTF-8 bytes,
/// which is the order of their characters.
pub(crate) fn above(start: &str) -> String {
    let mut chars: Vec<char> = start.chars().collect();
    while let Some(last) = chars.pop() {
        let next = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            other => char::from_u32(u32::from(other) + 1),
        };
        if let Some(next) = next {
            chars.push(next);
            return chars.into_iter().collect();
        }
    }
    // Above every key: they have at most 1,024 bytes.
    "\u{10ffff}".repeat(257)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn common_prefixes_end_with_the_first_delimiter_behind_the_prefix() {
        assert_eq!(common_prefix("a/b/c", "", Some("/")).as_deref(), Some("a/"));
        assert_eq!(common_prefix("a/b/c", "a/", Some("/")).as_deref(), Some("a/b/"));
        assert_eq!(common_prefix("a/b", "a/", Some("/")), None);
        assert_eq!(common_prefix("a/", "a/", Some("/")), None);
        assert_eq!(common_prefix("a//b", "a/", Some("/")).as_deref(), Some("a//"));
        assert_eq!(common_prefix("a--b", "", Some("--")).as_deref(), Some("a--"));
        assert_eq!(common_prefix("a/b", "", None), None);
    }

    proptest! {
        #[test]
        fn above_is_the_least_upper_bound(start in "[a-z/\u{d7ff}\u{10ffff}]{0,4}", tail in ".{0,4}", other in ".{0,6}") {
            let bound = above(&start);
            prop_assert!((start.clone() + &tail).as_bytes() < bound.as_bytes());
            if other.as_bytes() < bound.as_bytes() && other.as_bytes() >= start.as_bytes() {
                prop_assert!(other.starts_with(&start));
            }
        }
    }
}
