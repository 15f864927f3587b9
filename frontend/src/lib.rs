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
        let (pathname, search) = (pathname.unwrap_or_default(), search.unwrap_or_default());
        let fetched = app::features::files::chunks::fetch_rendered(&pathname, &search).await;
        // Without the chunks the page cannot be hydrated; it still works as it does without script.
        if fetched.is_ok() {
            leptos::mount::hydrate_body(app::App);
            // From here on the page answers to clicks; browser tests wait for it.
            let _ = leptos::prelude::document()
                .document_element()
                .map(|html| html.set_attribute("data-hydrated", ""));
        }
    });
}
