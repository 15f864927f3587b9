//! Pages that the server renders whole and the browser leaves as they are: forms and lists without a state of their
//! own. They work without script, and add nothing to what a browser must load: their views are compiled for the
//! server only. What a living page adds to them (see [`enhance`]) it adds to all alike.
//!
//! Moving to such a page from within the app shows the body of the same document, fetched, so that uploads under way
//! go on.

pub mod enhance;
#[cfg(feature = "ssr")]
pub mod fields;
#[cfg(feature = "ssr")]
pub mod filled;
#[cfg(feature = "ssr")]
pub mod parts;
mod visit;

#[cfg(feature = "ssr")]
use std::sync::{Arc, Mutex};

use leptos::{either::Either, prelude::*};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
pub use filled::Filled;
use visit::Visit;

use crate::{
    features::auth::viewer::use_viewer,
    layout::{Frame, not_found::NotFound, page_title::PageTitle},
};

/// What the server answers a request with, given by context while it renders the document around it.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct ServedPage {
    title: String,
    /// Empty once it has been rendered.
    body: Arc<Mutex<Option<ViewFnOnce>>>,
}

#[cfg(feature = "ssr")]
impl ServedPage {
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

/// How a page came to be on screen. The same on the server and after hydration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Arrival {
    /// With the document, under this title.
    Rendered(String),
    /// With a document that says that there is nothing at its address.
    Missing,
    /// From another page of the app: its body is yet to be fetched.
    Moved,
}

/// A page for those who are not signed in: no navigation around it.
#[component]
pub fn EntrancePage() -> impl IntoView {
    view! { <Served body=|visit| view! { <Entrance visit /> }.into_any() /> }
}

/// A page inside the frame of those who are signed in.
#[component]
pub fn MemberPage() -> impl IntoView {
    view! {
        <Served body=|visit| match use_viewer() {
            Some(viewer) => {
                view! {
                    <Frame viewer top=|| view! { <span class="top-fill"></span> }>
                        <div class="loading-bar" class:loading-bar-on=move || visit.pending.get() aria-hidden="true"></div>
                        <div class="served pane" inner_html=move || visit.html.get()></div>
                    </Frame>
                }
                    .into_any()
            }
            None => view! { <Entrance visit /> }.into_any(),
        } />
    }
}

#[component]
fn Served(body: fn(Visit) -> AnyView) -> impl IntoView {
    let arrival = SharedValue::new(arrival).into_inner();
    if arrival == Arrival::Missing {
        return Either::Left(view! { <NotFound /> });
    }
    let visit = Visit::new(match arrival {
        Arrival::Rendered(title) => Some(title),
        Arrival::Missing | Arrival::Moved => None,
    });
    Either::Right(view! {
        <PageTitle text=move || visit.title.get() />
        {body(visit)}
    })
}

/// The server's HTML, which a browser that hydrates leaves untouched.
#[component]
fn Entrance(visit: Visit) -> impl IntoView {
    view! { <main id="content" class="served entrance" inner_html=move || visit.html.get()></main> }
}

#[cfg(feature = "ssr")]
fn arrival() -> Arrival {
    use_context::<ServedPage>().map_or(Arrival::Missing, |page| Arrival::Rendered(page.title))
}

/// Only asked where the document did not say it.
#[cfg(not(feature = "ssr"))]
fn arrival() -> Arrival {
    Arrival::Moved
}

/// What the body holds at first.
#[cfg(feature = "ssr")]
fn first_html() -> String {
    use_context::<ServedPage>()
        .map(|page| page.html())
        .unwrap_or_default()
}

/// A browser that hydrates does not look at it.
#[cfg(not(feature = "ssr"))]
fn first_html() -> String {
    String::new()
}
