//! Picks a folder. Each level is read when it is opened, and new folders can be made.

use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};

use super::name_field::typed;
use crate::{
    contract::{BucketName, MaxKeys, key::name_of},
    features::{
        auth::{port::Viewer, viewer::use_viewer},
        files::{
            client,
            model::{entry::label_of, new_name::new_name},
            types::ListQuery,
        },
    },
    format,
    rest::{CallError, retry_when_throttled},
    routes::Drive,
    ui::{Button, Icon, Spinner, Variant, field::FieldError, icon::Name},
};

/// How many pages of a level are read until somebody asks for more. Folders may come behind many files.
const PAGES: usize = 10;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Reading {
    Under,
    /// There may be more folders, once somebody asks for them.
    Paused,
    Complete,
    Failed(CallError),
}

#[derive(Clone, Copy)]
struct Level {
    bucket: RwSignal<Option<BucketName>>,
    /// The folder that is open, a whole prefix.
    at: RwSignal<String>,
    folders: RwSignal<Vec<String>>,
    reading: RwSignal<Reading>,
    next: StoredValue<Option<String>>,
}

#[component]
pub fn FolderPicker(
    /// The bucket that the folder is in; the home bucket unless given.
    bucket: RwSignal<Option<BucketName>>,
    /// The chosen folder, which is the open one. A whole prefix.
    at: RwSignal<String>,
    /// Whether a folder is being made, which will be the chosen one.
    making: RwSignal<bool>,
    /// Prefixes that cannot be chosen, nor any folder inside.
    barred: Vec<String>,
) -> impl IntoView {
    let viewer = use_viewer();
    let drives = viewer.as_ref().map(writable).unwrap_or_default();
    let list = NodeRef::<html::Div>::new();
    let level = Level {
        bucket,
        at,
        folders: RwSignal::new(Vec::new()),
        reading: RwSignal::new(Reading::Under),
        next: StoredValue::new(None),
    };
    Effect::new(move |before: Option<()>| {
        at.track();
        bucket.track();
        level.begin();
        // The pressed button is gone, so the focus needs a new place.
        if before.is_some()
            && let Some(list) = list.get_untracked()
        {
            let _ = list.focus();
        }
    });
    let barred = StoredValue::new(barred);
    let crumbs = move || {
        let at = at.get();
        let (top, below) = match &viewer {
            None => (String::new(), String::new()),
            Some(viewer) => {
                let (drive, below) = bucket.with(|bucket| viewer.place_of(bucket.as_ref(), &at));
                (viewer.name_of(&drive), below)
            }
        };
        let mut end = at.len() - below.len();
        let home = (format::visible(&top).into_owned(), at[..end].to_owned());
        let rest = below.split_inclusive('/').map(|segment| {
            end += segment.len();
            (label_of(segment).into_owned(), at[..end].to_owned())
        });
        std::iter::once(home).chain(rest).collect::<Vec<_>>()
    };

    view! {
        <div class="picker">
            <Drives drives bucket at />
            <nav class="crumbs picker-crumbs" aria-label="Way to the folder">
                <ol>
                    {move || {
                        let crumbs = crumbs();
                        let last = crumbs.len() - 1;
                        crumbs
                            .into_iter()
                            .enumerate()
                            .map(|(i, (name, prefix))| {
                                view! {
                                    <li>
                                        {(i > 0).then(|| view! { <Icon name=Name::ChevronRight /> })}
                                        <button
                                            type="button"
                                            class="crumb"
                                            aria-current=(i == last).then_some("true")
                                            on:click=move |_| at.set(prefix.clone())
                                        >
                                            <bdi>{name}</bdi>
                                        </button>
                                    </li>
                                }
                            })
                            .collect_view()
                    }}
                </ol>
            </nav>
            <div node_ref=list class="picker-list" tabindex="-1" role="group" aria-label="Folders here">
                <ul>
                    <For each=move || level.folders.get() key=Clone::clone let:prefix>
                        <li>
                            <FolderRow prefix at barred />
                        </li>
                    </For>
                </ul>
                <State level />
            </div>
            <NewFolder level busy=making />
        </div>
    }
}

/// A top folder below which the person may put something.
#[derive(Clone)]
struct Top {
    name: String,
    drive: Drive,
    /// Its whole prefix.
    prefix: String,
}

fn writable(viewer: &Viewer) -> Vec<Top> {
    let drives = viewer.drives().filter(|drive| viewer.may_write(drive));
    drives
        .map(|drive| Top {
            name: viewer.name_of(&drive),
            prefix: viewer.prefix_of(&drive),
            drive,
        })
        .collect()
}

/// The way to another top folder, where there is more than one.
#[component]
fn Drives(drives: Vec<Top>, bucket: RwSignal<Option<BucketName>>, at: RwSignal<String>) -> impl IntoView {
    (drives.len() > 1).then(|| {
        let buttons = drives.into_iter().map(|top| {
            let here = top.clone();
            let is_here = Memo::new(move |_| {
                let is_bucket = bucket.with(|bucket| bucket.as_ref() == here.drive.bucket());
                is_bucket && at.with(|at| at.starts_with(&here.prefix))
            });
            view! {
                <button
                    type="button"
                    class="picker-drive"
                    aria-pressed=move || is_here.get().to_string()
                    on:click=move |_| {
                        bucket.set(top.drive.bucket().cloned());
                        at.set(top.prefix.clone());
                    }
                >
                    <bdi>{format::visible(&top.name).into_owned()}</bdi>
                </button>
            }
        });
        view! {
            <div class="picker-drives" role="group" aria-label="Home, teams and buckets">
                {buttons.collect_view()}
            </div>
        }
    })
}

#[component]
fn FolderRow(prefix: String, at: RwSignal<String>, barred: StoredValue<Vec<String>>) -> impl IntoView {
    let is_barred = barred.with_value(|barred| barred.contains(&prefix));
    let name = label_of(name_of(&prefix)).into_owned();
    view! {
        <button type="button" class="menu-item" disabled=is_barred on:click=move |_| at.set(prefix.clone())>
            <Icon name=Name::Folder />
            <span>
                <bdi>{name}</bdi>
            </span>
            <Icon name=Name::ChevronRight />
        </button>
    }
}

#[component]
fn State(level: Level) -> impl IntoView {
    let none = Memo::new(move |_| level.folders.with(Vec::is_empty));
    view! {
        <div role="status">
            {move || match level.reading.get() {
                Reading::Under => view! { <p class="picker-note"><Spinner /> "Loading"</p> }.into_any(),
                Reading::Complete if none.get() => view! { <p class="picker-note">"No folders in here."</p> }.into_any(),
                Reading::Complete => ().into_any(),
                Reading::Paused => view! {
                    <Button variant=Variant::Quiet on_press=move |_| level.read()>"Look for more folders"</Button>
                }
                    .into_any(),
                Reading::Failed(failure) => view! {
                    <p class="picker-note">{failure.to_string()}</p>
                    <Button variant=Variant::Quiet icon=Name::Refresh on_press=move |_| level.read()>"Try again"</Button>
                }
                    .into_any(),
            }}
        </div>
    }
}

#[component]
fn NewFolder(level: Level, busy: RwSignal<bool>) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let typing = RwSignal::new(false);
    let error = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            let _ = input.focus();
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let typed = typed(input);
        let at = level.at.get_untracked();
        let prefix = match new_name(&typed, &at) {
            Ok(name) => format!("{at}{name}/"),
            Err(why) => return error.set(Some(why.to_string())),
        };
        error.set(None);
        busy.set(true);
        let bucket = level.bucket.get_untracked();
        spawn_local(async move {
            let made = client::create_folder(prefix.clone(), bucket).await;
            busy.try_set(false);
            match made {
                Ok(()) => {
                    typing.try_set(false);
                    level.at.try_set(prefix);
                }
                Err(failure) => {
                    error.try_set(Some(failure.to_string()));
                }
            }
        });
    };
    view! {
        <Show
            when=move || typing.get()
            fallback=move || {
                view! {
                    <div>
                        <Button variant=Variant::Quiet icon=Name::FolderPlus on_press=move |_| typing.set(true)>
                            "New folder here"
                        </Button>
                    </div>
                }
            }
        >
            <form class="picker-new" on:submit=submit novalidate>
                <input
                    node_ref=input
                    class="input"
                    type="text"
                    autocomplete="off"
                    aria-label="Name of the new folder"
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    aria-describedby=move || error.with(Option::is_some).then_some("picker-error")
                    on:input=move |_| error.set(None)
                />
                <Button submit=true busy=busy>"Create"</Button>
                <FieldError id="picker-error" error />
            </form>
        </Show>
    }
}

impl Level {
    /// Reads the open folder from its beginning.
    fn begin(self) {
        self.folders.set(Vec::new());
        self.next.set_value(None);
        self.read();
    }

    /// Reads the next pages.
    fn read(self) {
        self.reading.set(Reading::Under);
        let (bucket, at) = (self.bucket.get_untracked(), self.at.get_untracked());
        spawn_local(async move {
            let outcome = self.pages(bucket.as_ref(), &at).await;
            if self.is_open(bucket.as_ref(), &at) {
                self.reading.try_set(match outcome {
                    Ok(true) => Reading::Complete,
                    Ok(false) => Reading::Paused,
                    Err(error) => Reading::Failed(error),
                });
            }
        });
    }

    /// Whether this is still the folder that is open.
    fn is_open(self, bucket: Option<&BucketName>, at: &str) -> bool {
        self.at.try_get_untracked().as_deref() == Some(at)
            && self
                .bucket
                .try_get_untracked()
                .is_some_and(|open| open.as_ref() == bucket)
    }

    /// Answers whether the folder was read to its end.
    async fn pages(self, bucket: Option<&BucketName>, at: &str) -> Result<bool, CallError> {
        for _ in 0..PAGES {
            let query = ListQuery {
                prefix: Some(at.to_owned()),
                continuation_token: self.next.try_get_value().flatten(),
                max_keys: Some(MaxKeys::MAX),
                bucket: bucket.cloned(),
                ..ListQuery::default()
            };
            let page = retry_when_throttled(async || client::list(&query).await, || ())
                .await?
                .body;
            if !self.is_open(bucket, at) {
                return Err(CallError::Cancelled);
            }
            let found = page.objects.into_iter().filter(|entry| entry.is_folder);
            let found: Vec<_> = found.map(|entry| entry.key).collect();
            if !found.is_empty() {
                self.folders.try_update(|folders| folders.extend(found));
            }
            let is_last = page.continuation_token.is_none();
            self.next.try_set_value(page.continuation_token);
            if is_last {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
