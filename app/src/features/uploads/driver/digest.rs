//! Checksums of ranges of a file. Storage compares every one of them.
//!
//! A small file gets SHA-256 by `crypto.subtle`, off the main thread: it also tells whether the very file is there
//! already. A part of a large file gets CRC-32C in WASM, piece by piece as it is read: a fraction of the work on
//! both sides, without holding the part in memory. That is the only kind where `crypto.subtle` is missing, which is
//! to say on pages that came over plain HTTP from another machine.

use std::ops::Range;

use js_sys::{ArrayBuffer, Reflect, Uint8Array};
use leptos::web_sys::{self, Blob, File};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::{crc32c::Crc32c, pieces::Pieces};
use crate::{
    contract::{Checksum, ChecksumAlgorithm},
    features::uploads::engine::ReadError,
};

/// The kind of checksum that this page can compute for a small file.
#[must_use]
pub(super) fn algorithm() -> ChecksumAlgorithm {
    if subtle().is_some() {
        ChecksumAlgorithm::Sha256
    } else {
        ChecksumAlgorithm::Crc32C
    }
}

/// # Errors
/// When the file cannot be read any more.
pub(super) async fn digest(
    file: &File,
    range: Range<u64>,
    algorithm: ChecksumAlgorithm,
) -> Result<Checksum, ReadError> {
    let blob = slice(file, &range).ok_or(ReadError)?;
    let digest = match (algorithm, subtle()) {
        (ChecksumAlgorithm::Sha256, Some(subtle)) => {
            let bytes = read(&blob).await?;
            let digest = subtle
                .digest_with_str_and_buffer_source("SHA-256", &bytes)
                .map_err(|_| ReadError)?;
            let digest = JsFuture::from(digest).await.map_err(|_| ReadError)?;
            Uint8Array::new(&digest).to_vec()
        }
        (ChecksumAlgorithm::Crc32C, _) => crc32c(blob, range.end - range.start).await?.to_vec(),
        // The engine asks for what `algorithm` answered, or for what an older upload began with.
        _ => return Err(ReadError),
    };
    Ok(Checksum {
        algorithm,
        value: base64(&digest),
    })
}

async fn crc32c(blob: Blob, size: u64) -> Result<[u8; 4], ReadError> {
    let mut crc = Crc32c::default();
    let mut pieces = Pieces::of(blob, size);
    while let Some(piece) = pieces.next().await? {
        crc.update(piece);
    }
    Ok(crc.finish())
}

async fn read(blob: &Blob) -> Result<ArrayBuffer, ReadError> {
    let buffer = JsFuture::from(blob.array_buffer()).await.map_err(|_| ReadError)?;
    buffer.dyn_into().map_err(|_| ReadError)
}

/// A part of the file that is not read before it is used.
#[expect(clippy::cast_precision_loss, reason = "no file is longer than 2^53 bytes")]
pub(super) fn slice(file: &File, range: &Range<u64>) -> Option<Blob> {
    file.slice_with_f64_and_f64(range.start as f64, range.end as f64)
        .ok()
}

/// Absent outside secure contexts, whatever its type says.
fn subtle() -> Option<web_sys::SubtleCrypto> {
    let crypto = Reflect::get(&leptos::prelude::window(), &"crypto".into()).ok()?;
    let subtle = Reflect::get(&crypto, &"subtle".into())
        .ok()
        .filter(JsValue::is_object)?;
    subtle.dyn_into().ok()
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word = group
            .iter()
            .enumerate()
            .fold(0_u32, |word, (i, byte)| word | u32::from(*byte) << (16 - 8 * i));
        for i in 0..4 {
            if i <= group.len() {
                let sextet = word >> (18 - 6 * i) & 63;
                text.push(char::from(ALPHABET[sextet as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xff, 0xfe, 0xfd]), "//79");
    }
}
