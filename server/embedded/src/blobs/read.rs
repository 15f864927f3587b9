//! Reading slices of blobs as one stream, a buffer ahead of the reader, in constant memory.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, stream};
use tokio::task::JoinHandle;

use super::pins::BlobPin;
use super::{BlobId, Blobs, Pin};

/// Bytes per read.
const BUFFER: u64 = 512 << 10;

/// `len` bytes of a blob from `start`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) blob: BlobId,
    pub(crate) start: u64,
    pub(crate) len: u64,
}

/// The pieces of the range `start..end` of what `pieces` are in full.
pub(crate) fn slice(pieces: &[Piece], start: u64, end: u64) -> Vec<Piece> {
    let mut at = 0_u64;
    let mut out = Vec::new();
    for piece in pieces {
        let from = start.max(at);
        let to = end.min(at + piece.len);
        if from < to {
            out.push(Piece {
                blob: piece.blob,
                start: piece.start + (from - at),
                len: to - from,
            });
        }
        at += piece.len;
    }
    out
}

type Step = io::Result<(Option<(BlobId, File)>, Bytes)>;

struct Reader {
    blobs: Arc<Blobs>,
    /// Each piece with the pin that keeps its file.
    pieces: VecDeque<(Piece, BlobPin)>,
    ahead: Option<JoinHandle<Step>>,
}

impl Reader {
    /// Starts the next read, if bytes remain.
    fn advance(&mut self, file: Option<(BlobId, File)>) {
        let Some((piece, _)) = self.pieces.front_mut() else {
            return;
        };
        let len = piece.len.min(BUFFER);
        let (blob, start) = (piece.blob, piece.start);
        piece.start += len;
        piece.len -= len;
        let last = if piece.len == 0 {
            self.pieces.pop_front()
        } else {
            None
        };
        let blobs = self.blobs.clone();
        self.ahead = Some(tokio::task::spawn_blocking(move || {
            let file = match file {
                Some((open, file)) if open == blob => file,
                _ => File::open(blobs.path(blob))?,
            };
            let mut buffer = vec![0; usize::try_from(len).map_err(io::Error::other)?];
            file.read_exact_at(&mut buffer, start)?;
            drop(last);
            Ok((Some((blob, file)), Bytes::from(buffer)))
        }));
    }
}

/// The bytes of `pieces`, in order. `pin` was taken before they were looked up; from here on each file is kept until
/// it has been read, or the stream is dropped.
pub(crate) fn read(
    blobs: Arc<Blobs>,
    pieces: Vec<Piece>,
    pin: Pin,
) -> impl Stream<Item = io::Result<Bytes>> + Send + Sync + 'static {
    let mut reader = Reader {
        blobs,
        pieces: pieces
            .into_iter()
            .filter(|piece| piece.len > 0)
            .map(|piece| (piece, pin.blob(piece.blob)))
            .collect(),
        ahead: None,
    };
    drop(pin);
    reader.advance(None);
    Box::pin(stream::try_unfold(reader, |mut reader| async move {
        let Some(read) = reader.ahead.take() else {
            return Ok(None);
        };
        let (file, bytes) = read.await.map_err(io::Error::other)??;
        reader.advance(file);
        Ok(Some((bytes, reader)))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_crosses_pieces() {
        let pieces = [
            Piece {
                blob: 1,
                start: 10,
                len: 5,
            },
            Piece {
                blob: 2,
                start: 0,
                len: 3,
            },
            Piece {
                blob: 1,
                start: 0,
                len: 4,
            },
        ];
        assert_eq!(slice(&pieces, 0, 12), pieces);
        assert_eq!(
            slice(&pieces, 4, 9),
            [
                Piece {
                    blob: 1,
                    start: 14,
                    len: 1
                },
                Piece {
                    blob: 2,
                    start: 0,
                    len: 3
                },
                Piece {
                    blob: 1,
                    start: 0,
                    len: 1
                },
            ]
        );
        assert_eq!(slice(&pieces, 12, 12), []);
    }
}
