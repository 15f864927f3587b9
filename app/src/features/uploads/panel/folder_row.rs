//! A picked folder in the panel: its files in sum.

use leptos::prelude::*;

use super::words;
use crate::{
    features::uploads::{
        board::use_board,
        engine::{Event, Scope},
    },
    format,
    ui::{Icon, IconButton, Progress, icon::Name},
};

#[component]
pub fn FolderRowView(name: String) -> impl IntoView {
    let board = use_board();
    let snapshot = board.snapshot();
    let own = StoredValue::new(name.clone());
    let row = Memo::new(move |_| {
        snapshot
            .with(|s| {
                s.folders
                    .iter()
                    .find(|row| own.with_value(|name| row.name == *name))
                    .cloned()
            })
            .unwrap_or_default()
    });
    let text = Memo::new(move |_| row.with(words::folder));
    let open = Memo::new(move |_| row.with(|row| row.open > 0));
    let paused = Memo::new(move |_| row.with(|row| row.paused == row.open));
    let failed = Memo::new(move |_| row.with(|row| row.failed > 0));
    let fraction = Signal::derive(move || Some(row.with(|row| row.progress.fraction())));
    let command =
        move |event: fn(Scope) -> Event| move |_| board.command(event(Scope::Folder(own.get_value())));
    let label = format::visible(&name).into_owned();
    let (title, shown) = (label.clone(), label.clone());
    let label = StoredValue::new(label);
    let labelled = move |verb: &str| format!("{verb} {}", label.get_value());
    view! {
        <li class="upload" data-state=move || if open.get() { "open" } else { "done" }>
            <span class="upload-icon">
                <Icon name=Name::Folder />
            </span>
            <div class="upload-text">
                <span class="upload-name" title=title>
                    <bdi>{shown}</bdi>
                    "/"
                </span>
                <span class="upload-status">{move || text.get()}</span>
                <Show when=move || open.get()>
                    <Progress label=labelled("Upload of") fraction />
                </Show>
            </div>
            <div class="upload-commands">
                <Show when=move || failed.get()>
                    <IconButton icon=Name::Refresh label=labelled("Retry") on_press=command(Event::Retried) />
                </Show>
                <Show when=move || open.get()>
                    <Show
                        when=move || paused.get()
                        fallback=move || view! { <IconButton icon=Name::Pause label=labelled("Pause") on_press=command(Event::Paused) /> }
                    >
                        <IconButton icon=Name::Play label=labelled("Resume") on_press=command(Event::Resumed) />
                    </Show>
                    <IconButton icon=Name::Close label=labelled("Cancel") on_press=command(Event::Cancelled) />
                </Show>
            </div>
        </li>
    }
}
