//! One PUT to storage. `XMLHttpRequest`, because `fetch` does not tell how much is out.

use std::ops::Range;

use leptos::web_sys::{self, File, ProgressEvent, XmlHttpRequest};
use wasm_bindgen::{JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

use super::digest::slice;
use crate::features::uploads::engine::{Receipt, SendError};

/// Breaks the transfer off when it is dropped; nothing is reported then.
pub(super) struct Transfer {
    xhr: XmlHttpRequest,
    _progress: Closure<dyn FnMut(ProgressEvent)>,
    _end: Closure<dyn FnMut()>,
}

impl Drop for Transfer {
    fn drop(&mut self) {
        self.xhr.set_onloadend(None);
        if let Ok(upload) = self.xhr.upload() {
            upload.set_onprogress(None);
        }
        // Does nothing to a request that has ended.
        let _ = self.xhr.abort();
    }
}

/// Headers that browsers set themselves and let nobody else set.
const BROWSERS_OWN: [&str; 2] = ["host", "content-length"];

/// Starts the PUT. `ended` runs once.
pub(super) fn put(
    file: &File,
    range: &Range<u64>,
    url: &str,
    headers: &[(String, String)],
    progressed: impl Fn(u64) + 'static,
    ended: impl Fn(Result<Receipt, SendError>) + Clone + 'static,
) -> Result<Transfer, SendError> {
    let blob = body(file, range).ok_or(SendError::Unreadable)?;
    let xhr = XmlHttpRequest::new().map_err(|_| SendError::Network)?;
    xhr.open_with_async("PUT", url, true)
        .map_err(|_| SendError::Network)?;
    for (name, value) in headers {
        if !BROWSERS_OWN.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            xhr.set_request_header(name, value)
                .map_err(|_| SendError::Network)?;
        }
    }
    let progress = Closure::new(move |event: ProgressEvent| progressed(whole(event.loaded())));
    if let Ok(upload) = xhr.upload() {
        upload.set_onprogress(Some(wasm_bindgen::JsCast::unchecked_ref(progress.as_ref())));
    }
    let end = {
        let (xhr, blob) = (xhr.clone(), blob.clone());
        Closure::new(move || {
            let (outcome, ended, blob) = (outcome(&xhr), ended.clone(), blob.clone());
            // Not from within the request's own callback: whoever hears of it drops the request.
            leptos::task::spawn_local(async move {
                ended(match outcome {
                    Err(SendError::Network) if !is_readable(&blob).await => Err(SendError::Unreadable),
                    outcome => outcome,
                });
            });
        })
    };
    xhr.set_onloadend(Some(wasm_bindgen::JsCast::unchecked_ref(end.as_ref())));
    xhr.send_with_opt_blob(Some(&blob))
        .map_err(|_| SendError::Network)?;
    Ok(Transfer {
        xhr,
        _progress: progress,
        _end: end,
    })
}

/// A whole file goes as the file that it is: Chromium hands its path to the process that sends, while the bytes of
/// a slice pass through a pipe of their own, which takes two thirds longer for a small file.
fn body(file: &File, range: &Range<u64>) -> Option<web_sys::Blob> {
    if range.start == 0 && range.end == whole(file.size()) {
        return Some(file.clone().into());
    }
    slice(file, range)
}

fn outcome(xhr: &XmlHttpRequest) -> Result<Receipt, SendError> {
    match xhr.status().unwrap_or(0) {
        0 => Err(SendError::Network),
        200..300 => Ok(Receipt {
            etag: xhr
                .get_response_header("ETag")
                .ok()
                .flatten()
                .map(|etag| etag.trim_matches('"').to_owned()),
        }),
        status => Err(SendError::Status {
            status,
            code: xhr
                .response_text()
                .ok()
                .flatten()
                .and_then(|body| code(&body).map(str::to_owned)),
        }),
    }
}

/// A file that changed on disk breaks the request off just as a dead network does; a look at it tells which.
async fn is_readable(blob: &web_sys::Blob) -> bool {
    let Ok(first) = blob.slice_with_f64_and_f64(0.0, 1.0) else {
        return false;
    };
    JsFuture::from(first.array_buffer())
        .await
        .is_ok_and(|bytes: JsValue| bytes.is_object())
}

/// The `Code` of S3's XML error.
fn code(body: &str) -> Option<&str> {
    let (_, rest) = body.split_once("<Code>")?;
    rest.split_once("</Code>").map(|(code, _)| code)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of bytes, below 2^53"
)]
fn whole(loaded: f64) -> u64 {
    loaded as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_read_from_storages_xml() {
        let body = "<?xml version=\"1.0\"?><Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>";
        assert_eq!(code(body), Some("NoSuchUpload"));
        assert_eq!(code("<html>"), None);
    }
}
