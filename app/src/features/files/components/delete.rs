//! The dialog that deletes the selection. It says exactly what will be deleted; a job deletes it.

use leptos::{either::EitherOf4, prelude::*, task::spawn_local};

use crate::{
    features::files::{
        changes::DeleteRequest,
        client,
        effects::FileEffect,
        folder::Folder,
        model::{
            chosen::Chosen,
            counts::Counts,
            entry::{EntryId, label_of},
        },
        queued::{FileJobs, Told, use_file_jobs},
        types::ObjectEntry,
    },
    format,
    rest::{CallError, retry_when_throttled},
    ui::{Alert, Button, Dialog, Sentence, Severity, Spinner, Variant},
};

/// How many names the dialog spells out.
const NAMED: usize = 5;
/// The content of more folders is not counted, since each takes a request.
const COUNTED: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Counting,
    Ready,
    Sending,
    Failed,
}

/// The state of the dialog.
#[derive(Clone, Copy)]
struct State {
    folder: Folder,
    jobs: FileJobs,
    phase: RwSignal<Phase>,
    rows: StoredValue<Vec<ObjectEntry>>,
    chosen: StoredValue<Chosen>,
    counts: RwSignal<Counts>,
    /// `None` until it is known whether the bucket keeps versions.
    keeps_versions: RwSignal<Option<bool>>,
    failure: RwSignal<String>,
}

#[component]
pub fn DeleteDialog(folder: Folder, ids: Vec<EntryId>) -> impl IntoView {
    let rows = folder.rows(&ids);
    let number = rows.len();
    let prefix = folder.listing.with_untracked(|listing| listing.prefix().len());
    let label = move |row: &ObjectEntry| label_of(&row.key[prefix..]).into_owned();
    let title = match rows.as_slice() {
        [row] => format!("Delete “{}”?", label(row)),
        several => format!("Delete {} items?", format::grouped(several.len() as u64)),
    };
    let listed = (number > 1).then(|| {
        let more = number.saturating_sub(NAMED) as u64;
        let named = rows
            .iter()
            .take(NAMED)
            .map(|row| view! { <li><bdi>{label(row)}</bdi></li> })
            .collect_view();
        view! {
            <ul class="delete-names">
                {named}
                {(more > 0).then(|| view! { <li>{format!("and {} more", format::grouped(more))}</li> })}
            </ul>
        }
    });
    let state = State {
        folder,
        jobs: use_file_jobs(),
        phase: RwSignal::new(Phase::Counting),
        rows: StoredValue::new(rows),
        chosen: StoredValue::new(folder.chosen(&ids)),
        counts: RwSignal::new(Counts::default()),
        keeps_versions: RwSignal::new(None),
        failure: RwSignal::new(String::new()),
    };
    Effect::new(move |_| state.count());
    let close = move |()| folder.overlay.set(None);

    view! {
        <Dialog title on_close=close>
            {listed}
            {move || match state.phase.get() {
                Phase::Counting => EitherOf4::A(view! {
                    <p class="delete-count" role="status">
                        <Spinner />
                        "Counting what is inside"
                    </p>
                }),
                Phase::Ready => EitherOf4::B(view! {
                    <p role="status">
                        "This deletes " <strong>{state.counts.get_untracked().summary()}</strong> "."
                    </p>
                    <Recovery keeps_versions=state.keeps_versions />
                }),
                Phase::Sending => EitherOf4::C(view! { <p class="delete-count" role="status"><Spinner /> "Deleting"</p> }),
                Phase::Failed => EitherOf4::D(view! { <Alert severity=Severity::Danger><Sentence text=state.failure.get() /></Alert> }),
            }}
            <div class="dialog-actions">
                <Button on_press=move |_| close(())>"Cancel"</Button>
                <Show when=move || state.phase.get() == Phase::Failed>
                    <Button variant=Variant::Primary on_press=move |_| state.count()>
                        "Try again"
                    </Button>
                </Show>
                <Show when=move || state.phase.get() != Phase::Failed>
                    <Button
                        variant=Variant::Danger
                        disabled=Signal::derive(move || state.phase.get() != Phase::Ready)
                        on_press=move |_| state.delete()
                    >
                        {move || if state.phase.get() == Phase::Counting { "Delete".to_owned() } else { state.counts.get().button() }}
                    </Button>
                </Show>
            </div>
        </Dialog>
    }
}

/// Says whether deleted files can be restored.
#[component]
fn Recovery(keeps_versions: RwSignal<Option<bool>>) -> impl IntoView {
    move || {
        keeps_versions.get().map(|keeps| {
            if keeps {
                view! { <Alert severity=Severity::Info>"Storage keeps the versions: they can be brought back."</Alert> }.into_any()
            } else {
                view! { <Alert severity=Severity::Warning>"This cannot be undone: storage keeps no versions here."</Alert> }.into_any()
            }
        })
    }
}

impl State {
    fn count(self) {
        self.phase.set(Phase::Counting);
        spawn_local(async move {
            let Some(rows) = self.rows.try_get_value() else {
                return;
            };
            match self.counted(&rows).await {
                Ok(counts) => {
                    self.counts.try_set(counts);
                    self.phase.try_set(Phase::Ready);
                    self.look_for_versions(&rows).await;
                }
                Err(CallError::Cancelled) => {}
                Err(error) => self.fail(format!("Nothing was deleted. {error}")),
            }
        });
    }

    async fn counted(self, rows: &[ObjectEntry]) -> Result<Counts, CallError> {
        let mut counts = Counts::default();
        let (folders, files): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.is_folder);
        for file in files {
            counts.add_file(file.size);
        }
        counts.folders = folders.len() as u64;
        if folders.len() > COUNTED {
            counts.uncounted = counts.folders;
            return Ok(counts);
        }
        for folder in folders {
            let usage = async || {
                if self.phase.is_disposed() {
                    return Err(CallError::Cancelled);
                }
                client::usage(folder.key.clone()).await
            };
            counts.add_inside(&retry_when_throttled(usage, || ()).await?);
        }
        Ok(counts)
    }

    /// Whether the bucket keeps versions, as one of the files shows.
    async fn look_for_versions(self, rows: &[ObjectEntry]) {
        let file = match rows.iter().find(|row| !row.is_folder) {
            Some(file) => Some(file.key.clone()),
            None => match rows.first() {
                Some(folder) => client::any_file(folder.key.clone()).await.ok().flatten(),
                None => None,
            },
        };
        if let Some(key) = file
            && let Ok(metadata) = client::metadata(key).await
        {
            let keeps = metadata.version_id.is_some_and(|version| version != "null");
            self.keeps_versions.try_set(Some(keeps));
        }
    }

    fn delete(self) {
        let (chosen, rows) = (self.chosen.get_value(), self.rows.get_value());
        let request = match chosen.named() {
            Ok(named) => DeleteRequest {
                keys: named.keys,
                prefixes: named.prefixes,
                except: named.except,
                ..DeleteRequest::default()
            },
            Err(too_many) => return self.fail(format!("Nothing was deleted. {too_many}")),
        };
        let told = self.told(rows);
        self.phase.set(Phase::Sending);
        spawn_local(async move {
            let delete = async || client::delete(&request).await;
            match retry_when_throttled(delete, || ()).await {
                Ok(queued) => {
                    self.jobs.follow(queued.job_id, told);
                    if !self.phase.is_disposed() {
                        self.folder.overlay.try_set(None);
                    }
                }
                Err(failure) => self.fail(format!("Nothing was deleted. {failure}")),
            }
        });
    }

    fn told(self, rows: Vec<ObjectEntry>) -> Told {
        let prefix = self
            .folder
            .listing
            .with_untracked(|listing| listing.prefix().to_owned());
        let counts = self.counts.get_untracked();
        let (title, done, undone) = match rows.as_slice() {
            [row] => {
                let name = label_of(row.key.strip_prefix(&prefix).unwrap_or(&row.key)).into_owned();
                (
                    format!("Delete “{name}”"),
                    format!("“{name}” deleted."),
                    format!("“{name}” is back."),
                )
            }
            several => {
                let things = counts.things();
                let back = format::count(several.len() as u64, "item is", "items are");
                (
                    format!("Delete {things}"),
                    format!("{things} deleted."),
                    format!("{back} back."),
                )
            }
        };
        Told {
            title,
            done,
            undone,
            effect: FileEffect {
                removed: rows.iter().map(|row| row.key.clone()).collect(),
                ..FileEffect::default()
            },
            touched: vec![prefix],
            undo_effect: FileEffect {
                added: rows,
                ..FileEffect::default()
            },
        }
    }

    fn fail(self, why: String) {
        self.failure.try_set(why);
        self.phase.try_set(Phase::Failed);
    }
}
