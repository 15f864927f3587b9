//! The bytes of a blob, a piece at a time.
//!
//! Where the browser's streams fill a buffer that is given to them ("BYOB") one buffer goes round, which takes half
//! the time of a fresh one for each piece.

use js_sys::{ArrayBuffer, Function, Object, Promise, Reflect, Uint8Array};
use leptos::web_sys::Blob;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::features::uploads::engine::ReadError;

/// Bytes read at a time: a millisecond's work for a checksum, and they stay in the processor's cache.
const PIECE: u32 = 1024 * 1024;

pub(super) struct Pieces {
    source: Source,
    /// Bytes that are still to come.
    left: u64,
    piece: Vec<u8>,
}

enum Source {
    /// A stream's reader and the buffer that it fills.
    Stream {
        reader: JsValue,
        buffer: ArrayBuffer,
    },
    Slices {
        blob: Blob,
        at: u64,
    },
}

impl Pieces {
    /// `size` is the blob's.
    pub(super) fn of(blob: Blob, size: u64) -> Self {
        let source = match filling_reader(&blob) {
            Some(reader) => Source::Stream {
                reader,
                buffer: ArrayBuffer::new(PIECE),
            },
            None => Source::Slices { blob, at: 0 },
        };
        Self {
            source,
            left: size,
            piece: Vec::new(),
        }
    }

    /// # Errors
    /// When the bytes cannot be read any more, or end early.
    pub(super) async fn next(&mut self) -> Result<Option<&[u8]>, ReadError> {
        if self.left == 0 {
            return Ok(None);
        }
        let bytes = match &mut self.source {
            Source::Stream { reader, buffer } => {
                let bytes = fill(reader, buffer).await.ok_or(ReadError)?;
                *buffer = bytes.buffer().unchecked_into();
                bytes
            }
            Source::Slices { blob, at } => {
                let bytes = slice(blob, *at).await.ok_or(ReadError)?;
                *at += u64::from(bytes.length());
                bytes
            }
        };
        self.left = self
            .left
            .checked_sub(u64::from(bytes.length()))
            .filter(|_| bytes.length() > 0)
            .ok_or(ReadError)?;
        self.piece.resize(bytes.length() as usize, 0);
        bytes.copy_to(&mut self.piece);
        Ok(Some(&self.piece))
    }
}

/// `blob.stream().getReader({ mode: "byob" })`; `None` in browsers whose blobs cannot.
fn filling_reader(blob: &Blob) -> Option<JsValue> {
    let stream = blob.stream();
    let mode = Object::new();
    Reflect::set(&mode, &"mode".into(), &"byob".into()).ok()?;
    method(&stream, "getReader")?.call1(&stream, &mode).ok()
}

/// Reads into the buffer; answers the bytes read, in the same memory.
async fn fill(reader: &JsValue, buffer: &ArrayBuffer) -> Option<Uint8Array> {
    let reading = method(reader, "read")?
        .call1(reader, &Uint8Array::new(buffer))
        .ok()?
        .dyn_into::<Promise>()
        .ok()?;
    let read = JsFuture::from(reading).await.ok()?;
    Reflect::get(&read, &"value".into()).ok()?.dyn_into().ok()
}

#[expect(clippy::cast_precision_loss, reason = "no file is longer than 2^53 bytes")]
async fn slice(blob: &Blob, at: u64) -> Option<Uint8Array> {
    let end = at + u64::from(PIECE);
    let piece = blob.slice_with_f64_and_f64(at as f64, end as f64).ok()?;
    let buffer = JsFuture::from(piece.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer))
}

fn method(object: &JsValue, name: &str) -> Option<Function> {
    Reflect::get(object, &name.into()).ok()?.dyn_into().ok()
}
