//! The areas of jobs: which keys of which buckets a job reads and writes. No two unfinished jobs write to the same
//! keys, and none reads keys that another writes.

mod repo;

use app::contract::JobId;
use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

use super::error::FileError;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Area {
    pub bucket: String,
    /// A key or, unless `exact`, a prefix.
    pub prefix: String,
    /// `prefix` is one key.
    pub exact: bool,
    pub writes: bool,
}

impl Area {
    fn overlaps(&self, other: &Self) -> bool {
        (self.writes || other.writes) && self.bucket == other.bucket && self.meets(other)
    }

    /// Whether this key lies in the area.
    pub(super) fn covers(&self, bucket: &str, key: &str) -> bool {
        self.bucket == bucket
            && if self.exact {
                self.prefix == key
            } else {
                key.starts_with(&self.prefix)
            }
    }

    fn meets(&self, other: &Self) -> bool {
        match (self.exact, other.exact) {
            (true, true) => self.prefix == other.prefix,
            (true, false) => self.prefix.starts_with(&other.prefix),
            (false, true) => other.prefix.starts_with(&self.prefix),
            (false, false) => {
                self.prefix.starts_with(&other.prefix) || other.prefix.starts_with(&self.prefix)
            }
        }
    }
}

/// Refuses these areas where an unfinished job has one that overlaps. Until the transaction ends, requests that begin a
/// job in the same buckets wait.
///
/// # Errors
/// [`FileError::Overlaps`]
pub(super) async fn reserve(connection: &mut AnyConnection, areas: &[Area]) -> Result<(), FileError> {
    // Always in the same order: otherwise two requests could wait for each other.
    let mut buckets: Vec<_> = areas.iter().map(|area| area.bucket.as_str()).collect();
    buckets.sort_unstable();
    buckets.dedup();
    for bucket in buckets {
        repo::hold_bucket(connection, bucket).await?;
    }
    for (kind, theirs) in repo::unfinished(connection).await? {
        if overlap(areas, &read(&theirs)?) {
            return Err(FileError::Overlaps(verb(&kind)));
        }
    }
    Ok(())
}

/// Stores the areas of a job that was queued in this transaction, after [`reserve`].
pub(super) async fn keep(
    connection: &mut AnyConnection,
    job: JobId,
    areas: &[Area],
) -> Result<(), sqlx::Error> {
    let text = serde_json::to_string(areas).map_err(|error| sqlx::Error::Encode(error.into()))?;
    repo::write(connection, job, &text).await
}

/// The areas of a job, also of one that has ended.
pub(super) async fn of(connection: &mut AnyConnection, job: JobId) -> Result<Vec<Area>, sqlx::Error> {
    match repo::of(connection, job).await? {
        Some(text) => read(&text),
        None => Ok(Vec::new()),
    }
}

/// The areas of all unfinished jobs.
pub(super) async fn unfinished(connection: &mut AnyConnection) -> Result<Vec<Area>, sqlx::Error> {
    let mut areas = Vec::new();
    for (_, theirs) in repo::unfinished(connection).await? {
        areas.extend(read(&theirs)?);
    }
    Ok(areas)
}

fn read(text: &str) -> Result<Vec<Area>, sqlx::Error> {
    serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// Completes the sentence `A job that … is at work there`.
fn verb(kind: &str) -> &'static str {
    match kind {
        "files.copy" => "copies",
        "files.move" => "moves",
        "files.delete" => "deletes",
        "files.undo" => "undoes",
        "files.restore" => "brings back",
        _ => "works with files",
    }
}

/// Whether two jobs with these areas exclude each other.
fn overlap(ours: &[Area], theirs: &[Area]) -> bool {
    ours.iter()
        .any(|our| theirs.iter().any(|their| our.overlaps(their)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_keep_others_away_from_what_they_write() {
        let area = |text: &str| {
            let (bucket, rest) = text[1..].split_once(':').unwrap();
            Area {
                bucket: bucket.to_owned(),
                prefix: rest.trim_end_matches('*').to_owned(),
                exact: !rest.ends_with('*'),
                writes: text.starts_with('w'),
            }
        };
        for (a, b, expected) in [
            ("wb:a/*", "wb:a/*", true),
            ("wb:a/*", "rb:a/b/*", true),
            ("wb:a/b/*", "rb:a/*", true),
            ("rb:a/*", "rb:a/*", false),
            ("wb:a/*", "wb:ab/*", false),
            ("wb:a/*", "wc:a/*", false),
            ("wb:a", "wb:a/*", false),
            ("wb:a/b", "rb:a/*", true),
            ("wb:a/b", "rb:a/b", true),
            ("wb:a/b", "rb:a/bc", false),
            ("wb:*", "rb:a", true),
        ] {
            let (a, b) = (area(a), area(b));
            assert_eq!(
                overlap(std::slice::from_ref(&a), std::slice::from_ref(&b)),
                expected,
                "{a:?} {b:?}"
            );
            assert_eq!(overlap(&[b], &[a]), expected);
        }
    }
}
