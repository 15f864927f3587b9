//! Following a link to a server-rendered page within the app.

use gloo_net::http::Request;
use leptos::{
    prelude::*,
    task::spawn_local,
    web_sys::{DomParser, SupportedType},
};
use leptos_router::hooks::use_location;

use super::{enhance, first_html};
use crate::{
    layout::page_title::TITLE_END,
    navigation::{Revisits, here},
};

/// What of the page is on screen.
#[derive(Clone, Copy)]
pub(super) struct Visit {
    pub(super) title: RwSignal<String>,
    pub(super) html: RwSignal<String>,
    /// The next page is on its way; this one stays until it is there.
    pub(super) pending: RwSignal<bool>,
}

impl Visit {
    /// `title` is absent where the page did not come with the document.
    pub(super) fn new(title: Option<String>) -> Self {
        let came_along = title.is_some();
        let visit = Self {
            title: RwSignal::new(title.unwrap_or_default()),
            html: RwSignal::new(first_html()),
            pending: RwSignal::new(false),
        };
        let location = use_location();
        let again = expect_context::<Revisits>();
        Effect::new(move |shown: Option<(String, u32)>| {
            let again = again.count();
            let search = location.search.get();
            let search = search.trim_start_matches('?');
            let mark = if search.is_empty() { "" } else { "?" };
            let address = format!("{}{mark}{search}", location.pathname.get());
            match shown {
                // What came with the document may be the answer to a form: it must not be asked for again, however
                // the router spells its address at first.
                None if came_along => {
                    enhance::settle();
                    (here().unwrap_or(address), again)
                }
                Some(shown) if shown == (address.clone(), again) => shown,
                None | Some(_) => {
                    visit.go(address.clone());
                    (address, again)
                }
            }
        });
        visit
    }

    fn go(self, address: String) {
        self.pending.set(true);
        spawn_local(async move {
            let fetched = fetch(&address).await;
            // The reader has moved on meanwhile.
            if self.pending.try_set(false).is_some() {
                return;
            }
            let Some((title, html)) = fetched else {
                // Whatever came instead (the sign-in page, no network), the browser itself shows best.
                let _ = window().location().set_href(&address);
                return;
            };
            self.title.set(title);
            self.html.set(html);
            // The new body is in the page after the effects of this turn.
            crate::browser::pause(0).await;
            enhance::settle();
        });
    }
}

/// Title and body of the page at that address; `None` for whatever is no such page.
async fn fetch(address: &str) -> Option<(String, String)> {
    let request = Request::get(address).header("Accept", "text/html");
    let response = request.send().await.ok()?;
    if response.redirected() || !response.ok() {
        return None;
    }
    // A document of its own: nothing in it runs, and nothing that it names is loaded.
    let parser = DomParser::new().ok()?;
    let text = response.text().await.ok()?;
    let page = parser.parse_from_string(&text, SupportedType::TextHtml).ok()?;
    let title = page.title();
    let title = title.strip_suffix(TITLE_END).unwrap_or(&title).to_owned();
    let body = page.query_selector(".server-rendered").ok().flatten()?;
    Some((title, body.inner_html()))
}
