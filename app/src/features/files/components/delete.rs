//! The dialog that deletes the selection: it counts first, says exactly what goes, and can be stopped.

use leptos::{either::EitherOf4, prelude::*, task::spawn_local};

use crate::{
    features::files::{
        client,
        folder::Folder,
        model::{
            deletion::{self, Counts, Deletion, End, Selected, wholly_deleted},
            entry::{EntryId, label_of},
        },
        restored::{Restored, use_restored},
        types::{DeleteMarker, ObjectEntry},
        undo::Undo,
    },
    format,
    rest::{CallError, retry_when_throttled},
    ui::{
        Alert, Button, Dialog, Progress, Sentence, Severity, Spinner, Variant,
        toast::{Toasts, use_toasts},
    },
};

/// How many names the dialog spells out.
const NAMED: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Counting,
    Ready,
    /// The number of keys that are deleted so far.
    Deleting(usize),
    Failed,
}

/// The state of the dialog.
#[derive(Clone, Copy)]
struct State {
    folder: Folder,
    toasts: Toasts,
    restored: Restored,
    phase: RwSignal<Phase>,
    selected: StoredValue<Vec<Selected>>,
    counts: RwSignal<Counts>,
    /// Empty until everything is counted.
    deletion: StoredValue<Deletion>,
    /// `None` until it is known whether the bucket keeps versions.
    keeps_versions: RwSignal<Option<bool>>,
    failure: RwSignal<String>,
    stop: RwSignal<bool>,
}

#[component]
pub fn DeleteDialog(folder: Folder, ids: Vec<EntryId>) -> impl IntoView {
    let selected = StoredValue::new(folder.listing.with_untracked(|listing| {
        let entries = ids.iter().filter_map(|id| listing.get(*id));
        let entries = entries.map(|entry| Selected {
            name: entry.name.to_string(),
            size: entry.size,
        });
        entries.collect::<Vec<_>>()
    }));
    let state = State {
        folder,
        toasts: use_toasts(),
        restored: use_restored(),
        phase: RwSignal::new(Phase::Counting),
        selected,
        counts: RwSignal::new(Counts::default()),
        deletion: StoredValue::new(Deletion::default()),
        keeps_versions: RwSignal::new(None),
        failure: RwSignal::new(String::new()),
        stop: RwSignal::new(false),
    };
    Effect::new(move |_| state.count());

    let number = selected.with_value(Vec::len);
    let title = selected.with_value(|selected| match selected.as_slice() {
        [entry] => format!("Delete “{}”?", label_of(&entry.name)),
        several => format!("Delete {} items?", format::grouped(several.len() as u64)),
    });
    let listed = (number > 1).then(|| {
        let more = number.saturating_sub(NAMED) as u64;
        let named = selected.with_value(|selected| {
            let named = selected.iter().take(NAMED);
            named
                .map(|entry| view! { <li><bdi>{label_of(&entry.name).into_owned()}</bdi></li> })
                .collect_view()
        });
        view! {
            <ul class="delete-names">
                {named}
                {(more > 0).then(|| view! { <li>{format!("and {} more", format::grouped(more))}</li> })}
            </ul>
        }
    });
    let close = move |()| {
        state.stop.set(true);
        folder.overlay.set(None);
    };

    view! {
        <Dialog title on_close=close>
            {listed}
            {move || match state.phase.get() {
                Phase::Counting => EitherOf4::A(view! {
                    <p class="delete-count" role="status">
                        <Spinner />
                        {move || {
                            let files = state.counts.get().files;
                            format!("Counting what is inside: {} so far", format::count(files, "file", "files"))
                        }}
                    </p>
                }),
                Phase::Ready => EitherOf4::B(view! {
                    <p role="status">
                        "This deletes " <strong>{state.counts.get_untracked().summary()}</strong> "."
                    </p>
                    <Recovery keeps_versions=state.keeps_versions />
                }),
                Phase::Deleting(gone) => EitherOf4::C(view! {
                    <Progress label="Deleting" fraction=Signal::derive(move || Some(state.fraction(gone))) />
                    <p role="status">
                        {format!(
                            "{} of {} deleted",
                            format::grouped(gone as u64),
                            format::grouped(state.total() as u64),
                        )}
                    </p>
                }),
                Phase::Failed => EitherOf4::D(view! { <Alert severity=Severity::Danger><Sentence text=state.failure.get() /></Alert> }),
            }}
            <div class="dialog-actions">
                <Button on_press=move |_| close(())>
                    {move || if matches!(state.phase.get(), Phase::Deleting(_)) { "Stop" } else { "Cancel" }}
                </Button>
                <Show when=move || state.phase.get() == Phase::Failed>
                    <Button variant=Variant::Primary on_press=move |_| state.count()>
                        "Try again"
                    </Button>
                </Show>
                <Show when=move || matches!(state.phase.get(), Phase::Counting | Phase::Ready)>
                    <Button
                        variant=Variant::Danger
                        disabled=Signal::derive(move || state.phase.get() == Phase::Counting)
                        on_press=move |_| state.delete()
                    >
                        {move || state.counts.get().button()}
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
    fn total(self) -> usize {
        self.deletion.with_value(|deletion| deletion.keys.len())
    }

    #[expect(clippy::cast_precision_loss, reason = "a fraction to look at")]
    fn fraction(self, deleted: usize) -> f64 {
        deleted as f64 / self.total().max(1) as f64
    }

    fn count(self) {
        self.phase.set(Phase::Counting);
        self.counts.set(Counts::default());
        let selected = self.selected.get_value();
        let prefix = self
            .folder
            .listing
            .with_untracked(|listing| listing.prefix().to_owned());
        spawn_local(async move {
            let list = async |prefix: String, token: Option<String>| {
                if self.phase.is_disposed() {
                    return Err(CallError::Cancelled);
                }
                let list = async || client::list_recursive(prefix.clone(), token.clone()).await;
                retry_when_throttled(list, || ()).await
            };
            let on_progress = |counts| {
                self.counts.try_set(counts);
            };
            match deletion::collect(&prefix, &selected, list, on_progress).await {
                Ok(deletion) => {
                    let sample = deletion.sample().map(str::to_owned);
                    self.deletion.try_set_value(deletion);
                    self.phase.try_set(Phase::Ready);
                    self.look_for_versions(sample).await;
                }
                Err(CallError::Cancelled) => {}
                Err(error) => self.fail(format!("Nothing was deleted. {error}")),
            }
        });
    }

    async fn look_for_versions(self, sample: Option<String>) {
        if let Some(key) = sample
            && let Ok(metadata) = client::metadata(key).await
        {
            let keeps = metadata.version_id.is_some_and(|version| version != "null");
            self.keeps_versions.try_set(Some(keeps));
        }
    }

    fn delete(self) {
        self.phase.set(Phase::Deleting(0));
        let (selected, keys) = (
            self.selected.get_value(),
            self.deletion.with_value(|deletion| deletion.keys.clone()),
        );
        let files = self.counts.get_untracked().files;
        spawn_local(async move {
            let delete = async |batch: &[String]| {
                retry_when_throttled(async || client::delete(batch.to_vec()).await, || ()).await
            };
            let go_on = |deleted| {
                self.phase.try_set(Phase::Deleting(deleted));
                self.stop.try_get_untracked() == Some(false)
            };
            let outcome = deletion::run(&keys, delete, go_on).await;
            let progress = outcome.progress(keys.len());
            let reason = outcome.reason();
            let message = match (&outcome.end, selected.as_slice()) {
                (End::Complete, [entry]) => format!("“{}” deleted.", label_of(&entry.name)),
                (End::Complete, _) => format!("{} deleted.", format::count(files, "file", "files")),
                (End::Stopped, _) => format!("Stopped. {progress}"),
                (End::Refused(_) | End::Failed(_), _) => progress.clone(),
            };
            if reason.is_none() || outcome.deleted > 0 {
                self.finish(&selected, &outcome.left, outcome.markers, message);
            }
            match reason {
                Some(reason) => self.fail(format!("{progress} {reason}")),
                None => {
                    // After “Stop” the dialog is closed, and another may be open.
                    if self.stop.try_get_untracked() == Some(false) {
                        self.folder.overlay.try_set(None);
                    }
                }
            }
        });
    }

    /// Removes the rows of what is deleted whole, and offers to undo the deletion.
    fn finish(self, selected: &[Selected], left: &[String], markers: Vec<DeleteMarker>, message: String) {
        let undo = Undo {
            markers,
            rows: self.remove_rows(selected, left),
            restored: self.restored,
            toasts: self.toasts,
        };
        undo.offer(message);
    }

    /// Answers the removed rows; none if the folder has ended.
    fn remove_rows(self, selected: &[Selected], left: &[String]) -> Vec<ObjectEntry> {
        let listing = self.folder.listing;
        let Some(prefix) = listing.try_with_untracked(|listing| listing.prefix().to_owned()) else {
            return Vec::new();
        };
        let deleted = wholly_deleted(&prefix, selected, left);
        let rows = self.folder.rows(&deleted);
        self.folder.remove(&deleted);
        rows
    }

    fn fail(self, why: String) {
        self.failure.try_set(why);
        self.phase.try_set(Phase::Failed);
    }
}
