//! The menu of what is selected: by right click, by the menu key, by a row's own button.

use leptos::{html, prelude::*};

use crate::{
    browser,
    features::files::{
        download::download,
        folder::{Folder, Overlay},
        model::{selection::Selection, transfer::Transfer},
    },
    ui::{Menu, MenuItem, icon::Name, menu::open_at, toast::use_toasts},
};

#[component]
pub fn ContextMenu(
    folder: Folder,
    /// Set to a point of the window to open it there.
    at: RwSignal<Option<(f64, f64)>>,
) -> impl IntoView {
    let toasts = use_toasts();
    let menu = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let (Some((x, y)), Some(menu)) = (at.get(), menu.get()) {
            open_at(&menu, x, y);
        }
    });
    let ids = move || {
        folder
            .selection
            .with_untracked(|selection| selection.ids().collect::<Vec<_>>())
    };
    // The only selected entry, with whether it is a folder.
    let single = Memo::new(move |_| {
        let id = folder.selection.with(Selection::single)?;
        folder
            .listing
            .with(|listing| listing.get(id).map(|entry| (id, entry.is_folder)))
    });
    let is_folder = move || single.get().is_some_and(|(_, is_folder)| is_folder);
    let open = move |_| {
        if let Some((id, _)) = single.get_untracked() {
            folder.open(id);
        }
    };

    let details = move |_| {
        let name = single
            .get_untracked()
            .and_then(|(id, _)| folder.with_entry(id, |entry| entry.name.to_string()));
        folder.show_details(name);
    };

    view! {
        <Menu id="entry-menu" label="Actions" node_ref=menu>
            <Show when=is_folder>
                <MenuItem icon=Name::Open shortcut="Enter" on_choose=open>
                    "Open"
                </MenuItem>
            </Show>
            <Show when=move || single.get().is_some()>
                <MenuItem icon=Name::Info shortcut=if is_folder() { "" } else { "Enter" } on_choose=details>
                    "Details"
                </MenuItem>
            </Show>
            <MenuItem icon=Name::Download on_choose=move |_| download(folder.chosen(&ids()), toasts)>
                "Download"
            </MenuItem>
            <Show when=move || folder.may_write && single.get().is_some()>
                <MenuItem
                    icon=Name::Pencil
                    shortcut="F2"
                    on_choose=move |_| {
                        folder.overlay.set(single.get_untracked().map(|(id, _)| Overlay::Rename(id)));
                    }
                >
                    "Rename"
                </MenuItem>
            </Show>
            <Show when=move || folder.may_write>
                <MenuItem
                    icon=Name::FolderMove
                    on_choose=move |_| folder.overlay.set(Some(Overlay::Transfer(Transfer::Move, ids())))
                >
                    "Move to…"
                </MenuItem>
            </Show>
            <MenuItem
                icon=Name::Copy
                on_choose=move |_| folder.overlay.set(Some(Overlay::Transfer(Transfer::Copy, ids())))
            >
                "Copy to…"
            </MenuItem>
            <Show when=move || single.get().is_some()>
                <MenuItem
                    icon=Name::Key
                    on_choose=move |_| {
                        let key = folder.keys(&ids()).concat();
                        leptos::task::spawn_local(async move {
                            match browser::copy(&key).await {
                                Ok(()) => toasts.done("Key copied."),
                                Err(_) => toasts.error("The browser did not allow copying."),
                            }
                        });
                    }
                >
                    "Copy key"
                </MenuItem>
            </Show>
            <Show when=move || folder.may_write>
                <hr />
                <MenuItem
                    icon=Name::Trash
                    danger=true
                    shortcut="Del"
                    on_choose=move |_| folder.overlay.set(Some(Overlay::Delete(ids())))
                >
                    "Delete"
                </MenuItem>
            </Show>
        </Menu>
    }
}
