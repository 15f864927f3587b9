//! Where the panel stands in every page. The panel itself comes once the page answers, and if it could not be had
//! then, when somebody wants to upload.

use leptos::{prelude::*, task::spawn_local};

use super::{part::UPLOADS, use_uploads};
use crate::{features::auth::viewer::use_viewer, ui::toast::use_toasts};

/// To be placed once, outside the pages, so that uploads stay in sight wherever one goes. Empty for somebody who is
/// not signed in.
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
                    // A second one would not be the driver's.
                    Ok(_) if panel.with_untracked(Option::is_some) => {}
                    Ok(part) => panel.set(Some(part)),
                    Err(missing) if asked => toasts.error(missing.to_string()),
                    // Nobody has missed it yet.
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
