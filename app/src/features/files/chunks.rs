//! The chunks of the file browser that are fetched on demand.

use leptos::prelude::*;

use super::{
    components::{
        context_menu::ContextMenu, delete::DeleteDialog, details::Drawer, new_folder::NewFolderDialog,
        past::PastView, rename::RenameDialog, results::Results, transfer::TransferDialog,
    },
    folder::Folder,
    model::{
        address::{Address, Past},
        entry::EntryId,
        transfer::Transfer,
    },
    search::Search,
    types::SearchPage,
};
use crate::chunk::{Missing, chunk};

chunk! {
    pub static NEW_FOLDER: fn(Folder) -> AnyView = tools => |folder| view! { <NewFolderDialog folder /> }.into_any();
}

chunk! {
    pub static DELETE: fn(Folder, Vec<EntryId>) -> AnyView = tools => |folder, ids| {
        view! { <DeleteDialog folder ids /> }.into_any()
    };
}

chunk! {
    pub static RENAME: fn(Folder, EntryId) -> AnyView = tools => |folder, id| view! { <RenameDialog folder id /> }.into_any();
}

chunk! {
    /// Asks for a destination, and copies or moves.
    pub static TRANSFER: fn(Folder, Transfer, Vec<EntryId>) -> AnyView = tools => |folder, transfer, ids| {
        view! { <TransferDialog folder transfer ids /> }.into_any()
    };
}

chunk! {
    /// The details of the entry of that name.
    pub static DETAILS: fn(Folder, String) -> AnyView = tools => |folder, name| view! { <Drawer folder name /> }.into_any();
}

chunk! {
    /// The results of a search, its address, and the caller's prefix.
    pub static RESULTS: fn(SearchPage, Address, String) -> AnyView = tools => |page, address, root| {
        view! { <Results search=Search::new(page, address, root) /> }.into_any()
    };
}

chunk! {
    /// The past of a folder: its address, which past, and the caller's prefix.
    pub static PAST: fn(Address, Past, String) -> AnyView = tools => |address, past, root| {
        view! { <PastView address past root /> }.into_any()
    };
}

chunk! {
    /// The context menu of the selection, opened at the point of the window that the signal is set to.
    pub static MENU: fn(Folder, RwSignal<Option<(f64, f64)>>) -> AnyView = tools => |folder, at| {
        view! { <ContextMenu folder at /> }.into_any()
    };
}

/// Fetches the chunks that are needed to hydrate what the server has rendered at this address.
///
/// # Errors
/// [`Missing`]
pub async fn fetch_rendered(pathname: &str, search: &str) -> Result<(), Missing> {
    let Some(address) = Address::parse(pathname, search) else {
        return Ok(());
    };
    if address.details.is_some() {
        DETAILS.ready().await?;
    }
    if address.past.is_some() {
        PAST.ready().await?;
    }
    if address.search.is_some() {
        RESULTS.ready().await?;
    }
    Ok(())
}
