//! “Move to…” and “Copy to…”: asks for a folder, and what to do about names that are taken there.

use leptos::{prelude::*, task::spawn_local};

use super::folder_picker::FolderPicker;
use crate::{
    contract::key::name_of,
    features::{
        auth::viewer::use_viewer,
        files::{
            changes::{NameTaken, TransferRequest},
            client,
            effects::FileEffect,
            folder::Folder,
            model::{
                entry::{EntryId, label_of},
                transfer::{Transfer, request, things},
            },
            queued::{Told, use_file_jobs},
        },
        jobs::types::DoneOrQueued,
    },
    ui::{Button, Dialog, FailureAlert, Variant},
};

const CHOICES: [(NameTaken, &str, &str); 3] = [
    (NameTaken::KeepBoth, "Keep both", "The new one gets a number."),
    (
        NameTaken::Overwrite,
        "Replace",
        "The one that is there is replaced.",
    ),
    (
        NameTaken::Skip,
        "Skip",
        "The one that is there stays, and so does this one.",
    ),
];

#[component]
pub fn TransferDialog(folder: Folder, transfer: Transfer, ids: Vec<EntryId>) -> impl IntoView {
    let jobs = use_file_jobs();
    let chosen = StoredValue::new(folder.chosen(&ids));
    let here = StoredValue::new(
        folder
            .listing
            .with_untracked(|listing| listing.prefix().to_owned()),
    );
    let viewer = StoredValue::new(use_viewer());
    let own_bucket = StoredValue::new(folder.bucket());
    // Copies from where one may only read go somewhere else.
    let at = RwSignal::new(if folder.may_write {
        here.get_value()
    } else {
        viewer
            .with_value(|viewer| viewer.as_ref().map(|viewer| viewer.prefix.clone()))
            .unwrap_or_default()
    });
    let bucket = RwSignal::new(own_bucket.get_value());
    let is_own_bucket = move || bucket.with(|bucket| own_bucket.with_value(|own| own == bucket));
    let on_conflict = RwSignal::new(NameTaken::KeepBoth);
    let (busy, making) = (RwSignal::new(false), RwSignal::new(false));
    let failure = RwSignal::new(None::<String>);
    let things = chosen.with_value(|chosen| things(&chosen.keys));
    let title = format!("{} {things} to…", transfer.verb());
    let barred = chosen.with_value(|chosen| {
        let folders = chosen.keys.iter().filter(|key| key.ends_with('/'));
        folders.cloned().collect::<Vec<_>>()
    });
    let name = move || {
        at.with(|at| {
            let top = viewer.with_value(|viewer| {
                let viewer = viewer.as_ref()?;
                let (drive, path) = bucket.with(|bucket| viewer.place_of(bucket.as_ref(), at));
                path.is_empty().then(|| viewer.name_of(&drive))
            });
            top.unwrap_or_else(|| label_of(name_of(at)).into_owned())
        })
    };
    let name = Memo::new(move |_| name());
    // A move within the same folder does nothing.
    let is_here = Memo::new(move |_| {
        transfer == Transfer::Move && is_own_bucket() && at.with(|at| here.with_value(|here| at == here))
    });
    let close = move |()| folder.overlay.set(None);
    let things = StoredValue::new(things);
    let run = move |_| {
        let destination = at.get_untracked();
        let taken = on_conflict.get_untracked();
        let asked = chosen.with_value(|chosen| request(chosen, destination.clone(), taken));
        let request = match asked {
            Ok(request) => TransferRequest {
                destination_bucket: bucket.get_untracked(),
                ..request
            },
            Err(too_many) => return failure.set(Some(too_many.to_string())),
        };
        let (verb, done) = (transfer.verb(), transfer.done());
        let (things, name, source) = (things.get_value(), name.get_untracked(), here.get_value());
        // What lies in another bucket is on another page.
        let destination = is_own_bucket().then_some(destination);
        let touched: Vec<_> = std::iter::once(source).chain(destination.clone()).collect();
        // Skipped files stay, and so do the folders around them.
        let all_goes = transfer == Transfer::Move && taken != NameTaken::Skip;
        let removed = if all_goes {
            chosen.with_value(|chosen| chosen.keys.clone())
        } else {
            Vec::new()
        };
        let told = Told {
            title: format!("{verb} {things} to “{name}”"),
            done: format!("{things} {done} to “{name}”."),
            effect: FileEffect {
                removed,
                added: Vec::new(),
                changed: if all_goes {
                    destination.into_iter().collect()
                } else {
                    touched.clone()
                },
            },
            touched: touched.clone(),
            undone: match transfer {
                Transfer::Move => format!("{} back where it was.", back(&things)),
                Transfer::Copy => "The copies are gone.".to_owned(),
            },
            undo_effect: FileEffect::changed(touched),
        };
        failure.set(None);
        busy.set(true);
        spawn_local(async move {
            let answer = client::transfer(transfer, &request).await;
            busy.try_set(false);
            match answer {
                Ok(answer) => {
                    match answer {
                        DoneOrQueued::Queued(queued) => jobs.follow(queued.job_id, told),
                        DoneOrQueued::Done(done) => jobs.done(told, done.undo),
                    }
                    if !busy.is_disposed() {
                        folder.overlay.try_set(None);
                    }
                }
                Err(error) => {
                    failure.try_set(Some(error.to_string()));
                }
            }
        });
    };

    view! {
        <Dialog title on_close=close>
            <FolderPicker bucket at making barred />
            <fieldset class="options">
                <legend class="field-label">"If a name is taken there"</legend>
                {CHOICES
                    .map(|(choice, label, hint)| {
                        view! {
                            <label class="option">
                                <input
                                    type="radio"
                                    name="on-conflict"
                                    prop:checked=move || on_conflict.get() == choice
                                    on:change=move |_| on_conflict.set(choice)
                                />
                                <span>{label}</span>
                                <span class="field-hint">{hint}</span>
                            </label>
                        }
                    })
                    .collect_view()}
            </fieldset>
            <FailureAlert failure />
            <Show when=move || is_here.get()>
                <p class="field-hint">"It is in this folder already. Choose another."</p>
            </Show>
            <div class="dialog-actions">
                <Button on_press=move |_| close(())>"Cancel"</Button>
                <Button variant=Variant::Primary busy=busy disabled=Signal::derive(move || is_here.get() || making.get()) on_press=run>
                    {format!("{} here", transfer.verb())}
                </Button>
            </div>
        </Dialog>
    }
}

/// `“a” is`, `3 items are`
fn back(things: &str) -> String {
    let verb = if things.ends_with("items") { "are" } else { "is" };
    format!("{things} {verb}")
}
