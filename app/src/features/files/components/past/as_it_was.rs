//! A folder as it was at a moment: its entries, how they have changed since, and restoring them.

use js_sys::Date;
use leptos::{ev::SubmitEvent, html, prelude::*};
use wasm_bindgen::JsValue;

use super::{
    deleted::restore_by_job,
    list::{Found, PastList, PastRow},
    page::{Nothing, PastPage},
};
use crate::{
    contract::{MaxKeys, Timestamp},
    features::{
        auth::viewer::{drive_name, may_write},
        files::{
            client,
            model::{
                address::{Address, Past},
                transfer::things,
            },
            queued::{FileJobs, use_file_jobs},
            types_history::{ChangeCounts, HistoryQuery, RestoreRequest},
        },
    },
    format,
    navigation::use_navigator,
    rest::CallError,
    ui::{Button, Dialog, Spinner, Variant, field::FieldError, icon::Name},
};

#[derive(Clone, Copy)]
struct State {
    list: PastList,
    jobs: FileJobs,
    /// The folder, a whole prefix.
    prefix: StoredValue<String>,
    address: StoredValue<Address>,
    moment: Timestamp,
}

#[component]
pub fn AsItWas(address: Address, root: String, moment: Timestamp) -> impl IntoView {
    let state = State {
        list: PastList::default(),
        jobs: use_file_jobs(),
        prefix: StoredValue::new(format!("{root}{}", address.path)),
        address: StoredValue::new(address.clone()),
        moment,
    };
    let list = state.list;
    state.jobs.at_each_change(move || state.begin());
    let may_write = may_write(&address.drive);
    let heading = format!("“{}” as it was", address.title(&drive_name(&address.drive)));
    let back = address.folder(address.path.clone()).href();
    let asked = RwSignal::new(false);
    // Restoring a folder that was empty does nothing, or deletes everything that was added since.
    let for_all = move || {
        view! {
            <Show when=move || may_write && !list.is_empty()>
                <Button variant=Variant::Primary icon=Name::Undo on_press=move |_| asked.set(true)>
                    "Restore all"
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
                    on_press=move |_| state.restore(list.picked_keys())
                >
                    {move || list.with_count("Restore")}
                </Button>
            </Show>
        }
    };
    let actions = move |row: PastRow| {
        let can_restore = may_write && (row.is_folder || row.change.is_some());
        can_restore
            .then(|| view! { <Button on_press=move |_| state.restore(vec![row.key.clone()])>"Restore"</Button> })
            .into_any()
    };

    view! {
        <PastPage
            list
            heading
            nouns=("item", "items")
            back
            back_label="Back to now"
            for_all
            for_picked
            nothing=Nothing {
                icon: Name::Clock,
                title: "Nothing was here then",
                hint: "Choose another date. Where storage keeps no versions there is no past to look at.",
            }
            more=move |()| list.go_on(move |token| state.read(token))
            dated="Modified"
            actions
        >
            <Moment state />
        </PastPage>
        <Show when=move || asked.get()>
            <RestoreAll state on_close=move |()| asked.set(false) />
        </Show>
    }
    .into_any()
}

/// Asks for another moment, in the reader's time zone.
#[component]
fn Moment(state: State) -> impl IntoView {
    let go = use_navigator();
    let input = NodeRef::<html::Input>::new();
    let error = RwSignal::new(false);
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            input.set_value(&local(state.moment));
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = input.get_untracked().map(|input| input.value());
        match typed.as_deref().and_then(moment) {
            Some(moment) => {
                let past = Past::AsOf(moment);
                go.replace(state.address.with_value(|address| address.past(past).href()));
            }
            None => error.set(true),
        }
    };
    view! {
        <form class="past-moment needs-script" on:submit=submit novalidate>
            <label class="visually-hidden" for="past-moment">
                "Date and time"
            </label>
            <input
                node_ref=input
                id="past-moment"
                class="input"
                type="datetime-local"
                step="1"
                aria-invalid=move || error.get().then_some("true")
                aria-describedby=move || error.get().then_some("past-moment-error")
                on:input=move |_| error.set(false)
            />
            <Button submit=true>"Show"</Button>
            <FieldError
                id="past-moment-error"
                error=Signal::derive(move || error.get().then(|| "Choose a date and a time.".to_owned()))
            />
        </form>
    }
}

/// Says what restoring everything changes, and asks whether to delete files that were added since.
#[component]
fn RestoreAll(state: State, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let counts = RwSignal::new(None::<Result<Option<ChangeCounts>, CallError>>);
    let delete_added = RwSignal::new(false);
    Effect::new(move |_| {
        let prefix = state.prefix.get_value();
        leptos::task::spawn_local(async move {
            let counted = client::changes_since(prefix, state.moment).await;
            counts.try_set(Some(counted));
        });
    });
    let words = move || {
        match counts.get() {
        None => view! { <p class="delete-count" role="status"><Spinner /> "Counting what changed since"</p> }.into_any(),
        Some(Ok(Some(counts))) => {
            let files = |n| format::count(n, "file", "files");
            let text = format!(
                "{} changed and {} deleted since are put back, in all folders inside. {} added since.",
                files(counts.changed),
                files(counts.deleted),
                files(counts.added)
            );
            view! { <p role="status">{text}</p> }.into_any()
        }
        // Counting takes a job, for which nobody should have to wait.
        Some(Ok(None) | Err(_)) => view! {
            <p role="status">"All files that were changed or deleted since are put back, in all folders inside."</p>
        }
        .into_any(),
    }
    };
    let run = move |_| {
        let prefix = state.prefix.get_value();
        let request = RestoreRequest {
            prefix: Some(prefix.clone()),
            as_of: Some(state.moment),
            delete_added: Some(delete_added.get_untracked()),
            ..RestoreRequest::default()
        };
        restore_by_job(state.jobs, request, "all files of that moment", prefix);
        on_close.run(());
    };
    view! {
        <Dialog title="Restore everything?" on_close>
            {words}
            <label class="upload-for-all">
                <input
                    type="checkbox"
                    prop:checked=move || delete_added.get()
                    on:change=move |event| delete_added.set(event_target_checked(&event))
                />
                <span>"Delete what was added since"</span>
            </label>
            <p class="field-hint">"The files of now stay as earlier versions."</p>
            <div class="dialog-actions">
                <Button on_press=move |_| on_close.run(())>"Cancel"</Button>
                <Button variant=Variant::Primary on_press=run>
                    "Restore all"
                </Button>
            </div>
        </Dialog>
    }
}

impl State {
    fn begin(self) {
        self.list.begin(move |token| self.read(token));
    }

    async fn read(self, token: Option<String>) -> Result<Found, CallError> {
        let prefix = self.prefix.try_get_value().ok_or(CallError::Cancelled)?;
        let query = HistoryQuery {
            prefix: Some(prefix.clone()),
            as_of: self.moment,
            continuation_token: token,
            max_keys: Some(MaxKeys::default()),
            bucket: None,
        };
        let page = client::history(&query).await?;
        let address = self.address.try_get_value().ok_or(CallError::Cancelled)?;
        let rows = page.objects.into_iter().filter_map(|row| {
            let name = row.entry.key.strip_prefix(&prefix)?.to_owned();
            // The object that stands for the folder itself.
            if name.is_empty() {
                return None;
            }
            let href = row.entry.is_folder.then(|| {
                let inside = address.folder(format!("{}{name}", address.path));
                inside.past(Past::AsOf(self.moment)).href()
            });
            Some(PastRow {
                name,
                is_folder: row.entry.is_folder,
                key: row.entry.key,
                size: row.entry.size,
                version_id: row.version_id,
                moment: row.entry.last_modified,
                change: row.change,
                href,
            })
        });
        Ok(Found {
            rows: rows.collect(),
            next: page.continuation_token,
        })
    }

    fn restore(self, keys: Vec<String>) {
        let things = things(&keys);
        let request = RestoreRequest {
            keys: Some(keys),
            as_of: Some(self.moment),
            ..RestoreRequest::default()
        };
        restore_by_job(self.jobs, request, &things, self.prefix.get_value());
    }
}

/// The value of the control: `2026-11-30T12:00:05`, in the reader's time zone.
fn local(moment: Timestamp) -> String {
    #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
    let date = Date::new(&JsValue::from_f64(moment.unix() as f64 * 1000.0));
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        date.get_full_year(),
        date.get_month() + 1,
        date.get_date(),
        date.get_hours(),
        date.get_minutes(),
        date.get_seconds()
    )
}

/// The moment that was typed, in the reader's time zone.
#[expect(clippy::cast_possible_truncation, reason = "the casts of floats saturate")]
fn moment(typed: &str) -> Option<Timestamp> {
    let at = Date::new(&JsValue::from_str(typed)).get_time();
    (!at.is_nan())
        .then(|| Timestamp::from_unix((at / 1000.0) as i64))
        .flatten()
}
