//! The bytes of the objects that an archive holds, one after the other: exactly those that were listed, or an error.
//! While one is read, those that follow are opened already, so that many small files come as quickly as the store has
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
/// One is opened when less than this is to be sent before it: what is open for long, storage closes.
const AHEAD_BYTES: u64 = 4 << 20;
/// Objects of up to this are read whole when they are opened, so that their connections are free again.
const WHOLE: u64 = 64 << 10;
/// Times that an object is opened again without a byte in between.
const RETRIES: u32 = 3;

/// Why an archive ends before its end.
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

/// Where the objects are.
pub(super) struct Origin {
    pub(super) scope: Scope,
    /// What stands before each item's path.
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
            // Nothing says that the rest is the rest of the same object.
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
        // Not every server holds to `If-Match` when it is read.
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

    /// The next bytes; `None` once there were as many as were listed. A connection that breaks is taken up again where
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
                // Behind the last byte it is the checksum that is wrong.
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
                // One piece, as small files mostly are. What follows is the end, or too much.
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

    /// Opens what follows. `before` is what is still to be read of the object that is being read.
    pub(super) fn open_ahead(&mut self, inventory: &Inventory, before: u64) {
        while self.ahead.len() < AHEAD && self.ahead_bytes.saturating_add(before) < AHEAD_BYTES {
            let Some(item) = inventory.next(&mut self.position) else {
                return;
            };
            self.ahead_bytes += item.size;
            // Files without a byte are read too: storage may not have told their size.
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
