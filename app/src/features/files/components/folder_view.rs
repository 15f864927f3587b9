//! One folder: its toolbar, its table, its details, and the dialogs over it.

use leptos::prelude::*;

use super::{clock::provide_clock, empty::Empty, table::Table, toolbar::Toolbar};
use crate::{
    features::{
        auth::viewer::drive_name,
        files::{
            chunks,
            effects::use_effects,
            folder::{Folder, Overlay},
        },
        jobs::use_jobs,
        uploads::{DropZone, use_uploads},
    },
    format,
    ui::{Icon, Sentence, icon::Name},
};

#[component]
pub fn FolderView(folder: Folder) -> impl IntoView {
    provide_clock();
    folder.live();
    let menu_at = RwSignal::new(None);
    let menu_wanted = Memo::new(move |_| menu_at.with(Option::is_some));
    let top = StoredValue::new(drive_name(&folder.drive()));
    let name = move || {
        let path = folder.path();
        let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        if name.is_empty() {
            top.with_value(|top| format::visible(top).into_owned())
        } else {
            format::visible(name).into_owned()
        }
    };
    let label = move || format!("Files in {}", name());
    let arrived = use_uploads().arrived();
    // What arrived before this folder was opened is in its listing.
    Effect::watch(
        move || arrived.get(),
        move |objects, _, _| folder.add_objects(objects),
        false,
    );
    let effects = use_effects();
    Effect::new(move |before: Option<()>| {
        let announced = effects.take();
        // What was changed before this folder was opened is in its listing.
        if before.is_some() {
            for effect in announced {
                folder.apply(effect);
            }
        }
    });
    // Nobody here knows what these changed.
    let others = use_jobs().others();
    Effect::watch(move || others.track(), move |(), _, _| folder.refresh(), false);
    let described = Memo::new(move |_| folder.details());
    let nothing_shown = Memo::new(move |_| folder.listing.with(|listing| listing.shown() == 0));

    view! {
        <div class="folder" class:with-details=move || folder.details().is_some()>
            <div class="folder-main">
                {(!folder.may_write).then(|| view! { <OnlyReading team=top.get_value() /> })}
                <Toolbar folder on_menu=move |point| menu_at.set(Some(point)) />
                {move || {
                    if nothing_shown.get() {
                        view! { <Empty folder /> }.into_any()
                    } else {
                        view! { <Table folder label=label() on_menu=move |point| menu_at.set(Some(point)) /> }
                            .into_any()
                    }
                }}
                {folder
                    .next_page_href()
                    .map(|href| {
                        view! {
                            <noscript>
                                <p class="next-page">
                                    <a class="button" href=href>
                                        "Next page"
                                    </a>
                                </p>
                            </noscript>
                        }
                    })}
            </div>
            {move || {
                described.get().map(|name| chunks::DETAILS.view(move |drawer| drawer(folder, name.clone())))
            }}
            {folder
                .may_write
                .then(|| view! { <DropZone target=folder.upload_target() name=Signal::derive(name) /> })}
            {move || menu_wanted.get().then(|| chunks::MENU.view(move |menu| menu(folder, menu_at)))}
            {move || {
                folder
                    .overlay
                    .get()
                    .map(|overlay| match overlay {
                        Overlay::NewFolder => chunks::NEW_FOLDER.view(move |dialog| dialog(folder)),
                        Overlay::Delete(ids) => chunks::DELETE.view(move |dialog| dialog(folder, ids.clone())),
                        Overlay::Rename(id) => chunks::RENAME.view(move |dialog| dialog(folder, id)),
                        Overlay::Transfer(transfer, ids) => {
                            chunks::TRANSFER.view(move |dialog| dialog(folder, transfer, ids.clone()))
                        }
                    })
            }}
        </div>
    }
    .into_any()
}

/// Why the buttons that change something are not there.
#[component]
fn OnlyReading(team: String) -> impl IntoView {
    let text = format!("You can look and download here; ask a manager of “{team}” to change files.");
    view! {
        <p class="only-reading">
            <Icon name=Name::Info />
            <span>
                <Sentence text />
            </span>
        </p>
    }
}
