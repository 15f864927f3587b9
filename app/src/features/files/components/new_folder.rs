//! Making a folder.

use leptos::{ev::SubmitEvent, html, prelude::*};

use super::name_field::{NameField, typed};
use crate::{
    features::{
        files::{
            client,
            folder::Folder,
            model::{new_name::new_name, selection::Reach},
        },
        uploads::NewObject,
    },
    ui::{Button, Dialog, Variant},
};

#[component]
pub fn NewFolderDialog(folder: Folder) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let error = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            let _ = input.focus();
        }
    });
    let close = move |()| folder.overlay.set(None);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let typed = typed(input);
        let checked = folder.listing.with_untracked(|listing| {
            let name = new_name(&typed, listing.prefix()).map_err(|error| error.to_string())?;
            if listing.alike(&format!("{name}/")).is_some() {
                return Err(format!("There is already a folder “{name}” here."));
            }
            Ok((format!("{name}/"), format!("{}{name}/", listing.prefix())))
        });
        let (name, key) = match checked {
            Ok(checked) => checked,
            Err(why) => return error.set(Some(why)),
        };
        error.set(None);
        busy.set(true);
        leptos::task::spawn_local(async move {
            let made = client::create_folder(key.clone(), folder.bucket()).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match made {
                Ok(()) => {
                    close(());
                    folder.add_objects(&[NewObject { key, size: 0 }]);
                    let position = folder.listing.with_untracked(|listing| {
                        let position = listing.position_of(listing.id_of(&name)?)?;
                        folder
                            .selection
                            .update(|selection| selection.reach(listing, position, Reach::Only));
                        Some(position)
                    });
                    folder.reveal.set(position);
                }
                Err(failure) => error.set(Some(failure.to_string())),
            }
        });
    };

    view! {
        <Dialog title="New folder" on_close=close>
            <form class="stack" on:submit=submit novalidate>
                <NameField label="Name" input error />
                <div class="dialog-actions">
                    <Button on_press=move |_| close(())>"Cancel"</Button>
                    <Button variant=Variant::Primary submit=true busy=busy>
                        "Create folder"
                    </Button>
                </div>
            </form>
        </Dialog>
    }
}
