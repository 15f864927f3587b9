//! Asks what to do with a file whose place is taken.

use leptos::prelude::*;

use crate::{
    features::uploads::{
        board::use_board,
        engine::{Choice, Event, FileId},
        snapshot::Conflict,
    },
    format,
    ui::{Button, Dialog, Variant},
};

#[component]
pub fn ConflictDialog() -> impl IntoView {
    let board = use_board();
    let snapshot = board.snapshot();
    // Somebody who closed the dialog decides in the list instead, until another file asks.
    let put_off = RwSignal::new(None::<FileId>);
    let asked = Memo::new(move |_| {
        let id = snapshot.with(|s| s.conflict.as_ref().map(|conflict| conflict.id));
        id.filter(|id| put_off.get() != Some(*id))
    });
    view! {
        {move || {
            asked.get()?;
            let conflict = snapshot.with_untracked(|s| s.conflict.clone())?;
            Some(view! { <Question conflict on_close=move |id| put_off.set(Some(id)) /> })
        }}
    }
}

#[component]
fn Question(conflict: Conflict, #[prop(into)] on_close: Callback<FileId>) -> impl IntoView {
    let board = use_board();
    let for_all = RwSignal::new(false);
    let Conflict {
        id,
        name,
        size,
        existing,
        ..
    } = conflict;
    let others = Memo::new(move |_| {
        board
            .snapshot()
            .with(|s| s.conflict.as_ref().map_or(0, |conflict| conflict.others))
    });
    let choose = move |choice: Choice| {
        move |_| {
            board.command(Event::Decided {
                file: id,
                choice,
                for_all: for_all.get_untracked(),
            });
        }
    };
    let there = existing.map_or_else(
        || "Another file of this name arrived while yours was uploading.".to_owned(),
        |existing| {
            let changed = existing
                .last_modified
                .map(|moment| format!(", last changed {}", format::moment::exact(moment)))
                .unwrap_or_default();
            format!(
                "The file that is here has {}{changed}. Yours has {}.",
                format::bytes(existing.size),
                format::bytes(size)
            )
        },
    );
    view! {
        <Dialog title=format!("“{name}” is already here") on_close=move |()| on_close.run(id)>
            <p>{there}</p>
            <p class="upload-note">"Replacing keeps the old one as a version where the bucket keeps versions."</p>
            <Show when=move || { others.get() > 0 }>
                <label class="upload-for-all">
                    <input type="checkbox" prop:checked=move || for_all.get() on:change=move |event| for_all.set(event_target_checked(&event)) />
                    <span>
                        {move || format!("Do the same for the other {}", format::count(others.get() as u64, "file", "files"))}
                    </span>
                </label>
            </Show>
            <footer class="dialog-actions">
                <Button on_press=choose(Choice::Skip)>"Skip"</Button>
                <Button on_press=choose(Choice::Overwrite)>"Replace"</Button>
                <Button variant=Variant::Primary on_press=choose(Choice::KeepBoth)>
                    "Keep both"
                </Button>
            </footer>
        </Dialog>
    }
}
