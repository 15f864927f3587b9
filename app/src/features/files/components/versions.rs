//! The versions of a file. Each can be downloaded, restored, or deleted for good.

use leptos::{prelude::*, task::spawn_local};

use super::clock::Time;
use crate::{
    contract::key::name_of,
    features::{
        auth::viewer::may_write_here,
        files::{
            client, download::download_version, effects::FileEffect, model::entry::label_of,
            queued::use_file_jobs, types::ObjectVersion, types_history::RestoreRequest,
        },
    },
    format,
    rest::{CallError, retry_when_throttled},
    ui::{
        Alert, Button, Dialog, FailureAlert, IconButton, Sentence, Severity, Spinner, Variant, icon::Name,
        toast::use_toasts,
    },
};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Reading {
    Closed,
    Under,
    /// Holds whether there are older ones.
    Done(bool),
    Failed(CallError),
}

#[derive(Clone, Copy)]
struct Versions {
    key: StoredValue<String>,
    rows: RwSignal<Vec<ObjectVersion>>,
    reading: RwSignal<Reading>,
    next: StoredValue<Option<String>>,
}

#[component]
pub fn VersionsSection(
    key: String,
    /// The folder that the file is in, a whole prefix.
    folder: String,
    /// Called when the file has changed.
    #[prop(into)]
    on_change: Callback<()>,
) -> impl IntoView {
    let versions = Versions {
        key: StoredValue::new(key),
        rows: RwSignal::new(Vec::new()),
        reading: RwSignal::new(Reading::Closed),
        next: StoredValue::new(None),
    };
    let jobs = use_file_jobs();
    let folder = StoredValue::new(folder);
    let changed = move || {
        versions.begin();
        jobs.effects.announce(FileEffect::changed([folder.get_value()]));
        on_change.run(());
    };
    let asked = RwSignal::new(None::<ObjectVersion>);
    let restore = move |version: ObjectVersion| {
        spawn_local(async move {
            let request = RestoreRequest {
                key: Some(version.key.clone()),
                version_id: Some(version.version_id),
                ..RestoreRequest::default()
            };
            match retry_when_throttled(async || client::restore(&request).await, || ()).await {
                Ok(_) => {
                    jobs.toasts.done("That version is the current one again.");
                    changed();
                }
                Err(failure) => jobs.toasts.error(format!("Nothing was restored. {failure}")),
            }
        });
    };
    let only_one = Memo::new(move |_| {
        versions
            .rows
            .with(|rows| matches!(rows.as_slice(), [row] if row.version_id == "null"))
    });
    view! {
        <details
            class="unfolding"
            on:toggle=move |_| {
                if versions.reading.get_untracked() == Reading::Closed {
                    versions.begin();
                }
            }
        >
            <summary>"Versions"</summary>
            <Show when=move || only_one.get()>
                <p class="field-hint">"Storage keeps no versions of this file."</p>
            </Show>
            <ol class="versions" aria-label="Versions">
                <For each=move || versions.rows.get() key=|row| (row.version_id.clone(), row.is_latest) let:version>
                    <VersionRow
                        version=version.clone()
                        on_restore=restore
                        on_delete=move |version| asked.set(Some(version))
                    />
                </For>
            </ol>
            {move || match versions.reading.get() {
                Reading::Closed | Reading::Done(false) => ().into_any(),
                Reading::Under => view! { <p class="details-note"><Spinner /> "Loading"</p> }.into_any(),
                Reading::Done(true) => view! {
                    <Button variant=Variant::Quiet on_press=move |_| versions.read()>"Older versions"</Button>
                }
                    .into_any(),
                Reading::Failed(failure) => view! {
                    <Alert severity=Severity::Warning>{failure.to_string()}</Alert>
                    <Button variant=Variant::Quiet icon=Name::Refresh on_press=move |_| versions.read()>"Try again"</Button>
                }
                    .into_any(),
            }}
            {move || {
                asked
                    .get()
                    .map(|version| {
                        view! { <DeleteVersion version on_close=move |()| asked.set(None) on_deleted=move |()| changed() /> }
                    })
            }}
        </details>
    }
}

#[component]
fn VersionRow(
    version: ObjectVersion,
    #[prop(into)] on_restore: Callback<ObjectVersion>,
    #[prop(into)] on_delete: Callback<ObjectVersion>,
) -> impl IntoView {
    let toasts = use_toasts();
    let may_write = may_write_here();
    let when = format::moment::exact(version.last_modified);
    let (is_marker, is_latest) = (version.is_delete_marker, version.is_latest);
    let facts = if is_marker {
        "Deleted".to_owned()
    } else {
        format::bytes(version.size)
    };
    let (saved, restored, deleted) = (version.clone(), version.clone(), version.clone());
    view! {
        <li class="version">
            <div>
                <Time moment=version.last_modified />
                <span class="past-facts">
                    <span>{facts}</span>
                    {is_latest.then(|| view! { <span class="badge badge-accent">"Current"</span> })}
                </span>
            </div>
            <div class="past-actions">
                {(!is_marker)
                    .then(|| {
                        view! {
                            <IconButton
                                icon=Name::Download
                                label=format!("Download the version of {when}")
                                on_press=move |_| {
                                    download_version(saved.key.clone(), saved.version_id.clone(), toasts);
                                }
                            />
                        }
                    })}
                {(may_write && !is_marker && !is_latest)
                    .then(|| {
                        view! {
                            <IconButton
                                icon=Name::Undo
                                label=format!("Restore the version of {when}")
                                on_press=move |_| on_restore.run(restored.clone())
                            />
                        }
                    })}
                {may_write
                    .then(|| {
                        view! {
                            <IconButton
                                icon=Name::Trash
                                label=format!("Delete the version of {when} for good")
                                on_press=move |_| on_delete.run(deleted.clone())
                            />
                        }
                    })}
            </div>
        </li>
    }
}

/// Asks before a version is deleted.
#[component]
fn DeleteVersion(
    version: ObjectVersion,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] on_deleted: Callback<()>,
) -> impl IntoView {
    let busy = RwSignal::new(false);
    let failure = RwSignal::new(None::<String>);
    let name = label_of(name_of(&version.key)).into_owned();
    let text = if version.is_delete_marker && version.is_latest {
        format!("“{name}” is there again once its deletion is deleted.")
    } else if version.is_delete_marker {
        format!("The note that “{name}” was deleted then goes. No file changes.")
    } else if version.is_latest {
        format!("The version before it becomes the current “{name}”. Without one the file is gone.")
    } else {
        format!("“{name}” itself stays as it is.")
    };
    let version = StoredValue::new(version);
    let delete = move |_| {
        busy.set(true);
        failure.set(None);
        let ObjectVersion { key, version_id, .. } = version.get_value();
        spawn_local(async move {
            let delete = async || client::delete_version(key.clone(), version_id.clone()).await;
            let outcome = retry_when_throttled(delete, || ()).await;
            busy.try_set(false);
            match outcome {
                Ok(()) => {
                    on_close.run(());
                    on_deleted.run(());
                }
                Err(error) => {
                    failure.try_set(Some(error.to_string()));
                }
            }
        });
    };
    view! {
        <Dialog title="Delete this version for good?" on_close>
            <p>
                <Sentence text />
            </p>
            <Alert severity=Severity::Warning>"Nobody can bring a deleted version back."</Alert>
            <FailureAlert failure />
            <div class="dialog-actions">
                <Button on_press=move |_| on_close.run(())>"Cancel"</Button>
                <Button variant=Variant::Danger busy=busy on_press=delete>
                    "Delete for good"
                </Button>
            </div>
        </Dialog>
    }
}

impl Versions {
    fn begin(self) {
        self.next.try_set_value(None);
        self.read();
    }

    fn read(self) {
        self.reading.try_set(Reading::Under);
        spawn_local(async move {
            let Some(key) = self.key.try_get_value() else {
                return;
            };
            let token = self.next.try_get_value().flatten();
            let is_first = token.is_none();
            let read = async || client::versions(key.clone(), token.clone()).await;
            match retry_when_throttled(read, || ()).await {
                Ok(page) => {
                    self.rows.try_update(|rows| {
                        if is_first {
                            rows.clear();
                        }
                        rows.extend(page.body);
                    });
                    self.reading
                        .try_set(Reading::Done(page.continuation_token.is_some()));
                    self.next.try_set_value(page.continuation_token);
                }
                Err(failure) => {
                    self.reading.try_set(Reading::Failed(failure));
                }
            }
        });
    }
}
