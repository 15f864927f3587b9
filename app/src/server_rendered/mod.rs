//! Pages that the server renders whole and the browser does not hydrate: forms and lists without state of their own.
//! They work without script and add nothing to the first load, because their views are compiled for the server only.
//! [`enhance`] adds the same few improvements to all of them where there is script.
//!
//! A link to such a page from within the app fetches its document and shows the body, so that uploads go on.

#[cfg(feature = "ssr")]
pub mod components;
pub mod enhance;
#[cfg(feature = "ssr")]
pub mod fields;
#[cfg(feature = "ssr")]
pub mod form_state;
mod visit;

#[cfg(feature = "ssr")]
use std::sync::{Arc, Mutex};

use leptos::{either::Either, prelude::*};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
pub use form_state::FormState;
use visit::Visit;

use crate::{
    features::auth::viewer::use_viewer,
    layout::{Frame, not_found::NotFound, page_title::PageTitle},
};

/// The page that answers a request. Given by context while the server renders the document around it.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct ServerRenderedPage {
    title: String,
    /// Empty once it has been rendered.
    body: Arc<Mutex<Option<ViewFnOnce>>>,
}

#[cfg(feature = "ssr")]
impl ServerRenderedPage {
    /// `body` is rendered once; event handlers in it never run.
    pub fn new<V>(title: impl Into<String>, body: impl FnOnce() -> V + Send + 'static) -> Self
    where
        V: IntoView + 'static,
    {
        Self {
            title: title.into(),
            body: Arc::new(Mutex::new(Some(ViewFnOnce::from(move || body().into_any())))),
        }
    }

    fn html(&self) -> String {
        let body = self.body.lock().ok().and_then(|mut body| body.take());
        body.map(|body| body.run().to_html()).unwrap_or_default()
    }
}

/// Where the page's body comes from. The same on the server and after hydration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum PageSource {
    /// The document, which has this title.
    Document(String),
    /// The document says that there is nothing at this address.
    Missing,
    /// A navigation within the app: the body must be fetched.
    Navigation,
}

/// A page for those who are not signed in: no navigation around it.
#[component]
pub fn EntrancePage() -> impl IntoView {
    view! { <ServerRendered body=|visit| view! { <Entrance visit /> }.into_any() /> }
}

/// A page inside the frame of those who are signed in.
#[component]
pub fn MemberPage() -> impl IntoView {
    view! {
        <ServerRendered body=|visit| match use_viewer() {
            Some(viewer) => {
                view! {
                    <Frame viewer top=|| view! { <span class="top-fill"></span> }>
                        <div class="loading-bar" class:loading-bar-on=move || visit.pending.get() aria-hidden="true"></div>
                        <div class="server-rendered pane" inner_html=move || visit.html.get()></div>
                    </Frame>
                }
                    .into_any()
            }
            None => view! { <Entrance visit /> }.into_any(),
        } />
    }
}

#[component]
fn ServerRendered(body: fn(Visit) -> AnyView) -> impl IntoView {
    let source = SharedValue::new(page_source).into_inner();
    if source == PageSource::Missing {
        return Either::Left(view! { <NotFound /> });
    }
    let visit = Visit::new(match source {
        PageSource::Document(title) => Some(title),
        PageSource::Missing | PageSource::Navigation => None,
    });
    Either::Right(view! {
        <PageTitle text=move || visit.title.get() />
        {body(visit)}
    })
}

/// The server's HTML, which a browser that hydrates leaves untouched.
#[component]
fn Entrance(visit: Visit) -> impl IntoView {
    view! { <main id="content" class="server-rendered entrance" inner_html=move || visit.html.get()></main> }
}

#[cfg(feature = "ssr")]
fn page_source() -> PageSource {
    use_context::<ServerRenderedPage>().map_or(PageSource::Missing, |page| PageSource::Document(page.title))
}

/// Called only where the document holds no value.
#[cfg(not(feature = "ssr"))]
fn page_source() -> PageSource {
    PageSource::Navigation
}

/// The body's first content.
#[cfg(feature = "ssr")]
fn first_html() -> String {
    use_context::<ServerRenderedPage>()
        .map(|page| page.html())
        .unwrap_or_default()
}

/// Hydration keeps the server's content and ignores this.
#[cfg(not(feature = "ssr"))]
fn first_html() -> String {
    String::new()
}
