//! The deleted files of a folder and of all folders inside, which can be restored.

use leptos::prelude::*;

use super::{
    for_good::ForGoodDialog,
    list::{Found, PastList, PastRow},
    page::{Nothing, PastPage},
};
use crate::{
    contract::MaxKeys,
    features::{
        auth::viewer::{drive_name, may_write},
        files::{
            client,
            effects::FileEffect,
            model::{
                address::Address,
                transfer::{capital, things},
            },
            queued::{FileJobs, Told, use_file_jobs},
            types_history::{DeletedQuery, RestoreRequest},
        },
        jobs::types::DoneOrQueued,
    },
    format,
    rest::{CallError, retry_when_throttled},
    ui::{Button, IconButton, Variant, icon::Name},
};

#[derive(Clone, Copy)]
struct State {
    list: PastList,
    jobs: FileJobs,
    /// The folder, a whole prefix.
    prefix: StoredValue<String>,
}

#[component]
pub fn Deleted(address: Address, root: String) -> impl IntoView {
    let state = State {
        list: PastList::default(),
        jobs: use_file_jobs(),
        prefix: StoredValue::new(format!("{root}{}", address.path)),
    };
    let list = state.list;
    state.jobs.at_each_change(move || state.begin());
    let may_write = may_write(&address.drive);
    let heading = format!("Deleted from “{}”", address.title(&drive_name(&address.drive)));
    let back = address.folder(address.path.clone()).href();
    // The inner `None` asks about all of them.
    let asked = RwSignal::new(None::<Option<Vec<String>>>);
    let for_all = move || {
        view! {
            <Show when=move || may_write && !list.is_empty()>
                <Button variant=Variant::Primary icon=Name::Undo on_press=move |_| state.restore(None)>
                    "Restore all"
                </Button>
                <Button icon=Name::Trash on_press=move |_| asked.set(Some(None))>
                    "Delete all for good"
                </Button>
            </Show>
        }
    };
    let for_picked = move || {
        view! {
            <Show when=move || may_write>
                <Button
                    variant=Variant::Primary
                    icon=Name::Undo
                    on_press=move |_| state.restore(Some(list.picked_keys()))
                >
                    {move || list.with_count("Restore")}
                </Button>
                <Button
                    variant=Variant::Danger
                    icon=Name::Trash
                    on_press=move |_| asked.set(Some(Some(list.picked_keys())))
                >
                    {move || format!("{} for good", list.with_count("Delete"))}
                </Button>
            </Show>
        }
    };
    let actions = move |row: PastRow| {
        let (key, label) = (
            StoredValue::new(row.key.clone()),
            format::visible(&row.name).into_owned(),
        );
        may_write
            .then(|| {
                view! {
                    <Button on_press=move |_| state.restore_one(row.clone())>"Restore"</Button>
                    <IconButton
                        icon=Name::Trash
                        label=format!("Delete {label} for good")
                        on_press=move |_| asked.set(Some(Some(vec![key.get_value()])))
                    />
                }
            })
            .into_any()
    };

    view! {
        <PastPage
            list
            heading
            nouns=("file", "files")
            back
            back_label="Back to the folder"
            for_all
            for_picked
            nothing=Nothing {
                icon: Name::Trash,
                title: "Nothing deleted that can be restored",
                hint: "Files that are deleted from here show up in this list, where storage keeps versions.",
            }
            more=move |()| list.go_on(move |token| state.read(token))
            dated="Deleted"
            actions
        />
        {move || {
            asked
                .get()
                .map(|keys| {
                    view! { <ForGoodDialog keys folder=state.prefix.get_value() on_close=move |()| asked.set(None) /> }
                })
        }}
    }
    .into_any()
}

impl State {
    fn begin(self) {
        self.list.begin(move |token| self.read(token));
    }

    async fn read(self, token: Option<String>) -> Result<Found, CallError> {
        let prefix = self.prefix.try_get_value().ok_or(CallError::Cancelled)?;
        let query = DeletedQuery {
            prefix: Some(prefix.clone()),
            continuation_token: token,
            max_keys: Some(MaxKeys::default()),
            bucket: None,
        };
        let page = client::deleted(&query).await?;
        let rows = page.objects.into_iter().map(|entry| PastRow {
            name: entry.key.strip_prefix(&prefix).unwrap_or(&entry.key).to_owned(),
            // Only the marker of an empty folder ends in a slash.
            is_folder: entry.key.ends_with('/'),
            key: entry.key,
            size: entry.size,
            version_id: Some(entry.version_id),
            moment: entry.deleted_at,
            change: None,
            href: None,
        });
        Ok(Found {
            rows: rows.collect(),
            next: page.continuation_token,
        })
    }

    fn restore_one(self, row: PastRow) {
        leptos::task::spawn_local(async move {
            let request = RestoreRequest {
                key: Some(row.key.clone()),
                version_id: row.version_id.clone(),
                ..RestoreRequest::default()
            };
            match retry_when_throttled(async || client::restore(&request).await, || ()).await {
                Ok(_) => {
                    self.list.remove(&row.key);
                    self.jobs.toasts.done(format!("{} is back.", things(&[row.key])));
                }
                Err(failure) => self
                    .jobs
                    .toasts
                    .error(format!("{} was not restored. {failure}", things(&[row.key]))),
            }
        });
    }

    /// Restores these keys, or everything.
    fn restore(self, keys: Option<Vec<String>>) {
        let prefix = self.prefix.get_value();
        let things = keys
            .as_deref()
            .map_or_else(|| "all deleted files".to_owned(), things);
        let request = RestoreRequest {
            prefix: keys.is_none().then(|| prefix.clone()),
            keys,
            deleted_only: Some(true),
            ..RestoreRequest::default()
        };
        restore_by_job(self.jobs, request, &things, prefix);
    }
}

/// Restores by a job, and says so when it has ended.
pub fn restore_by_job(jobs: FileJobs, request: RestoreRequest, things: &str, folder: String) {
    let verb = if things.starts_with('“') { "is" } else { "are" };
    let told = Told {
        title: format!("Restore {things}"),
        done: format!("{} {verb} restored.", capital(things)),
        effect: FileEffect::changed([folder.clone()]),
        touched: vec![folder],
        ..Told::default()
    };
    leptos::task::spawn_local(async move {
        match retry_when_throttled(async || client::restore(&request).await, || ()).await {
            Ok(DoneOrQueued::Queued(queued)) => jobs.follow(queued.job_id, told),
            Ok(DoneOrQueued::Done(_)) => {
                jobs.effects.announce(told.effect);
                jobs.toasts.done(told.done);
            }
            Err(failure) => jobs.toasts.error(format!("Nothing was restored. {failure}")),
        }
    });
}
