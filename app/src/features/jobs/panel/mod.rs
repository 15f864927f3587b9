//! The panel of jobs, beside the uploads. It appears when a job takes longer than a moment or somebody asks for recent
//! changes, and stays until it is cleared.

use leptos::prelude::*;

pub mod row;

use row::JobRow;

use super::{board::Board, feed::Feed, handle::Jobs, words};
use crate::ui::{IconButton, icon::Name, toast::use_toasts};

#[component]
pub fn Panel(jobs: Jobs) -> impl IntoView {
    let feed = Feed::start(jobs, use_toasts());
    let shown = Memo::new(move |_| feed.board.with(Board::shown));
    let any = Memo::new(move |_| !shown.with(Vec::is_empty));
    let open = Memo::new(move |_| feed.board.with(Board::shown_open));
    let expanded = RwSignal::new(true);
    // An empty history says so, if somebody asked for it.
    let asked = RwSignal::new(false);
    Effect::new(move |_| {
        if jobs.history().get() > 0 {
            asked.set(true);
            expanded.set(true);
        }
    });
    let clear = move |_| {
        asked.set(false);
        feed.clear();
    };
    view! {
        <Show when=move || any.get() || asked.get()>
            <section class="uploads jobs" class:uploads-folded=move || !expanded.get() aria-label="Changes">
                <header class="uploads-head">
                    <div class="uploads-title">
                        <h2>
                            <button
                                type="button"
                                class="uploads-toggle"
                                aria-expanded=move || expanded.get().to_string()
                                aria-controls="jobs-body"
                                on:click=move |_| expanded.update(|expanded| *expanded = !*expanded)
                            >
                                {move || words::heading(open.get())}
                            </button>
                        </h2>
                    </div>
                    <div class="uploads-commands">
                        <Show when=move || { shown.with(Vec::len) > open.get() || !any.get() }>
                            <IconButton icon=Name::Close label="Clear the list of changes" on_press=clear />
                        </Show>
                    </div>
                </header>
                <div id="jobs-body" class="uploads-body" tabindex="-1" hidden=move || !expanded.get()>
                    <Show when=move || !any.get()>
                        <p class="uploads-more">"Nothing was moved, copied, deleted or restored within the last week."</p>
                    </Show>
                    <ul class="uploads-list">
                        <For each=move || shown.get() key=|id| *id let:id>
                            <JobRow feed id />
                        </For>
                    </ul>
                </div>
            </section>
        </Show>
    }
}
