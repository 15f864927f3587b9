//! Writing a stream into one blob: hashed on the way, on disk at the end, in constant memory.

use std::fs::File;
use std::io::{self, Write as _};
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use s3s::StdError;
use sqlite_file::Space;
use thiserror::Error;

use super::{BlobGuard, Blobs, Digester, Digests, blocking};

/// Bytes gathered before they are handed to the disk.
const BUFFER: usize = 1 << 20;

/// Why a stream did not become a blob. No file remains.
#[derive(Debug, Error)]
pub(crate) enum WriteError {
    /// The caller's stream broke off or did not match its signature.
    #[error("the body could not be read: {0}")]
    Body(StdError),
    /// More bytes than allowed.
    #[error("the body is larger than allowed")]
    TooLarge,
    /// The disk has no room but for what frees some.
    #[error("the disk is full")]
    Full,
    /// The disk refused.
    #[error("the body could not be stored: {0}")]
    Disk(#[from] io::Error),
}

/// A blob on disk. Its name is not yet: [`Blobs::sync_directories`] does that before the commit.
#[derive(Debug)]
pub(crate) struct Written {
    /// `None` when there were no bytes.
    pub(crate) blob: Option<BlobGuard>,
    pub(crate) len: u64,
    pub(crate) digests: Digests,
}

struct Sink {
    blobs: Arc<Blobs>,
    open: Option<(BlobGuard, File)>,
    digester: Digester,
}

impl Sink {
    fn write(&mut self, chunks: &[Bytes]) -> io::Result<()> {
        if self.open.is_none() {
            self.open = Some(self.blobs.create()?);
        }
        if let Some((_, file)) = &mut self.open {
            for chunk in chunks {
                self.digester.update(chunk);
                file.write_all(chunk)?;
            }
        }
        Ok(())
    }

    fn finish(self, len: u64) -> io::Result<Written> {
        let blob = match self.open {
            Some((guard, file)) => {
                file.sync_all()?;
                Some(guard)
            }
            None => None,
        };
        Ok(Written {
            blob,
            len,
            digests: self.digester.finish(),
        })
    }
}

impl Blobs {
    fn require_room(&self) -> Result<(), WriteError> {
        match self.reserve.space() {
            Space::Ample => Ok(()),
            Space::Scarce => Err(WriteError::Full),
        }
    }

    /// Stores at most `limit` bytes. While one buffer is hashed and written the next is received.
    pub(crate) async fn store<S>(
        self: &Arc<Self>,
        mut body: S,
        digester: Digester,
        limit: u64,
    ) -> Result<Written, WriteError>
    where
        S: Stream<Item = Result<Bytes, StdError>> + Unpin,
    {
        // Before anything is read, and then for each buffer: bodies that are under way together must leave to the
        // deletions what the reserve gave up for them.
        self.require_room()?;
        let mut sink = Sink {
            blobs: self.clone(),
            open: None,
            digester,
        };
        let mut pending: Option<tokio::task::JoinHandle<io::Result<Sink>>> = None;
        let mut chunks: Vec<Bytes> = Vec::new();
        let mut gathered = 0_usize;
        let mut len = 0_u64;
        loop {
            let Some(chunk) = body.next().await else { break };
            let chunk = chunk.map_err(WriteError::Body)?;
            len += chunk.len() as u64;
            if len > limit {
                return Err(WriteError::TooLarge);
            }
            gathered += chunk.len();
            if !chunk.is_empty() {
                chunks.push(chunk);
            }
            if gathered >= BUFFER {
                self.require_room()?;
                if let Some(previous) = pending.take() {
                    sink = previous.await.map_err(io::Error::other)??;
                }
                let full = std::mem::take(&mut chunks);
                gathered = 0;
                pending = Some(tokio::task::spawn_blocking(move || {
                    sink.write(&full)?;
                    Ok(sink)
                }));
                // Replaced by the task's answer before it is used again.
                sink = Sink {
                    blobs: self.clone(),
                    open: None,
                    digester: Digester::default(),
                };
            }
        }
        if let Some(previous) = pending {
            sink = previous.await.map_err(io::Error::other)??;
        }
        Ok(blocking(move || {
            if !chunks.is_empty() {
                sink.write(&chunks)?;
            }
            sink.finish(len)
        })
        .await?)
    }
}
