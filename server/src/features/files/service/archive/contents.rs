//! Reads the objects of an archive one after the other: exactly the bytes that were listed, or an error. While one
//! object is read, the next ones are opened already, so that many small files come as quickly as the store delivers
//! them.

use std::{collections::VecDeque, io, sync::Arc};

use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream::BoxStream};
use tokio_util::task::AbortOnDropHandle;

use super::inventory::{Inventory, Item, Position};
use crate::{
    features::scopes::{Access, Scope},
    platform::object_store::{GetRequest, StoreError},
};

/// How many objects are opened ahead.
const AHEAD: usize = 16;
/// An object is opened when less than this is left to send before it: storage closes connections that are idle for
/// long.
const AHEAD_BYTES: u64 = 4 << 20;
/// Objects of up to this are read whole when they are opened, so that their connections are free again.
const WHOLE: u64 = 64 << 10;
/// How often an object is opened again without a byte in between.
const RETRIES: u32 = 3;

/// Why an archive breaks off.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("an object is not the one that was listed")]
    Changed,
    #[error("storage ends an object before its end")]
    Short,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Broken> for io::Error {
    fn from(broken: Broken) -> Self {
        Self::other(broken)
    }
}

/// The place of the objects.
pub(super) struct Origin {
    pub(super) scope: Scope,
    /// The prefix of all paths: `base` and an item's path are its key.
    pub(super) base: String,
}

impl Origin {
    /// The bytes of an object from `start` on, if it is still the one that was listed.
    async fn open(&self, item: &Item, start: u64) -> Result<BoxStream<'static, io::Result<Bytes>>, Broken> {
        let key = format!("{}{}", self.base, item.path);
        let key = self.scope.key("keys", &key, Access::READ);
        let key = key.map_err(|_| Broken::Changed)?;
        let range = (start > 0).then(|| format!("bytes={start}-"));
        let etag = Some(item.etag.as_str()).filter(|etag| !etag.is_empty());
        if start > 0 && etag.is_none() {
            // Without an ETag nothing proves that the rest belongs to the same object.
            return Err(Broken::Short);
        }
        let request = GetRequest {
            range: range.as_deref(),
            if_match: etag,
            ..GetRequest::default()
        };
        let found = match self.scope.store.get(&self.scope.bucket, &key, request).await {
            Err(StoreError::PreconditionFailed | StoreError::NotFound | StoreError::RangeNotSatisfiable) => {
                return Err(Broken::Changed);
            }
            found => found?,
        };
        // Not every server honours `If-Match` on a read.
        let is_same = etag.is_none_or(|etag| found.head.etag.is_empty() || found.head.etag == etag);
        let is_whole = found.length.is_none_or(|length| length == item.size - start);
        let is_range = start == 0 || found.content_range.is_some();
        if is_same && is_whole && is_range {
            Ok(found.stream)
        } else {
            Err(Broken::Changed)
        }
    }
}

/// An object that is being read.
pub(super) struct Contents {
    origin: Arc<Origin>,
    item: Item,
    stream: BoxStream<'static, io::Result<Bytes>>,
    received: u64,
    retries: u32,
}

impl Contents {
    async fn open(origin: Arc<Origin>, item: Item) -> Result<Self, Broken> {
        Ok(Self {
            stream: origin.open(&item, 0).await?,
            origin,
            item,
            received: 0,
            retries: 0,
        })
    }

    /// The next bytes; `None` after as many as were listed. When a connection breaks, the object is read on from where
    /// it broke.
    async fn next(&mut self) -> Result<Option<Bytes>, Broken> {
        loop {
            let is_complete = self.received == self.item.size;
            match self.stream.next().await {
                Some(Ok(bytes)) => {
                    self.received += bytes.len() as u64;
                    self.retries = 0;
                    if self.received > self.item.size {
                        return Err(Broken::Changed);
                    }
                    return Ok(Some(bytes));
                }
                None if is_complete => return Ok(None),
                // After the last byte an error means a wrong checksum.
                Some(Err(_)) | None if is_complete || self.retries == RETRIES => return Err(Broken::Short),
                Some(Err(_)) | None => {
                    self.retries += 1;
                    tracing::debug!(
                        received = self.received,
                        "an object is read on after it broke off"
                    );
                    self.stream = self.origin.open(&self.item, self.received).await?;
                }
            }
        }
    }
}

/// An object that was opened ahead.
pub(super) enum Opened {
    Whole(Bytes),
    Reading(Contents),
}

impl Opened {
    async fn open(origin: Arc<Origin>, item: Item) -> Result<Self, Broken> {
        let size = item.size;
        let mut contents = Contents::open(origin, item).await?;
        if size > WHOLE {
            return Ok(Self::Reading(contents));
        }
        let mut whole = BytesMut::new();
        while let Some(bytes) = contents.next().await? {
            if whole.is_empty() && bytes.len() as u64 == size {
                // Small files mostly come in one piece, which the end must follow.
                return match contents.next().await? {
                    None => Ok(Self::Whole(bytes)),
                    Some(_) => Err(Broken::Changed),
                };
            }
            whole.extend_from_slice(&bytes);
        }
        Ok(Self::Whole(whole.freeze()))
    }

    /// The next bytes; `None` at the end.
    pub(super) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        match self {
            Self::Whole(bytes) if bytes.is_empty() => Ok(None),
            Self::Whole(bytes) => Ok(Some(std::mem::take(bytes))),
            Self::Reading(contents) => Ok(contents.next().await?),
        }
    }
}

type Opening = AbortOnDropHandle<Result<Opened, Broken>>;

/// The items of an inventory, each with its bytes, in order.
pub(super) struct Reader {
    origin: Arc<Origin>,
    position: Position,
    ahead: VecDeque<(Item, Option<Opening>)>,
    ahead_bytes: u64,
}

impl Reader {
    pub(super) fn new(origin: Origin) -> Self {
        Self {
            origin: Arc::new(origin),
            position: Position::default(),
            ahead: VecDeque::new(),
            ahead_bytes: 0,
        }
    }

    /// Opens the next objects. `before` counts the bytes that are left of the present one.
    pub(super) fn open_ahead(&mut self, inventory: &Inventory, before: u64) {
        while self.ahead.len() < AHEAD && self.ahead_bytes.saturating_add(before) < AHEAD_BYTES {
            let Some(item) = inventory.next(&mut self.position) else {
                return;
            };
            self.ahead_bytes += item.size;
            // Empty files are read too, since storage may not have told their size.
            let opening = (!item.path.ends_with('/')).then(|| {
                let opening = Opened::open(Arc::clone(&self.origin), item.clone());
                AbortOnDropHandle::new(tokio::spawn(opening))
            });
            self.ahead.push_back((item, opening));
        }
    }

    /// The next item, with its bytes where it is no folder.
    pub(super) async fn next(&mut self, inventory: &Inventory) -> io::Result<Option<(Item, Option<Opened>)>> {
        self.open_ahead(inventory, 0);
        let Some((item, opening)) = self.ahead.pop_front() else {
            return Ok(None);
        };
        self.ahead_bytes -= item.size;
        let opened = match opening {
            None => None,
            Some(opening) => Some(opening.await.map_err(io::Error::other)??),
        };
        self.open_ahead(inventory, item.size);
        Ok(Some((item, opened)))
    }
}
