//! The upload panel: docked at the foot of every page, there as long as there is something to say.

use leptos::prelude::*;

pub mod announcer;
pub mod conflict_dialog;
pub mod drop_zone;
pub mod file_row;
pub mod folder_row;
pub mod menu;
pub mod renewal_dialog;
pub mod summary;
pub mod unfinished_row;
mod words;

use announcer::Announcer;
use conflict_dialog::ConflictDialog;
pub use drop_zone::DropZone;
use file_row::FileRowView;
use folder_row::FolderRowView;
pub use menu::UploadMenu;
use renewal_dialog::RenewalDialog;
use summary::Summary;
use unfinished_row::UnfinishedRowView;

use super::{
    Uploads,
    board::{provide_board, use_board},
    driver,
    snapshot::Snapshot,
};
use crate::{
    format,
    ui::{Alert, Severity, toast::use_toasts},
};

/// Starts the driver for the user of that id.
#[component]
pub fn Panel(user: String, uploads: Uploads) -> impl IntoView {
    let board = provide_board();
    driver::start(user, board, uploads, use_toasts());
    let (snapshot, unfinished) = (board.snapshot(), board.unfinished());
    let shown = Memo::new(move |_| !snapshot.with(Snapshot::is_empty) || !unfinished.with(Vec::is_empty));
    let expanded = RwSignal::new(true);
    view! {
        <Announcer />
        <Show when=move || shown.get()>
            <section class="uploads" class:uploads-folded=move || !expanded.get() aria-label="Uploads">
                <Summary expanded />
                <div id="uploads-body" class="uploads-body" hidden=move || !expanded.get()>
                    <Notices />
                    <List />
                </div>
            </section>
        </Show>
        <ConflictDialog />
        <RenewalDialog />
    }
}

/// What concerns all files at once.
#[component]
fn Notices() -> impl IntoView {
    let snapshot = use_board().snapshot();
    let offline = Memo::new(move |_| snapshot.with(|s| s.offline));
    view! {
        <Show when=move || offline.get()>
            <Alert severity=Severity::Warning>
                "You are offline. Nothing is lost: uploads go on by themselves when the network is back."
            </Alert>
        </Show>
    }
}

#[component]
fn List() -> impl IntoView {
    let board = use_board();
    let snapshot = board.snapshot();
    let folders = Memo::new(move |_| {
        snapshot.with(|s| {
            s.folders
                .iter()
                .map(|folder| folder.name.clone())
                .collect::<Vec<_>>()
        })
    });
    let files = Memo::new(move |_| snapshot.with(|s| s.rows.iter().map(|row| row.id).collect::<Vec<_>>()));
    let more = Memo::new(move |_| snapshot.with(|s| s.more));
    view! {
        <ul class="uploads-list">
            <For each=move || board.unfinished().get() key=|upload| (upload.upload_id.clone(), upload.stored, upload.can_reopen) let:upload>
                <UnfinishedRowView upload />
            </For>
            <For each=move || folders.get() key=Clone::clone let:name>
                <FolderRowView name />
            </For>
            <For each=move || files.get() key=|id| *id let:id>
                <FileRowView id />
            </For>
            <Show when=move || { more.get() > 0 }>
                <li class="uploads-more">{move || format!("and {} more", format::count(more.get() as u64, "file", "files"))}</li>
            </Show>
        </ul>
    }
}
