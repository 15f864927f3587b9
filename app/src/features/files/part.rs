//! What of the file browser comes on demand.

use leptos::prelude::*;

use super::{
    components::{delete::DeleteDialog, details::Drawer, new_folder::NewFolderDialog},
    download,
    folder::Folder,
    model::listing::EntryId,
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
