//! One folder: its toolbar, its table, its details, and the dialogs over it.

use leptos::prelude::*;

use super::{clock::provide_clock, empty::Empty, table::Table, toolbar::Toolbar};
use crate::{
    features::{
        files::{
            chunks,
            folder::{Folder, Overlay},
            restored::use_restored,
        },
        uploads::{DropZone, use_uploads},
    },
    format,
};

#[component]
pub fn FolderView(folder: Folder) -> impl IntoView {
    provide_clock();
    folder.live();
    let menu_at = RwSignal::new(None);
    let menu_wanted = Memo::new(move |_| menu_at.with(Option::is_some));
    let name = move || {
        let path = folder.path();
        let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        if name.is_empty() {
            "Home".to_owned()
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
    let restored = use_restored().rows();
    Effect::watch(
        move || restored.get(),
        move |rows, _, _| folder.add_restored(rows.clone()),
        false,
    );
    let described = Memo::new(move |_| folder.details());
    let nothing_shown = Memo::new(move |_| folder.listing.with(|listing| listing.shown() == 0));

    view! {
        <div class="folder" class:with-details=move || folder.details().is_some()>
            <div class="folder-main">
                <Toolbar folder />
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
            <DropZone target=folder.upload_target() name=Signal::derive(name) />
            {move || menu_wanted.get().then(|| chunks::MENU.view(move |menu| menu(folder, menu_at)))}
            {move || {
                folder
                    .overlay
                    .get()
                    .map(|overlay| match overlay {
                        Overlay::NewFolder => chunks::NEW_FOLDER.view(move |dialog| dialog(folder)),
                        Overlay::Delete(ids) => chunks::DELETE.view(move |dialog| dialog(folder, ids.clone())),
                    })
            }}
        </div>
    }
    .into_any()
}
