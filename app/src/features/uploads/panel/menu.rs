//! The "Upload" button: files or a folder.

use leptos::prelude::*;

use crate::{
    features::uploads::{Target, use_uploads},
    ui::{Icon, Menu, MenuItem, icon::Name},
};

/// Works as long as it stands in a page once; it hands what is picked to `target` as it is at that moment.
#[component]
pub fn UploadMenu(#[prop(into)] target: Signal<Target>) -> impl IntoView {
    let uploads = use_uploads();
    view! {
        <button type="button" class="button button-primary upload-button" popovertarget="upload-menu" aria-haspopup="menu">
            <Icon name=Name::Upload />
            <span>"Upload"</span>
        </button>
        <Menu id="upload-menu" label="Upload" class="upload-menu">
            <MenuItem icon=Name::File on_choose=move |_| uploads.pick_files(target.get_untracked())>
                "Files"
            </MenuItem>
            <MenuItem icon=Name::Folder on_choose=move |_| uploads.pick_folder(target.get_untracked())>
                "Folder"
            </MenuItem>
        </Menu>
    }
}
