//! What the window and the history call a page.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::format::visible;

/// What every document's title ends with.
pub const TITLE_END: &str = " · Forepeak";

/// The document's title, without its end.
///
/// On the server it is settled here, while the page is rendered. The document's head is written afterwards, on a
/// thread where the signals of another request may be at hand: read there, a title would be missing, or another
/// person's.
#[component]
#[expect(clippy::disallowed_methods, reason = "`TitleFormat` escapes it")]
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

/// Makes whole titles of what the pages say. Stands once, around all pages.
#[component]
#[expect(clippy::disallowed_methods, reason = "this is where titles are escaped")]
pub fn TitleFormat() -> impl IntoView {
    view! { <Title formatter=written /> }
}

fn whole(text: &str) -> String {
    if text.is_empty() {
        "Forepeak".to_owned()
    } else {
        format!("{}{TITLE_END}", visible(text))
    }
}

/// As markup: `leptos_meta` puts a title into the document's head as it is given (security 45).
#[cfg(feature = "ssr")]
fn written(text: String) -> String {
    whole(&text).to_html()
}

/// As text, which is what `document.title` takes.
#[cfg(not(feature = "ssr"))]
fn written(text: String) -> String {
    whole(&text)
}
