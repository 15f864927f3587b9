//! The WASM entry point: hydrates what the server rendered, and nothing else.

// A page's type nests as deep as its elements, and the whole app is one type here.
#![recursion_limit = "512"]

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(async {
        let location = leptos::prelude::window().location();
        let (pathname, search) = (location.pathname(), location.search());
        let arrived = app::deferred::arrive(&pathname.unwrap_or_default(), &search.unwrap_or_default()).await;
        // Without what the server has drawn there is nothing to hydrate; the page stays as good as one without script.
        if arrived.is_ok() {
            leptos::mount::hydrate_body(app::App);
            // From here on the page answers to clicks; browser tests wait for it.
            let _ = leptos::prelude::document()
                .document_element()
                .map(|html| html.set_attribute("data-hydrated", ""));
        }
    });
}
