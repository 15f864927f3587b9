//! The list of both views of the past: its rows are read page by page and can be picked.

use std::collections::BTreeSet;

use leptos::{prelude::*, task::spawn_local};

use crate::{
    contract::Timestamp,
    features::files::{
        components::clock::Time,
        download::download_version,
        model::{entry::label_of, kind::FileKind},
        types_history::Change,
    },
    format,
    rest::{CallError, retry_when_throttled},
    ui::{Button, Icon, IconButton, Spinner, Variant, icon::Name, toast::use_toasts},
};

/// How many rows are read until somebody asks for more.
const SHOWN: usize = 200;
/// The most requests for these rows. Each reads thousands of versions, and may find nothing.
const REQUESTS: usize = 20;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRow {
    pub key: String,
    /// Below the folder.
    pub name: String,
    pub is_folder: bool,
    /// Bytes.
    pub size: u64,
    pub version_id: Option<String>,
    /// When it was deleted, or written.
    pub moment: Option<Timestamp>,
    pub change: Option<Change>,
    /// Where a folder leads.
    pub href: Option<String>,
}

/// One page of rows.
pub struct Found {
    pub rows: Vec<PastRow>,
    pub next: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    Under,
    /// There may be more.
    Paused,
    Complete,
    Failed(CallError),
}

#[derive(Clone, Copy)]
pub struct PastList {
    pub rows: RwSignal<Vec<PastRow>>,
    pub picked: RwSignal<BTreeSet<String>>,
    pub reading: RwSignal<Reading>,
    next: StoredValue<Option<String>>,
    /// Counts the beginnings: answers to an earlier one are dropped.
    turn: StoredValue<u32>,
}

impl Default for PastList {
    fn default() -> Self {
        Self {
            rows: RwSignal::new(Vec::new()),
            picked: RwSignal::new(BTreeSet::new()),
            reading: RwSignal::new(Reading::Under),
            next: StoredValue::new(None),
            turn: StoredValue::new(0),
        }
    }
}

impl PastList {
    /// Reads from the beginning. What is picked and still there stays picked.
    pub fn begin<F>(self, read: impl Fn(Option<String>) -> F + 'static)
    where
        F: Future<Output = Result<Found, CallError>> + 'static,
    {
        self.next.set_value(None);
        self.go_on_with(true, read);
    }

    pub fn go_on<F>(self, read: impl Fn(Option<String>) -> F + 'static)
    where
        F: Future<Output = Result<Found, CallError>> + 'static,
    {
        self.go_on_with(false, read);
    }

    fn go_on_with<F>(self, mut anew: bool, read: impl Fn(Option<String>) -> F + 'static)
    where
        F: Future<Output = Result<Found, CallError>> + 'static,
    {
        let turn = self.turn.get_value() + 1;
        self.turn.set_value(turn);
        self.reading.set(Reading::Under);
        spawn_local(async move {
            let mut found = 0;
            for _ in 0..REQUESTS {
                let token = self.next.try_get_value().flatten();
                let page = retry_when_throttled(async || read(token.clone()).await, || ()).await;
                if self.turn.try_get_value() != Some(turn) {
                    return;
                }
                let page = match page {
                    Ok(page) => page,
                    Err(failure) => {
                        self.reading.try_set(Reading::Failed(failure));
                        return;
                    }
                };
                found += page.rows.len();
                self.rows.try_update(|rows| {
                    if anew {
                        rows.clear();
                    }
                    rows.extend(page.rows);
                });
                anew = false;
                let is_last = page.next.is_none();
                self.next.try_set_value(page.next);
                if is_last {
                    self.reading.try_set(Reading::Complete);
                    self.forget_missing();
                    return;
                }
                if found >= SHOWN {
                    break;
                }
            }
            self.reading.try_set(Reading::Paused);
        });
    }

    fn forget_missing(self) {
        let _ = self.rows.try_with_untracked(|rows| {
            let keys: BTreeSet<&String> = rows.iter().map(|row| &row.key).collect();
            self.picked
                .try_update(|picked| picked.retain(|key| keys.contains(key)));
        });
    }

    pub fn is_empty(self) -> bool {
        self.rows.with(Vec::is_empty)
    }

    pub fn picked_keys(self) -> Vec<String> {
        self.picked
            .with_untracked(|picked| picked.iter().cloned().collect())
    }

    /// `Restore 12`
    pub fn with_count(self, verb: &str) -> String {
        let count = self.picked.with(BTreeSet::len);
        format!("{verb} {}", format::grouped(count as u64))
    }

    /// Removes a row that was dealt with.
    pub fn remove(self, key: &str) {
        self.rows.try_update(|rows| rows.retain(|row| row.key != key));
        self.picked.try_update(|picked| picked.remove(key));
    }
}

/// How many rows there are, and whether more are being read.
#[component]
pub fn Count(list: PastList, one: &'static str, many: &'static str) -> impl IntoView {
    move || {
        let count = list.rows.with(|rows| format::count(rows.len() as u64, one, many));
        match list.reading.get() {
            Reading::Complete => view! { <span>{count}</span> }.into_any(),
            Reading::Paused => view! { <span>{count} " so far"</span> }.into_any(),
            Reading::Under => {
                view! { <span class="toolbar-more"><Spinner /> {count} " so far"</span> }.into_any()
            }
            Reading::Failed(failure) => {
                view! { <span class="toolbar-more toolbar-stopped">{format!("{count} so far. {failure}")}</span> }.into_any()
            }
        }
    }
}

#[component]
pub fn Rows(
    list: PastList,
    /// Reads on.
    #[prop(into)]
    more: Callback<()>,
    /// What the date of a row says: `Deleted`.
    dated: &'static str,
    /// What can be done with one row.
    #[prop(into)]
    actions: RowActions,
) -> impl IntoView {
    let goes_on = Memo::new(move |_| matches!(list.reading.get(), Reading::Paused | Reading::Failed(_)));
    let actions = StoredValue::new(actions);
    view! {
        <ol class="hits">
            <For
                each=move || list.rows.get()
                key=|row| (row.key.clone(), row.version_id.clone(), row.moment, row.change.is_some())
                let:row
            >
                <RowView list row=row.clone() dated actions=(actions.get_value().0)(row) />
            </For>
            <Show when=move || goes_on.get()>
                <li class="hits-more">
                    <Button variant=Variant::Quiet icon=Name::Search on_press=move |_| more.run(())>
                        "Look further"
                    </Button>
                </li>
            </Show>
        </ol>
    }
}

/// Draws the commands of a row.
#[derive(Clone)]
pub struct RowActions(std::sync::Arc<dyn Fn(PastRow) -> AnyView + Send + Sync>);

impl<F> From<F> for RowActions
where
    F: Fn(PastRow) -> AnyView + Send + Sync + 'static,
{
    fn from(draw: F) -> Self {
        Self(std::sync::Arc::new(draw))
    }
}

#[component]
fn RowView(list: PastList, row: PastRow, dated: &'static str, actions: AnyView) -> impl IntoView {
    let toasts = use_toasts();
    let kind = FileKind::of_name(&row.name);
    let label = row
        .name
        .trim_end_matches('/')
        .split('/')
        .map(|segment| label_of(segment).into_owned())
        .collect::<Vec<_>>()
        .join(" / ");
    let key = StoredValue::new(row.key.clone());
    let is_picked = Memo::new(move |_| {
        list.picked
            .with(|picked| key.with_value(|key| picked.contains(key)))
    });
    let toggle = move |_| {
        list.picked.update(|picked| {
            let key = key.get_value();
            if !picked.remove(&key) {
                picked.insert(key);
            }
        });
    };
    let name = match row.href {
        Some(href) => view! {
            <a class="name hit-name" href=href title=label.clone()>
                <bdi>{label.clone()}</bdi>
            </a>
        }
        .into_any(),
        None => view! {
            <span class="name hit-name" title=label.clone()>
                <bdi>{label.clone()}</bdi>
            </span>
        }
        .into_any(),
    };
    let change = row.change.map(|change| match change {
        Change::Changed => view! { <span class="badge badge-warning">"Changed since"</span> }.into_any(),
        Change::Deleted => view! { <span class="badge badge-danger">"Deleted since"</span> }.into_any(),
    });
    let save = row.version_id.clone().map(|version| {
        let key = row.key.clone();
        view! {
            <IconButton
                icon=Name::Download
                label=format!("Download {label}")
                on_press=move |_| download_version(key.clone(), version.clone(), toasts)
            />
        }
    });
    view! {
        <li class="hit past">
            <input
                type="checkbox"
                class="check"
                aria-label=format!("Select {label}")
                prop:checked=move || is_picked.get()
                on:change=toggle
            />
            <span class=kind.class()>
                <Icon name=kind.icon() />
            </span>
            <div class="hit-text">
                {name}
                <span class="past-facts">
                    {change}
                    {row.moment.map(|moment| view! { <span>{dated} " " <Time moment /></span> })}
                    {(!row.is_folder).then(|| view! { <span>{format::bytes(row.size)}</span> })}
                </span>
            </div>
            <div class="past-actions">{save} {actions}</div>
        </li>
    }
}
