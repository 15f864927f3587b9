//! The place of the jobs' panel in every page. It is loaded after hydration, since jobs may be under way that an
//! earlier page began; if that fails, it is loaded when this page begins one.

use leptos::{prelude::*, task::spawn_local};

use super::{chunk::JOBS, use_jobs};
use crate::{features::auth::viewer::use_viewer, ui::toast::use_toasts};

/// Placed once, outside the pages. Empty for a guest.
#[component]
pub fn JobPanel() -> impl IntoView {
    let (jobs, toasts) = (use_jobs(), use_toasts());
    let panel = RwSignal::new(None);
    if use_viewer().is_some() {
        // Effects run in the browser only, after the page was hydrated.
        Effect::new(move |_| {
            let is_wanted = jobs.any_started() || jobs.history().get() > 0;
            if panel.with_untracked(Option::is_some) {
                return;
            }
            spawn_local(async move {
                match JOBS.ready().await {
                    Ok(_) if panel.with_untracked(Option::is_some) => {}
                    Ok(draw) => panel.set(Some(draw)),
                    Err(missing) if is_wanted => toasts.error(missing.to_string()),
                    Err(_) => {}
                }
            });
        });
    }
    move || panel.get().map(|panel| panel(jobs))
}
