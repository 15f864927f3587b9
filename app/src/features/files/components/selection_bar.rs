//! What can be done with what is selected. Not there while the details of the only selected file are open: they
//! offer the same.

use leptos::{ev::MouseEvent, prelude::*};

use crate::{
    browser,
    features::files::{
        download::download,
        folder::{Folder, Overlay},
        model::selection::Selection,
    },
    format,
    ui::{Button, IconButton, Variant, icon::Name, toast::use_toasts},
};

/// What a selection consists of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    folders: u64,
    files: u64,
    bytes: u64,
}

#[component]
pub fn SelectionBar(folder: Folder, #[prop(into)] on_menu: Callback<(f64, f64)>) -> impl IntoView {
    let toasts = use_toasts();
    let tally = Memo::new(move |_| {
        folder.listing.with(|listing| {
            folder.selection.with(|selection| {
                let entries = selection.ids().filter_map(|id| listing.get(id));
                entries.fold(Tally::default(), |mut tally, entry| {
                    if entry.is_folder {
                        tally.folders += 1;
                    } else {
                        tally.files += 1;
                        tally.bytes += entry.size;
                    }
                    tally
                })
            })
        })
    });
    let shown = Memo::new(move |_| {
        let Tally { folders, files, .. } = tally.get();
        folders + files > 1 || (folders + files == 1 && folder.details().is_none())
    });
    let selected = move || {
        let Tally { folders, files, .. } = tally.get();
        format!("{} selected", format::grouped(folders + files))
    };
    let bytes = move || {
        let Tally { files, bytes, .. } = tally.get();
        (files > 0).then(|| format!(" · {}", format::bytes(bytes)))
    };
    let ids = move || {
        folder
            .selection
            .with_untracked(|selection| selection.ids().collect::<Vec<_>>())
    };

    view! {
        <Show when=move || shown.get()>
            <div class="selection" role="region" aria-label="Selection">
                <IconButton
                    icon=Name::Close
                    label="Clear the selection"
                    on_press=move |_| folder.selection.update(Selection::clear)
                />
                <p aria-live="polite">{selected} <span class="selection-bytes">{bytes}</span></p>
                <div class="selection-actions">
                    <Button
                        variant=Variant::Quiet
                        icon=Name::Download
                        on_press=move |_| download(folder.chosen(&ids()), toasts)
                    >
                        "Download"
                    </Button>
                    {folder
                        .may_write
                        .then(|| {
                            view! {
                                <Button
                                    variant=Variant::Quiet
                                    icon=Name::Trash
                                    on_press=move |_| folder.overlay.set(Some(Overlay::Delete(ids())))
                                >
                                    "Delete"
                                </Button>
                            }
                        })}
                    <IconButton
                        icon=Name::More
                        label="More actions for the selection"
                        on_press=move |event: MouseEvent| {
                            if let Some(button) = browser::closest(&event, "button") {
                                let place = button.get_bounding_client_rect();
                                on_menu.run((place.left(), place.bottom() + 4.0));
                            }
                        }
                    />
                </div>
            </div>
        </Show>
    }
}
