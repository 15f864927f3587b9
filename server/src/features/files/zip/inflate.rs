//! The bytes of one entry, as they come: no more of them than the directory says, and of the checksum that it says.

use bytes::Bytes;
use flate2::{Decompress, FlushDecompress, Status};

use super::read::Method;

const CHUNK: usize = 64 * 1024;

/// An entry whose bytes are not those that its archive says they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file in the archive is damaged")]
pub(in super::super) struct Damaged;

pub(in super::super) struct Unpacking {
    inflater: Option<Decompress>,
    has_ended: bool,
    /// Bytes that are still to come out.
    left: u64,
    expected_crc: u32,
    crc: crc32fast::Hasher,
}

impl Unpacking {
    /// Of `size` bytes with this CRC.
    pub(in super::super) fn new(method: Method, size: u64, crc: u32) -> Self {
        Self {
            inflater: (method == Method::Deflated).then(|| Decompress::new(false)),
            has_ended: method == Method::Stored,
            left: size,
            expected_crc: crc,
            crc: crc32fast::Hasher::new(),
        }
    }

    /// What comes out of the rest of `input`, a chunk at a time; an empty chunk when it needs more.
    pub(in super::super) fn take(&mut self, input: &mut Bytes) -> Result<Bytes, Damaged> {
        let Some(inflater) = &mut self.inflater else {
            return self.checked(std::mem::take(input));
        };
        loop {
            if self.has_ended {
                // Bytes behind the end of the stream belong to nothing.
                return if input.is_empty() {
                    Ok(Bytes::new())
                } else {
                    Err(Damaged)
                };
            }
            let mut output = Vec::with_capacity(CHUNK);
            let before = inflater.total_in();
            let status = inflater
                .decompress_vec(input, &mut output, FlushDecompress::None)
                .map_err(|_| Damaged)?;
            let read = usize::try_from(inflater.total_in() - before).map_err(|_| Damaged)?;
            let _ = input.split_to(read.min(input.len()));
            self.has_ended = status == Status::StreamEnd;
            if !output.is_empty() {
                return self.checked(output.into());
            }
            if read == 0 && !self.has_ended {
                return if input.is_empty() {
                    Ok(Bytes::new())
                } else {
                    Err(Damaged)
                };
            }
        }
    }

    fn checked(&mut self, output: Bytes) -> Result<Bytes, Damaged> {
        self.left = self.left.checked_sub(output.len() as u64).ok_or(Damaged)?;
        self.crc.update(&output);
        Ok(output)
    }

    /// After the last input.
    pub(in super::super) fn finish(self) -> Result<(), Damaged> {
        if self.has_ended && self.left == 0 && self.crc.finalize() == self.expected_crc {
            Ok(())
        } else {
            Err(Damaged)
        }
    }
}
