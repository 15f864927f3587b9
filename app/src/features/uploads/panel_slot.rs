//! The place of the upload panel in every page. The panel is loaded after hydration; if that fails, it is loaded when
//! the reader starts an upload.

use leptos::{prelude::*, task::spawn_local};

use super::{chunk::UPLOADS, use_uploads};
use crate::{features::auth::viewer::use_viewer, ui::toast::use_toasts};

/// Placed once, outside the pages, so that uploads stay in sight on every page. Empty for a guest.
#[component]
pub fn UploadPanel() -> impl IntoView {
    let (uploads, toasts) = (use_uploads(), use_toasts());
    let panel = RwSignal::new(None);
    let user = use_viewer().map(|viewer| viewer.id.to_string());
    if user.is_some() {
        // Effects run in the browser only, after the page was hydrated.
        Effect::new(move |_| {
            let asked = uploads.wanted().get();
            spawn_local(async move {
                match UPLOADS.ready().await {
                    // The driver draws into the first panel only.
                    Ok(_) if panel.with_untracked(Option::is_some) => {}
                    Ok(draw) => panel.set(Some(draw)),
                    Err(missing) if asked => toasts.error(missing.to_string()),
                    // The reader has not asked for it yet.
                    Err(_) => {}
                }
            });
        });
    }
    move || {
        let panel = panel.get()?;
        Some(panel(user.clone()?, uploads))
    }
}
