//! How much the folder holds, and what can be done in it.

use leptos::prelude::*;

use super::selection_bar::SelectionBar;
use crate::{
    browser,
    contract::{TeamId, Timestamp},
    features::{
        files::{
            folder::{Folder, LoadState, Overlay},
            model::address::{Layout, Past},
        },
        uploads::UploadMenu,
    },
    format,
    navigation::use_navigator,
    routes::{self, Drive},
    ui::{Button, Icon, IconButton, Menu, MenuItem, Spinner, Variant, icon::Name},
};

#[component]
pub fn Toolbar(
    folder: Folder,
    /// Asks for the menu of the selection, at a point of the window.
    #[prop(into)]
    on_menu: Callback<(f64, f64)>,
) -> impl IntoView {
    let count = move || {
        let (shown, all) = folder
            .listing
            .with(|listing| (listing.shown() as u64, listing.len() as u64));
        let all_of_it = format::count(all, "item", "items");
        if folder.filter.with(String::is_empty) {
            all_of_it
        } else {
            format!("{} of {all_of_it}", format::grouped(shown))
        }
    };
    view! {
        <div class="toolbar">
            <SelectionBar folder on_menu />
            <p class="toolbar-count" role="status">
                <span>{count}</span>
                {move || {
                    folder
                        .search_href()
                        .map(|href| {
                            view! {
                                <a class="search-inside" href=href>
                                    "Search inside folders"
                                </a>
                            }
                        })
                }}
                {move || match folder.load_state.get() {
                    LoadState::Complete => None,
                    LoadState::Loading => Some(view! { <span class="toolbar-more"><Spinner /> " loading the rest" </span> }.into_any()),
                    LoadState::Waiting => Some(
                        view! { <span class="toolbar-more"><Spinner /> " the rest follows in a moment" </span> }.into_any(),
                    ),
                    LoadState::Stopped(failure) => Some(
                        view! {
                            <span class="toolbar-more toolbar-stopped">
                                {format!("The rest is missing. {failure}")}
                                <Button variant=Variant::Quiet icon=Name::Refresh on_press=move |_| folder.load_rest()>
                                    "Load the rest"
                                </Button>
                            </span>
                        }
                            .into_any(),
                    ),
                }}
            </p>
            <div class="toolbar-actions needs-script">
                <div class="toggle-pair">
                    <IconButton
                        icon=Name::List
                        label="List"
                        pressed=Signal::derive(move || folder.layout() == Layout::List)
                        on_press=move |_| folder.set_layout(Layout::List)
                    />
                    <IconButton
                        icon=Name::Grid
                        label="Grid"
                        pressed=Signal::derive(move || folder.layout() == Layout::Grid)
                        on_press=move |_| folder.set_layout(Layout::Grid)
                    />
                </div>
                <PastMenu folder />
                {team_of(folder).map(|team| view! { <MembersLink team /> })}
                {folder
                    .may_write
                    .then(|| {
                        view! {
                            <Button
                                icon=Name::FolderPlus
                                on_press=move |_| folder.overlay.set(Some(Overlay::NewFolder))
                            >
                                "New folder"
                            </Button>
                            <UploadMenu target=folder.upload_target() />
                        }
                    })}
            </div>
        </div>
    }
}

/// The team whose folder it is.
fn team_of(folder: Folder) -> Option<TeamId> {
    match folder.drive() {
        Drive::Home | Drive::Bucket(_) => None,
        Drive::Team(id) => Some(id),
    }
}

/// The way to those who share the folder.
#[component]
fn MembersLink(team: TeamId) -> impl IntoView {
    view! {
        <a class="icon-button" href=routes::own_team(team) aria-label="Members of the team" title="Members of the team">
            <Icon name=Name::Users />
        </a>
    }
}

/// What was here before.
#[component]
fn PastMenu(folder: Folder) -> impl IntoView {
    let go = use_navigator();
    view! {
        <button
            type="button"
            class="icon-button"
            popovertarget="past-menu"
            aria-haspopup="menu"
            aria-label="Deleted and earlier"
            title="Deleted and earlier"
        >
            <Icon name=Name::Clock />
        </button>
        <Menu id="past-menu" label="Deleted and earlier">
            <MenuItem icon=Name::Trash on_choose=move |_| go.to(folder.past_href(Past::Deleted))>
                "Show deleted files"
            </MenuItem>
            <MenuItem
                icon=Name::Clock
                on_choose=move |_| {
                    let yesterday = Timestamp::from_unix(browser::unix_now() - 86_400);
                    if let Some(yesterday) = yesterday {
                        go.to(folder.past_href(Past::AsOf(yesterday)));
                    }
                }
            >
                "The folder as it was…"
            </MenuItem>
        </Menu>
    }
}
