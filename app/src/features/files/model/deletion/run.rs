//! Deleting the collected keys, batch by batch.

use super::batches;
use crate::{
    contract::key::name_of,
    features::files::types::{DeleteError, DeleteMarker, DeleteObjectsResponse},
    format,
};

/// How a deletion ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End<E> {
    Complete,
    /// The reader stopped it between two batches.
    Stopped,
    /// Storage kept at least this key.
    Refused(DeleteError),
    /// A whole batch was not answered.
    Failed(E),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome<E> {
    pub end: End<E>,
    /// How many keys are gone.
    pub deleted: usize,
    /// The keys that are still there.
    pub left: Vec<String>,
    /// The markers that restore what is gone, where storage keeps versions.
    pub markers: Vec<DeleteMarker>,
}

/// `delete` deletes one batch. `go_on` is called before each batch with the number of deleted keys, and ends the
/// deletion by `false`. The first error ends the deletion.
pub async fn run<E>(
    keys: &[String],
    delete: impl AsyncFn(&[String]) -> Result<DeleteObjectsResponse, E>,
    go_on: impl Fn(usize) -> bool,
) -> Outcome<E> {
    let (mut deleted, mut markers) = (0, Vec::new());
    let mut sent = 0;
    let (end, mut left) = 'batches: {
        for batch in batches(keys, String::len) {
            if !go_on(deleted) {
                break 'batches (End::Stopped, Vec::new());
            }
            sent += batch.len();
            match delete(batch).await {
                Ok(answer) => {
                    deleted += answer.deleted.len();
                    markers.extend(answer.markers);
                    if let Some(first) = answer.errors.first().cloned() {
                        let left = answer.errors.into_iter().map(|error| error.key);
                        break 'batches (End::Refused(first), left.collect());
                    }
                }
                Err(error) => break 'batches (End::Failed(error), batch.to_vec()),
            }
        }
        (End::Complete, Vec::new())
    };
    left.extend_from_slice(&keys[sent..]);
    Outcome {
        end,
        deleted,
        left,
        markers,
    }
}

impl<E: std::fmt::Display> Outcome<E> {
    /// How many of `total` keys are gone.
    #[must_use]
    pub fn progress(&self, total: usize) -> String {
        match self.deleted {
            0 => "Nothing was deleted.".to_owned(),
            deleted => format!(
                "{} of {} were deleted.",
                format::grouped(deleted as u64),
                format::grouped(total as u64)
            ),
        }
    }

    /// Why the deletion ended early against the reader's will.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        match &self.end {
            End::Complete | End::Stopped => None,
            End::Refused(error) => Some(format!("“{}”: {}.", name_of(&error.key), error.message)),
            End::Failed(error) => Some(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures::executor::block_on;

    use super::*;

    fn keys(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("u/{number}")).collect()
    }

    /// Deletes all but the keys that are named.
    fn answer(batch: &[String], kept: &[&str]) -> DeleteObjectsResponse {
        let (errors, deleted): (Vec<_>, Vec<_>) = batch
            .iter()
            .cloned()
            .partition(|key| kept.contains(&key.as_str()));
        let marker = |key: &String| DeleteMarker {
            key: key.clone(),
            version_id: "1".to_owned(),
        };
        let error = |key| DeleteError {
            key,
            message: "locked".to_owned(),
        };
        DeleteObjectsResponse {
            markers: deleted.iter().map(marker).collect(),
            deleted,
            errors: errors.into_iter().map(error).collect(),
        }
    }

    #[test]
    fn all_batches_are_deleted() {
        let keys = keys(2001);
        let sizes = std::cell::RefCell::new(Vec::new());
        let delete = async |batch: &[String]| {
            sizes.borrow_mut().push(batch.len());
            Ok::<_, String>(answer(batch, &[]))
        };
        let outcome = block_on(run(&keys, delete, |_| true));
        assert_eq!(outcome.end, End::Complete);
        assert_eq!((outcome.deleted, outcome.markers.len()), (2001, 2001));
        assert!(outcome.left.is_empty());
        assert_eq!(sizes.into_inner(), [1000, 1000, 1]);
        assert_eq!(outcome.reason(), None);
    }

    #[test]
    fn it_can_be_stopped_between_batches() {
        let keys = keys(2500);
        let delete = async |batch: &[String]| Ok::<_, String>(answer(batch, &[]));
        let outcome = block_on(run(&keys, delete, |deleted| deleted < 1000));
        assert_eq!((outcome.end.clone(), outcome.deleted), (End::Stopped, 1000));
        assert_eq!(outcome.left, keys[1000..]);
        assert_eq!(outcome.progress(keys.len()), "1,000 of 2,500 were deleted.");
    }

    #[test]
    fn a_refused_key_ends_it_with_what_is_left() {
        let keys = keys(1500);
        let delete = async |batch: &[String]| Ok::<_, String>(answer(batch, &["u/3", "u/5"]));
        let outcome = block_on(run(&keys, delete, |_| true));
        assert_eq!((outcome.deleted, outcome.left.len()), (998, 502));
        assert_eq!(outcome.left[..3], ["u/3", "u/5", "u/1000"]);
        assert_eq!(outcome.reason().as_deref(), Some("“3”: locked."));
    }

    #[test]
    fn a_failed_batch_is_left_whole() {
        let keys = keys(2000);
        let calls = Cell::new(0);
        let delete = async |batch: &[String]| {
            calls.set(calls.get() + 1);
            match calls.get() {
                1 => Ok(answer(batch, &[])),
                _ => Err("Out of reach.".to_owned()),
            }
        };
        let outcome = block_on(run(&keys, delete, |_| true));
        assert_eq!((outcome.deleted, outcome.markers.len()), (1000, 1000));
        assert_eq!(outcome.left, keys[1000..]);
        assert_eq!(outcome.reason().as_deref(), Some("Out of reach."));
    }
}
