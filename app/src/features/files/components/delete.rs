//! Deleting what is selected: counts first, says exactly what goes, deletes in batches, can be stopped.

use leptos::{either::EitherOf4, prelude::*};

use crate::{
    contract::key::name_of,
    features::files::{
        client,
        folder::Folder,
        model::{
            deletion::{Deletion, batches, wholly_gone},
            listing::{EntryId, label_of},
        },
        restored::{Restored, use_restored},
        types::{DeleteMarker, ObjectEntry},
        undo::Undo,
    },
    format,
    rest::{CallError, retry_when_throttled},
    ui::{
        Alert, Button, Dialog, Kind, Progress, Sentence, Spinner, Variant,
        toast::{Toasts, use_toasts},
    },
};

/// How many names the dialog spells out.
const NAMED: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Counting,
    Ready,
    /// So many keys are gone.
    Deleting(usize),
    Failed,
}

/// What the dialog's parts share.
#[derive(Clone, Copy)]
struct Work {
    folder: Folder,
    toasts: Toasts,
    restored: Restored,
    phase: RwSignal<Phase>,
    deletion: RwSignal<Deletion>,
    /// `None` until it is known whether the bucket keeps versions.
    keeps_versions: RwSignal<Option<bool>>,
    failure: RwSignal<String>,
    stop: RwSignal<bool>,
}

#[component]
pub fn DeleteDialog(folder: Folder, ids: Vec<EntryId>) -> impl IntoView {
    let work = Work {
        folder,
        toasts: use_toasts(),
        restored: use_restored(),
        phase: RwSignal::new(Phase::Counting),
        deletion: RwSignal::new(Deletion::default()),
        keeps_versions: RwSignal::new(None),
        failure: RwSignal::new(String::new()),
        stop: RwSignal::new(false),
    };
    let names = StoredValue::new(folder.listing.with_untracked(|listing| {
        let entries = ids.iter().filter_map(|id| listing.get(*id));
        entries
            .map(|entry| (entry.name.to_string(), entry.size))
            .collect::<Vec<_>>()
    }));
    Effect::new(move |_| work.count(names.get_value()));

    let selected = names.with_value(Vec::len);
    let title = names.with_value(|names| match names.as_slice() {
        [(name, _)] => format!("Delete “{}”?", label_of(name)),
        several => format!("Delete {} items?", format::grouped(several.len() as u64)),
    });
    let listed = (selected > 1).then(|| {
        let more = selected.saturating_sub(NAMED) as u64;
        let named = names.with_value(|names| {
            let named = names.iter().take(NAMED);
            named
                .map(|(name, _)| view! { <li><bdi>{label_of(name).into_owned()}</bdi></li> })
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
        work.stop.set(true);
        folder.overlay.set(None);
    };

    view! {
        <Dialog title on_close=close>
            {listed}
            {move || match work.phase.get() {
                Phase::Counting => EitherOf4::A(view! {
                    <p class="delete-count" role="status">
                        <Spinner />
                        {move || {
                            let files = work.deletion.with(|deletion| deletion.files);
                            format!("Counting what is inside: {} so far", format::count(files, "file", "files"))
                        }}
                    </p>
                }),
                Phase::Ready => EitherOf4::B(view! {
                    <p role="status">
                        "This deletes " <strong>{work.deletion.with_untracked(Deletion::summary)}</strong> "."
                    </p>
                    <Fate keeps_versions=work.keeps_versions />
                }),
                Phase::Deleting(gone) => EitherOf4::C(view! {
                    <Progress label="Deleting" fraction=Signal::derive(move || Some(work.fraction(gone))) />
                    <p role="status">
                        {format!(
                            "{} of {} deleted",
                            format::grouped(gone as u64),
                            format::grouped(work.deletion.with_untracked(|d| d.keys().len() as u64)),
                        )}
                    </p>
                }),
                Phase::Failed => EitherOf4::D(view! { <Alert kind=Kind::Danger><Sentence text=work.failure.get() /></Alert> }),
            }}
            <div class="dialog-actions">
                <Button on_press=move |_| close(())>
                    {move || if matches!(work.phase.get(), Phase::Deleting(_)) { "Stop" } else { "Cancel" }}
                </Button>
                <Show when=move || work.phase.get() == Phase::Failed>
                    <Button variant=Variant::Primary on_press=move |_| work.count(names.get_value())>
                        "Try again"
                    </Button>
                </Show>
                <Show when=move || matches!(work.phase.get(), Phase::Counting | Phase::Ready)>
                    <Button
                        variant=Variant::Danger
                        disabled=Signal::derive(move || work.phase.get() == Phase::Counting)
                        on_press=move |_| work.delete(names.get_value())
                    >
                        {move || work.deletion.with(Deletion::button)}
                    </Button>
                </Show>
            </div>
        </Dialog>
    }
}

/// Whether what is deleted can come back.
#[component]
fn Fate(keeps_versions: RwSignal<Option<bool>>) -> impl IntoView {
    move || {
        keeps_versions.get().map(|keeps| {
            if keeps {
                view! { <Alert kind=Kind::Info>"Storage keeps the versions: they can be brought back."</Alert> }.into_any()
            } else {
                view! { <Alert kind=Kind::Warning>"This cannot be undone: storage keeps no versions here."</Alert> }.into_any()
            }
        })
    }
}

impl Work {
    #[expect(clippy::cast_precision_loss, reason = "a fraction to look at")]
    fn fraction(self, gone: usize) -> f64 {
        let all = self.deletion.with_untracked(|deletion| deletion.keys().len());
        gone as f64 / all.max(1) as f64
    }

    fn count(self, names: Vec<(String, u64)>) {
        self.phase.set(Phase::Counting);
        self.deletion.set(Deletion::default());
        leptos::task::spawn_local(async move {
            let counted = self.gather(names).await;
            match counted {
                Ok(()) => {
                    self.phase.try_set(Phase::Ready);
                    self.look_for_versions().await;
                }
                // The dialog is gone.
                Err(CallError::Cancelled) => {}
                Err(failure) => self.fail(format!("Nothing was deleted. {failure}")),
            }
        });
    }

    /// Collects every key that goes.
    async fn gather(self, names: Vec<(String, u64)>) -> Result<(), CallError> {
        let prefix = self
            .folder
            .listing
            .try_with_untracked(|listing| listing.prefix().to_owned());
        let prefix = prefix.ok_or(CallError::Cancelled)?;
        for (name, size) in names {
            let key = format!("{prefix}{name}");
            if !name.ends_with('/') {
                self.deletion
                    .try_update(|deletion| deletion.add_file(key, size))
                    .ok_or(CallError::Cancelled)?;
                continue;
            }
            self.deletion
                .try_update(|deletion| deletion.folders += 1)
                .ok_or(CallError::Cancelled)?;
            let mut token = None;
            loop {
                let list = async || client::list_recursive(key.clone(), token.clone()).await;
                let page = retry_when_throttled(list, || ()).await?;
                self.deletion
                    .try_update(|deletion| deletion.add_found(page.objects))
                    .ok_or(CallError::Cancelled)?;
                token = page.continuation_token;
                if token.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn look_for_versions(self) {
        let sample = self
            .deletion
            .try_with_untracked(|deletion| deletion.sample().map(str::to_owned));
        if let Some(Some(key)) = sample
            && let Ok(metadata) = client::metadata(key).await
        {
            let kept = metadata.version_id.is_some_and(|version| version != "null");
            self.keeps_versions.try_set(Some(kept));
        }
    }

    fn delete(self, names: Vec<(String, u64)>) {
        self.phase.set(Phase::Deleting(0));
        leptos::task::spawn_local(async move {
            let keys = self.deletion.with_untracked(|deletion| deletion.keys().to_vec());
            let files = self.deletion.with_untracked(|deletion| deletion.files);
            let mut gone = 0;
            let mut markers = Vec::new();
            for batch in batches(&keys, String::len) {
                if self.stop.try_get_untracked() != Some(false) {
                    let told = format!("Stopped. {} of {} were deleted.", gone, keys.len());
                    return self.done(&names, &keys[gone..], markers, told);
                }
                let (kept, why) =
                    match retry_when_throttled(async || client::delete(batch.to_vec()).await, || ()).await {
                        Ok(answer) => {
                            gone += answer.deleted.len();
                            markers.extend(answer.markers);
                            let Some(error) = answer.errors.first() else {
                                self.phase.try_set(Phase::Deleting(gone));
                                continue;
                            };
                            let why = format!("“{}”: {}.", name_of(&error.key), error.message);
                            (answer.errors.into_iter().map(|error| error.key).collect(), why)
                        }
                        Err(failure) => (batch.to_vec(), failure.to_string()),
                    };
                let told = if gone == 0 {
                    "Nothing was deleted.".to_owned()
                } else {
                    format!("{gone} of {} were deleted.", keys.len())
                };
                if gone > 0 {
                    let later = keys.iter().skip(gone + kept.len()).cloned();
                    let left: Vec<_> = kept.into_iter().chain(later).collect();
                    self.done(&names, &left, markers, told.clone());
                }
                return self.fail(format!("{told} {why}"));
            }
            let told = match names.as_slice() {
                [(name, _)] => format!("“{}” deleted.", label_of(name)),
                _ => format!("{} deleted.", format::count(files, "file", "files")),
            };
            self.done(&names, &[], markers, told);
            self.folder.overlay.try_set(None);
        });
    }

    /// Takes the rows away of which nothing is left, says so, and offers to take it back.
    fn done(self, names: &[(String, u64)], left: &[String], markers: Vec<DeleteMarker>, told: String) {
        let rows = self.forget(names, left);
        let undo = Undo {
            markers,
            rows,
            restored: self.restored,
            toasts: self.toasts,
        };
        undo.offer(told);
    }

    /// Takes the rows away of which nothing is left; answers them, unless the folder itself is gone.
    fn forget(self, names: &[(String, u64)], left: &[String]) -> Vec<ObjectEntry> {
        let prefix = self
            .folder
            .listing
            .try_with_untracked(|listing| listing.prefix().to_owned());
        let Some(prefix) = prefix else {
            return Vec::new();
        };
        let gone = wholly_gone(&prefix, names, left);
        let rows = self.folder.rows(&gone);
        self.folder.removed(&gone);
        rows
    }

    fn fail(self, why: String) {
        self.failure.try_set(why);
        self.phase.try_set(Phase::Failed);
    }
}
