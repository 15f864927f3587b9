//! Renames a file or a folder. A file is renamed at once, a folder by a job.

use leptos::{ev::SubmitEvent, html, prelude::*};

use super::name_field::{NameField, typed};
use crate::{
    contract::key::{name_of, parent_of},
    features::{
        files::{
            changes::{NameTaken, TransferRequest},
            client,
            effects::FileEffect,
            folder::Folder,
            here,
            model::{
                entry::{EntryId, label_of},
                new_name::new_name,
                selection::Reach,
                transfer::Transfer,
            },
            queued::{FileJobs, Told, use_file_jobs},
            types::ObjectEntry,
        },
        jobs::types::DoneOrQueued,
    },
    rest::CallError,
    ui::{Button, Dialog, Variant},
};

#[component]
pub fn RenameDialog(folder: Folder, id: EntryId) -> impl IntoView {
    let jobs = use_file_jobs();
    let row = folder.rows(&[id]).pop()?;
    let name = folder.with_entry(id, |entry| entry.name.to_string())?;
    let bare = name.strip_suffix('/').unwrap_or(&name).to_owned();
    let title = format!("Rename “{}”", label_of(&name));
    let input = NodeRef::<html::Input>::new();
    let error = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let stem = stem(&bare, row.is_folder);
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            // Runs after the dialog has opened and taken the focus, and before anything can be typed, which could
            // happen until the next frame.
            queue_microtask(move || {
                let _ = input.focus();
                // All but the extension: it is what people change.
                let _ = input.set_selection_range(0, stem);
            });
        }
    });
    let close = move |()| folder.overlay.set(None);
    let before = StoredValue::new((row, name, bare.clone()));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let typed = typed(input);
        let (row, old_name, bare) = before.get_value();
        if typed == bare {
            return close(());
        }
        let slash = if row.is_folder { "/" } else { "" };
        let checked = folder.listing.with_untracked(|listing| {
            let name = new_name(&typed, listing.prefix()).map_err(|error| error.to_string())?;
            // Another form of its own name is no other entry.
            let taken = ["", "/"].into_iter().any(|end| {
                let other = listing.alike(&format!("{name}{end}"));
                other.is_some_and(|other| *other.name != *old_name)
            });
            if taken {
                return Err(format!("There is already something called “{name}” here."));
            }
            Ok((
                format!("{name}{slash}"),
                format!("{}{name}{slash}", listing.prefix()),
            ))
        });
        let (name, key) = match checked {
            Ok(checked) => checked,
            Err(why) => return error.set(Some(why)),
        };
        error.set(None);
        busy.set(true);
        let renaming = Renaming {
            jobs,
            from: row.clone(),
            to: ObjectEntry { key, ..row },
        };
        leptos::task::spawn_local(async move {
            let outcome = renaming.run().await;
            busy.try_set(false);
            match outcome {
                Ok(is_done) => {
                    if busy.is_disposed() {
                        return;
                    }
                    let details = folder.details_untracked() == Some(old_name);
                    close(());
                    if is_done {
                        show(folder, &name, details);
                    }
                }
                Err(failure) => {
                    error.try_set(Some(failure.to_string()));
                }
            }
        });
    };

    Some(view! {
        <Dialog title on_close=close>
            <form class="stack" on:submit=submit novalidate>
                <NameField label="New name" value=bare input error />
                <div class="dialog-actions">
                    <Button on_press=move |_| close(())>"Cancel"</Button>
                    <Button variant=Variant::Primary submit=true busy=busy>
                        "Rename"
                    </Button>
                </div>
            </form>
        </Dialog>
    })
}

/// Selects the renamed entry, and scrolls it into view.
fn show(folder: Folder, name: &str, details: bool) {
    // The folder takes in the change after this call has returned.
    let name = name.to_owned();
    request_animation_frame(move || {
        if folder.listing.is_disposed() {
            return;
        }
        let position = folder.listing.with_untracked(|listing| {
            let position = listing.position_of(listing.id_of(&name)?)?;
            folder
                .selection
                .update(|selection| selection.reach(listing, position, Reach::Only));
            Some(position)
        });
        folder.reveal.set(position);
        if details {
            folder.show_details(Some(name));
        }
    });
}

/// The length of a name without its extension, in UTF-16 units.
fn stem(name: &str, is_folder: bool) -> u32 {
    let end = match name.rfind('.') {
        Some(dot) if dot > 0 && !is_folder => dot,
        _ => name.len(),
    };
    u32::try_from(name[..end].encode_utf16().count()).unwrap_or(u32::MAX)
}

#[derive(Clone)]
struct Renaming {
    jobs: FileJobs,
    from: ObjectEntry,
    to: ObjectEntry,
}

impl Renaming {
    /// Answers `true` when it is done, `false` when a job does it.
    async fn run(self) -> Result<bool, CallError> {
        let request = TransferRequest {
            source: Some(self.from.key.clone()),
            destination: self.to.key.clone(),
            destination_bucket: here::bucket(),
            on_conflict: NameTaken::Fail,
            ..TransferRequest::default()
        };
        let (from, to) = (label(&self.from.key), label(&self.to.key));
        let effect = |gone: &ObjectEntry, there: &ObjectEntry| FileEffect {
            removed: vec![gone.key.clone()],
            added: vec![there.clone()],
            changed: Vec::new(),
        };
        let told = Told {
            title: format!("Rename “{from}” to “{to}”"),
            done: format!("“{from}” is now “{to}”."),
            effect: effect(&self.from, &self.to),
            touched: vec![parent_of(&self.from.key).to_owned()],
            undone: format!("“{from}” has its name back."),
            undo_effect: effect(&self.to, &self.from),
        };
        match client::transfer(Transfer::Move, &request).await? {
            DoneOrQueued::Queued(queued) => {
                self.jobs.follow(queued.job_id, told);
                Ok(false)
            }
            DoneOrQueued::Done(done) if done.undo.is_some() => {
                self.jobs.done(told, done.undo);
                Ok(true)
            }
            // Without versions the file is renamed back.
            DoneOrQueued::Done(_) => {
                self.jobs.effects.announce(told.effect);
                let back = Self {
                    jobs: self.jobs,
                    from: self.to,
                    to: self.from,
                };
                let toasts = self.jobs.toasts;
                toasts.undoable(told.done, move || {
                    let back = back.clone();
                    leptos::task::spawn_local(async move {
                        if let Err(failure) = Box::pin(back.run()).await {
                            toasts.error(format!("The name was not changed back. {failure}"));
                        }
                    });
                });
                Ok(true)
            }
        }
    }
}

fn label(key: &str) -> String {
    label_of(name_of(key)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_is_not_selected() {
        for (name, is_folder, units) in [
            ("a.txt", false, 1),
            ("🚢.tar.gz", false, 6),
            (".env", false, 4),
            ("v1.2", true, 4),
            ("none", false, 4),
        ] {
            assert_eq!(stem(name, is_folder), units, "{name}");
        }
        assert_eq!((parent_of("u/a/b/"), parent_of("u/a")), ("u/a/", "u/"));
    }
}
