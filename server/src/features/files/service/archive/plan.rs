//! Lists what an archive will hold before its first byte. The list gives the exact length, and each object is compared
//! with it when it is read.

use std::fmt::Write as _;

use app::{
    contract::{Timestamp, UserKey, UserPrefix},
    format::visible::visible,
};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};

use super::{
    budget::Reservation,
    inventory::{Inventory, Item},
    names::Names,
    selection::{Selection, Source},
};
use crate::{
    features::{
        files::{
            error::FileError,
            service::CONCURRENCY,
            zip::write::{Member, write_end},
        },
        scopes::{Access, Scope},
    },
    platform::object_store::{ListRequest, ObjectHead, StoreError},
};

/// The most files and folders of one archive.
pub(super) const MAX_ENTRIES: usize = 250_000;
const PAGE: u16 = 1000;
/// How many of the left out objects are named.
const NAMED: usize = 1000;

pub(super) struct Plan {
    pub(super) inventory: Inventory,
    /// The last file of the archive, which names what is missing from it.
    pub(super) left_out: Option<LeftOut>,
    /// Bytes of the whole archive.
    pub(super) length: u64,
    /// Holds the memory for the inventory.
    pub(super) memory: Reservation,
}

pub(super) struct LeftOut {
    pub(super) name: String,
    pub(super) text: Bytes,
}

impl LeftOut {
    pub(super) fn member(&self) -> Member<'_> {
        Member {
            name: &self.name,
            size: self.text.len() as u64,
            modified: None,
        }
    }
}

impl Item {
    pub(super) fn member(&self) -> Member<'_> {
        Member {
            name: &self.name,
            size: self.size,
            modified: self.modified,
        }
    }
}

/// # Errors
/// [`FileError::Missing`] for an object that is not there, and a folder without anything in it, not even its marker.
pub(super) async fn plan(
    scope: &Scope,
    selection: &Selection,
    memory: Reservation,
) -> Result<Plan, FileError> {
    let mut packing = Packing {
        scope,
        selection,
        names: Names::default(),
        inventory: Inventory::default(),
        unreadable: 0,
        unreadable_names: String::new(),
        memory,
    };
    // Single objects that follow one another are looked up together.
    for sources in selection
        .sources
        .chunk_by(|a, b| matches!((a, b), (Source::Object(_), Source::Object(_))))
    {
        if let [Source::Below(prefix)] = sources {
            packing.below(prefix).await?;
        } else {
            packing.objects(sources).await?;
        }
    }
    packing.finish()
}

struct Packing<'a> {
    scope: &'a Scope,
    selection: &'a Selection,
    names: Names,
    inventory: Inventory,
    /// Objects whose names storage shows and the key rules refuse, and folders' markers with bytes of their own.
    unreadable: u64,
    unreadable_names: String,
    memory: Reservation,
}

impl Packing<'_> {
    async fn objects(&mut self, sources: &[Source]) -> Result<(), FileError> {
        let mut heads = Vec::new();
        for source in sources {
            if let Source::Object(key) = source
                && !self.selection.leaves_out(key.as_str())
            {
                heads.push(head(self.scope, key));
            }
        }
        let heads: Vec<_> = stream::iter(heads).buffered(CONCURRENCY).try_collect().await?;
        for (key, head) in heads {
            self.add(key.as_str(), head.size, head.last_modified, head.etag)?;
        }
        Ok(())
    }

    async fn below(&mut self, prefix: &UserPrefix) -> Result<(), FileError> {
        let mut token = None;
        let mut is_there = false;
        loop {
            let page = self
                .scope
                .store
                .list(
                    &self.scope.bucket,
                    ListRequest {
                        prefix,
                        folders: false,
                        token: token.as_deref(),
                        limit: PAGE,
                    },
                )
                .await?;
            is_there |= !page.objects.is_empty();
            for object in page.objects {
                if !self.selection.leaves_out(&object.key) {
                    self.add(&object.key, object.size, object.last_modified, object.etag)?;
                }
            }
            self.hold()?;
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        // The caller's root folder exists, even if it is empty.
        if is_there || prefix.path().is_empty() {
            Ok(())
        } else {
            Err(FileError::Missing(prefix.as_str().to_owned()))
        }
    }

    fn add(
        &mut self,
        key: &str,
        size: u64,
        modified: Option<Timestamp>,
        etag: String,
    ) -> Result<(), FileError> {
        let path = key.strip_prefix(&self.selection.base).ok_or_else(|| {
            StoreError::Unexpected("a listing shows keys that do not begin as they should".to_owned())
        })?;
        let is_folder = path.ends_with('/');
        if path.is_empty() && size == 0 {
            // The marker of the folder that is the archive itself.
            return Ok(());
        }
        let is_readable = self.scope.key("keys", key, Access::READ).is_ok();
        if !is_readable || path.is_empty() || (is_folder && size > 0) {
            self.leave_out(if path.is_empty() { key } else { path });
            return Ok(());
        }
        if self.inventory.len() >= MAX_ENTRIES {
            return Err(FileError::TooManyEntries(MAX_ENTRIES));
        }
        self.inventory.push(&Item {
            name: if is_folder {
                self.names.folder(path)
            } else {
                self.names.file(path)
            },
            path: path.to_owned(),
            size,
            modified,
            // A marker has no bytes to read.
            etag: if is_folder { String::new() } else { etag },
        });
        Ok(())
    }

    fn leave_out(&mut self, path: &str) {
        self.unreadable += 1;
        if self.unreadable <= NAMED as u64 {
            let _ = write!(self.unreadable_names, "{}\r\n", visible(path));
        }
    }

    fn hold(&mut self) -> Result<(), FileError> {
        let bytes = self.inventory.memory() + self.names.memory() + self.unreadable_names.len();
        Ok(self.memory.grow_to(bytes)?)
    }

    fn finish(mut self) -> Result<Plan, FileError> {
        self.hold()?;
        let left_out = (self.unreadable > 0).then(|| LeftOut {
            name: self.names.file("Left out of this archive.txt"),
            text: notice(self.unreadable, &self.unreadable_names).into(),
        });
        let mut memory = self.memory;
        // The CRC of each file stays until the directory is written.
        let kept = self.inventory.memory() + 4 * self.inventory.len();
        memory.grow_to(kept)?;
        memory.shrink_to(kept);
        Ok(Plan {
            length: length(&self.inventory, left_out.as_ref()),
            inventory: self.inventory,
            left_out,
            memory,
        })
    }
}

async fn head<'a>(scope: &'a Scope, key: &'a UserKey) -> Result<(&'a UserKey, ObjectHead), FileError> {
    let head = scope.store.head(&scope.bucket, key, None).await?;
    head.filter(|head| !head.is_delete_marker)
        .map(|head| (key, head))
        .ok_or_else(|| FileError::Missing(key.as_str().to_owned()))
}

/// The text of that file, with line ends that every editor reads.
fn notice(count: u64, names: &str) -> String {
    let mut text = format!(
        "{count} of the objects in this folder are not in the archive. Their names hold control characters, or \
         segments that are . or .., or they stand for a folder and have content of their own. Forepeak can list and \
         delete such objects, but not read them; a program for S3 can.\r\n\r\n{names}"
    );
    if count > NAMED as u64 {
        let _ = write!(text, "and {} more\r\n", count - NAMED as u64);
    }
    text
}

/// The length of the archive, found by writing its records without CRCs and counting their bytes.
fn length(inventory: &Inventory, left_out: Option<&LeftOut>) -> u64 {
    let (mut offset, mut directory, mut entries) = (0_u64, 0_u64, 0_u64);
    let mut scratch = Vec::new();
    let mut count = |member: Member<'_>| {
        scratch.clear();
        member.write_central(0, offset, &mut scratch);
        directory += scratch.len() as u64;
        scratch.clear();
        member.write_local(&mut scratch);
        member.write_descriptor(0, &mut scratch);
        offset = offset
            .saturating_add(scratch.len() as u64)
            .saturating_add(member.size);
        entries += 1;
    };
    for item in inventory.iter() {
        count(item.member());
    }
    if let Some(left_out) = left_out {
        count(left_out.member());
    }
    scratch.clear();
    write_end(entries, offset, directory, &mut scratch);
    offset
        .saturating_add(directory)
        .saturating_add(scratch.len() as u64)
}
