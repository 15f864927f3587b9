//! Removing what a crash left behind: files that no slice refers to.
//!
//! Runs at start, before the first write, directory by directory, so its memory does not grow with
//! the store.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::{BlobId, Blobs, SHARD_BITS, blocking};
use crate::meta::{Meta, MetaError};

/// What a sweep found.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Swept {
    /// Files removed.
    pub(crate) removed: u64,
    /// Blobs that metadata refers to and that have no file: damage from outside.
    pub(crate) missing: u64,
}

/// Removes unreferenced files and sets the number that new blobs count from.
pub(crate) async fn sweep(blobs: &Arc<Blobs>, meta: &Meta) -> Result<Swept, MetaError> {
    let mut swept = Swept::default();
    for shard in shards(blobs).await? {
        let first = shard << SHARD_BITS;
        let referenced: HashSet<BlobId> = meta
            .referenced_blobs(first, first + (1 << SHARD_BITS))
            .await?
            .into_iter()
            .collect();
        let owner = blobs.clone();
        let found = blocking(move || clean(&owner, first, &referenced)).await?;
        swept.removed += found.removed;
        swept.missing += found.missing;
    }
    blobs.start_from(meta.largest_blob().await? + 1);
    if swept != Swept::default() {
        tracing::info!(
            removed = swept.removed,
            missing = swept.missing,
            "swept the blobs"
        );
    }
    Ok(swept)
}

async fn shards(blobs: &Arc<Blobs>) -> io::Result<Vec<i64>> {
    let root = blobs.root().to_owned();
    blocking(move || {
        let mut shards = Vec::new();
        for entry in std::fs::read_dir(root)? {
            if let Some(shard) = entry?
                .file_name()
                .to_str()
                .and_then(|name| i64::from_str_radix(name, 16).ok())
            {
                shards.push(shard);
            }
        }
        Ok(shards)
    })
    .await
}

fn clean(blobs: &Blobs, first: BlobId, referenced: &HashSet<BlobId>) -> io::Result<Swept> {
    let directory: PathBuf = blobs.shard(first);
    let mut swept = Swept::default();
    let mut present = 0_usize;
    for entry in std::fs::read_dir(&directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let low = name.to_str().and_then(|name| i64::from_str_radix(name, 16).ok());
        if low.is_some_and(|low| referenced.contains(&(first + low))) {
            present += 1;
        } else {
            std::fs::remove_file(entry.path())?;
            swept.removed += 1;
        }
    }
    swept.missing = (referenced.len() - present) as u64;
    if present == 0 {
        std::fs::remove_dir(&directory)?;
    }
    Ok(swept)
}
