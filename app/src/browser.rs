//! The few things that pages ask of the browser itself. Only ever called from effects and event handlers, which do
//! not run on the server.

use leptos::{prelude::*, web_sys};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Waits without holding up the page. Even 0 lets it paint and answer.
pub async fn pause(milliseconds: i32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        // Without a timer there is nothing to wait for.
        if window()
            .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds)
            .is_err()
        {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    });
    let _ = JsFuture::from(promise).await;
}

/// Milliseconds on a steady clock.
#[must_use]
pub fn steady_now() -> f64 {
    window()
        .performance()
        .map_or(0.0, |performance| performance.now())
}

/// Seconds of the Unix epoch, by the reader's clock.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "the casts of floats saturate")]
pub fn unix_now() -> i64 {
    (js_sys::Date::now() / 1000.0) as i64
}

/// Puts text on the clipboard.
///
/// # Errors
/// When the browser refuses, as it does outside secure contexts: there it has no clipboard to offer at all,
/// whatever its type says.
pub async fn copy(text: &str) -> Result<(), JsValue> {
    let clipboard = js_sys::Reflect::get(&window().navigator(), &"clipboard".into())?;
    let clipboard: web_sys::Clipboard = clipboard.dyn_into()?;
    JsFuture::from(clipboard.write_text(text)).await.map(|_| ())
}

/// Saves what a URL answers as an attachment, without leaving the page.
pub fn save(url: &str) {
    let link = document()
        .create_element("a")
        .ok()
        .and_then(|element| element.dyn_into::<web_sys::HtmlAnchorElement>().ok());
    let (Some(link), Some(body)) = (link, document().body()) else {
        return;
    };
    link.set_href(url);
    link.set_rel("external noreferrer");
    link.set_download("");
    if body.append_child(&link).is_ok() {
        link.click();
        link.remove();
    }
}

/// Changes the address without telling the router: for state that is kept elsewhere and only written down here.
pub fn rewrite_address(path: &str) {
    let Ok(history) = window().history() else { return };
    let state = history.state().unwrap_or(JsValue::NULL);
    // Browsers refuse when it happens too often; the next change writes it again.
    let _ = history.replace_state_with_url(&state, "", Some(path));
}

/// The nearest ancestor of an event's target, itself included, that matches.
#[must_use]
pub fn closest(event: &web_sys::Event, selector: &str) -> Option<web_sys::Element> {
    event
        .target()?
        .dyn_into::<web_sys::Element>()
        .ok()?
        .closest(selector)
        .ok()
        .flatten()
}

/// Whether a key goes into something that is being typed, or into a dialog.
#[must_use]
pub fn is_typing(event: &web_sys::KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|element| {
        element
            .matches("input:not([type=checkbox], [type=radio]), textarea, select, dialog *")
            .unwrap_or(false)
    })
}
