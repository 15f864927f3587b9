//! The panel's head: the whole queue in one line, and the commands for all of it.

use leptos::prelude::*;

use super::words;
use crate::{
    features::uploads::{
        board::use_board,
        engine::{Event, FileProgress, Scope},
        snapshot::Snapshot,
    },
    format,
    ui::{Button, Dialog, IconButton, Progress, Variant, icon::Name},
};

#[component]
pub fn Summary(expanded: RwSignal<bool>) -> impl IntoView {
    let board = use_board();
    let (snapshot, unfinished) = (board.snapshot(), board.unfinished());
    let heading = Memo::new(move |_| snapshot.with(|s| words::heading(s, unfinished.with(Vec::len))));
    let pace = Memo::new(move |_| snapshot.with(|s| words::pace(&s.totals, s.busy)));
    let any = Memo::new(move |_| !snapshot.with(Snapshot::is_empty));
    let busy = Memo::new(move |_| snapshot.with(|s| s.busy));
    let failed = Memo::new(move |_| snapshot.with(|s| s.totals.failed));
    let paused = Memo::new(move |_| {
        snapshot.with(|s| {
            s.totals.paused > 0 && s.totals.paused + s.totals.done + s.totals.failed >= s.totals.files
        })
    });
    let fraction = Signal::derive(move || {
        snapshot.with(|s| {
            let progress = FileProgress {
                sent: s.totals.sent,
                size: s.totals.size,
            };
            Some(progress.fraction())
        })
    });
    let confirming = RwSignal::new(false);
    let command = move |event: fn(Scope) -> Event| move |_| board.command(event(Scope::All));
    view! {
        <header class="uploads-head">
            <div class="uploads-title">
                <h2>
                    <button
                        type="button"
                        class="uploads-toggle"
                        aria-expanded=move || expanded.get().to_string()
                        aria-controls="uploads-body"
                        on:click=move |_| expanded.update(|expanded| *expanded = !*expanded)
                    >
                        {move || heading.get()}
                    </button>
                </h2>
                <Show when=move || any.get()>
                    <p class="uploads-pace">{move || pace.get()}</p>
                </Show>
            </div>
            <div class="uploads-commands">
                <Show when=move || { failed.get() > 0 }>
                    <IconButton icon=Name::Refresh label="Retry all that failed" on_press=command(Event::Retried) />
                </Show>
                <Show when=move || busy.get()>
                    <Show
                        when=move || paused.get()
                        fallback=move || view! { <IconButton icon=Name::Pause label="Pause all" on_press=command(Event::Paused) /> }
                    >
                        <IconButton icon=Name::Play label="Resume all" on_press=command(Event::Resumed) />
                    </Show>
                    <IconButton icon=Name::Close label="Cancel all" on_press=move |_| confirming.set(true) />
                </Show>
                <Show when=move || any.get() && !busy.get()>
                    <IconButton
                        icon=Name::Close
                        label="Clear the list"
                        on_press=move |_| {
                            board.command(Event::Cancelled(Scope::All));
                            board.command(Event::Tidied);
                        }
                    />
                </Show>
            </div>
            <Show when=move || busy.get()>
                <Progress label="All uploads" fraction />
            </Show>
        </header>
        <Show when=move || confirming.get()>
            <CancelAll on_close=move |()| confirming.set(false) />
        </Show>
    }
}

#[component]
fn CancelAll(#[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let board = use_board();
    let left = board
        .snapshot()
        .with_untracked(|s| s.totals.files - s.totals.done);
    let done = board.snapshot().with_untracked(|s| s.totals.done);
    view! {
        <Dialog title="Cancel all uploads?" on_close>
            <p>
                {format!(
                    "{} will not be uploaded, and what storage has of them is thrown away. {} already uploaded stay.",
                    format::count(left as u64, "file", "files"),
                    format::count(done as u64, "file", "files"),
                )}
            </p>
            <footer class="dialog-actions">
                <Button on_press=move |_| on_close.run(())>"Keep uploading"</Button>
                <Button
                    variant=Variant::Danger
                    on_press=move |_| {
                        board.command(Event::Cancelled(Scope::All));
                        on_close.run(());
                    }
                >
                    "Cancel uploads"
                </Button>
            </footer>
        </Dialog>
    }
}
