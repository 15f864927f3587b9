//! What of the file browser comes on demand.

use leptos::prelude::*;

use super::{
    components::{
        context_menu::ContextMenu, delete::DeleteDialog, details::Drawer, new_folder::NewFolderDialog,
        results::Results,
    },
    download,
    folder::Folder,
    model::{address::Address, listing::EntryId},
    search::Search,
    types::SearchPage,
};
use crate::{deferred::part, ui::toast::Toasts};

part! {
    pub static NEW_FOLDER: fn(Folder) -> AnyView = tools => |folder| view! { <NewFolderDialog folder /> }.into_any();
}

part! {
    pub static DELETE: fn(Folder, Vec<EntryId>) -> AnyView = tools => |folder, ids| {
        view! { <DeleteDialog folder ids /> }.into_any()
    };
}

part! {
    /// All about the entry of that name.
    pub static DETAILS: fn(Folder, String) -> AnyView = tools => |folder, name| view! { <Drawer folder name /> }.into_any();
}

part! {
    pub(super) static DOWNLOAD: fn(Vec<String>, Toasts) = tools => download::save;
}

part! {
    /// What a search found, its address, and the caller's prefix.
    pub static RESULTS: fn(SearchPage, Address, String) -> AnyView = tools => |page, address, root| {
        view! { <Results search=Search::new(page, address, root) /> }.into_any()
    };
}

part! {
    /// The menu of what is selected, opened wherever the signal is set to a point of the window.
    pub static MENU: fn(Folder, RwSignal<Option<(f64, f64)>>) -> AnyView = tools => |folder, at| {
        view! { <ContextMenu folder at /> }.into_any()
    };
}
