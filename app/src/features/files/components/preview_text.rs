//! The beginning of a text, fetched from storage and read in whatever encoding it is written.

use gloo_net::http::Request;
use js_sys::{Reflect, Uint8Array};
use leptos::web_sys::{ReadableStream, ReadableStreamDefaultReader, RequestCredentials, TextDecoder};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::{
    features::files::{
        detector::ENCODINGS,
        model::encoding::{Written, utf8},
    },
    rest::CallError,
};

/// The most bytes of a text that are fetched.
pub(super) const TEXT_BYTES: usize = 256 * 1024;

/// What there is to read of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Text {
        text: String,
        whole: bool,
        /// Its encoding, unless that is UTF-8.
        encoding: Option<String>,
    },
    NoText,
    /// Its header says that it is compressed, but it cannot be unpacked.
    NotUnpacked,
}

/// `packed` says that the bytes are stored in a content encoding, which the browser removes while it reads. It could
/// not unpack a range of them, so the whole file is asked for.
pub(super) async fn read(url: &str, size: u64, packed: bool) -> Result<Reading, CallError> {
    let mut request = Request::get(url).credentials(RequestCredentials::Omit);
    if !packed {
        request = request.header("Range", &format!("bytes=0-{}", TEXT_BYTES - 1));
    }
    let answer = request.send().await.map_err(|_| CallError::Unreachable)?;
    if !answer.ok() {
        return Err(CallError::Unreadable {
            status: answer.status(),
        });
    }
    let (bytes, ended) = match answer.body() {
        None => (Vec::new(), true),
        Some(stream) => match beginning(&stream).await {
            Some(read) => read,
            None if packed => return Ok(Reading::NotUnpacked),
            None => return Err(CallError::Unreachable),
        },
    };
    let whole = if packed { ended } else { size <= TEXT_BYTES as u64 };
    decode(&bytes, whole).await
}

async fn decode(bytes: &[u8], whole: bool) -> Result<Reading, CallError> {
    let label = match Written::of(bytes, whole) {
        Written::Binary => return Ok(Reading::NoText),
        Written::Utf8 => {
            return Ok(Reading::Text {
                text: utf8(bytes, whole),
                whole,
                encoding: None,
            });
        }
        Written::Utf16Le => "UTF-16LE",
        Written::Utf16Be => "UTF-16BE",
        Written::Older => {
            let guess = ENCODINGS.ready().await.map_err(|_| CallError::Unreachable)?;
            guess(bytes, whole)
        }
    };
    // A copy, because some browsers refuse to decode WASM memory, which can grow.
    let text = TextDecoder::new_with_label(label)
        .and_then(|decoder| decoder.decode_with_buffer_source(&Uint8Array::from(bytes)));
    let Ok(text) = text else {
        return Ok(Reading::NoText);
    };
    Ok(Reading::Text {
        text,
        whole,
        encoding: Some(label.to_owned()),
    })
}

/// At most `TEXT_BYTES` of the stream, and whether they are all of it. `None` when the stream breaks off.
async fn beginning(stream: &ReadableStream) -> Option<(Vec<u8>, bool)> {
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    while bytes.len() < TEXT_BYTES {
        let read = JsFuture::from(reader.read()).await.ok()?;
        let field = |name: &str| Reflect::get(&read, &JsValue::from_str(name)).ok();
        if field("done")?.is_truthy() {
            return Some((bytes, true));
        }
        let piece: Uint8Array = field("value")?.dyn_into().ok()?;
        let start = bytes.len();
        bytes.resize(start + piece.length() as usize, 0);
        piece.copy_to(&mut bytes[start..]);
    }
    // Does not wait for the bytes that are still on their way.
    let _ = reader.cancel();
    bytes.truncate(TEXT_BYTES);
    Some((bytes, false))
}
