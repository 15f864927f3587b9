//! What the window and the history call a page.

use leptos::prelude::*;
use leptos_meta::Title;

/// The document's title, without its end.
///
/// On the server it is settled here, while the page is rendered. The document's head is written afterwards, on a
/// thread where the signals of another request may be at hand: read there, a title would be missing, or another
/// person's.
#[component]
pub fn PageTitle<F>(text: F) -> impl IntoView
where
    F: Fn() -> String + Send + Sync + 'static,
{
    #[cfg(feature = "ssr")]
    let text = {
        let text = text();
        move || text.clone()
    };
    view! { <Title text /> }
}
