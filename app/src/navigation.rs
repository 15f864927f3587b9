//! Moving between pages in the browser without reloading.
//!
//! The router decodes and normalises the paths it is given (`%25` becomes `%`, a closing `//` becomes `/`), which
//! would lead to other folders than the link says. Whole addresses it takes as they are; these functions give it
//! nothing else.

use leptos::{prelude::*, web_sys};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use wasm_bindgen::JsCast;

use crate::routes;

/// Counts the navigations to the address that is open already. The router ignores them, but a page that shows the
/// answer to a form must load its address again.
#[derive(Clone, Copy)]
pub struct Revisits(RwSignal<u32>);

impl Revisits {
    /// The number so far; an effect that reads it runs again at the next one.
    #[must_use]
    pub fn count(self) -> u32 {
        self.0.get()
    }
}

/// To be called once, around the router.
pub fn provide_revisits() {
    provide_context(Revisits(RwSignal::new(0)));
}

/// Goes to a path made by [`routes`]; `replace` leaves no entry in the history.
#[derive(Clone, Copy)]
pub struct Navigator {
    navigate: Callback<(String, bool)>,
    revisits: Revisits,
}

impl Navigator {
    pub fn to(self, path: impl Into<String>) {
        let path = path.into();
        if here().as_ref() == Some(&path) {
            self.revisits.0.update(|count| *count += 1);
        } else {
            self.navigate.run((path, false));
        }
    }

    pub fn replace(self, path: impl Into<String>) {
        self.navigate.run((path.into(), true));
    }
}

/// Path and query of the document, as the browser has them.
#[must_use]
pub fn here() -> Option<String> {
    let location = window().location();
    Some(format!(
        "{}{}",
        location.pathname().ok()?,
        location.search().ok()?
    ))
}

/// To be called while a component inside the router is built.
#[must_use]
pub fn use_navigator() -> Navigator {
    let navigate = use_navigate();
    let navigate = Callback::new(move |(path, replace): (String, bool)| {
        let Ok(origin) = window().location().origin() else {
            return;
        };
        let options = NavigateOptions {
            replace,
            scroll: false,
            resolve: false,
            ..NavigateOptions::default()
        };
        navigate(&format!("{origin}{path}"), options);
    });
    let revisits = expect_context();
    Navigator { navigate, revisits }
}

/// Whether this document shows what is at the address. A bucket is a document of its own: its policy names where its bytes
/// are, and what is under way in one is not mistaken for what is in another.
fn is_of_this_document(path: &str) -> bool {
    let Some((drive, _)) = routes::folder_at(path) else {
        return routes::is_member_page(path);
    };
    let here = window().location().pathname().unwrap_or_default();
    let shown = routes::folder_at(&here).map(|(shown, _)| shown);
    shown.unwrap_or_default().bucket() == drive.bucket()
}

/// Follows a plain click on a link to a folder, or to settings and administration, without leaving the page, so that
/// uploads go on; leaves every other click alone.
pub fn follow_link(event: &web_sys::MouseEvent, go: Navigator) {
    if event.default_prevented()
        || event.button() != 0
        || event.meta_key()
        || event.ctrl_key()
        || event.shift_key()
        || event.alt_key()
    {
        return;
    }
    let link = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .and_then(|element| element.closest("a[href]").ok().flatten())
        .and_then(|element| element.dyn_into::<web_sys::HtmlAnchorElement>().ok());
    let Some(link) = link else { return };
    let Ok(origin) = window().location().origin() else {
        return;
    };
    let path = link.pathname();
    if link.origin() != origin
        || !is_of_this_document(&path)
        || !link.target().is_empty()
        || link.has_attribute("download")
        || link.rel().split(' ').any(|word| word == "external")
    {
        return;
    }
    event.prevent_default();
    // On a phone the navigation lies over the page.
    if let Some(over) = link.closest("[popover]").ok().flatten()
        && let Ok(over) = over.dyn_into::<web_sys::HtmlElement>()
    {
        let _ = over.hide_popover();
    }
    go.to(format!("{path}{}", link.search()));
}
