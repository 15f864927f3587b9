//! Changes the type, metadata and tags of a file.

use std::collections::BTreeMap;

use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};

use crate::{
    features::files::{client, model::entry::label_of, types::ObjectMetadata, types_stored::MetadataChange},
    rest::{CallError, retry_when_throttled},
    ui::{
        Alert, Button, Dialog, FailureAlert, Field, IconButton, Severity, Spinner, Variant, icon::Name,
        toast::use_toasts,
    },
};

/// Pairs of name and value, as they are typed.
#[derive(Clone, Copy)]
struct Pairs {
    rows: RwSignal<Vec<Pair>>,
    next: StoredValue<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Pair {
    id: u32,
    name: RwSignal<String>,
    value: RwSignal<String>,
}

#[component]
pub fn PropertiesDialog(
    key: String,
    metadata: ObjectMetadata,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] on_saved: Callback<()>,
) -> impl IntoView {
    let toasts = use_toasts();
    let title = format!(
        "Properties of “{}”",
        label_of(crate::contract::key::name_of(&key))
    );
    let content_type = RwSignal::new(metadata.content_type.clone());
    let own = Pairs::of(&metadata.metadata);
    let tags = Pairs::of(&BTreeMap::new());
    // `None` until they are read: unknown tags are not changed.
    let tags_before = RwSignal::new(None::<Result<BTreeMap<String, String>, CallError>>);
    let busy = RwSignal::new(false);
    let failure = RwSignal::new(None::<String>);
    let before = StoredValue::new((key, metadata));
    Effect::new(move |_| {
        let key = before.with_value(|(key, _)| key.clone());
        spawn_local(async move {
            let read = async || client::tags(key.clone()).await;
            let read = retry_when_throttled(read, || ()).await.map(|answer| answer.tags);
            if let Ok(there) = &read
                && !tags.rows.is_disposed()
            {
                tags.fill(there);
            }
            tags_before.try_set(Some(read));
        });
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let (key, metadata) = before.get_value();
        let (own, tags) = match (own.typed("metadata"), tags.typed("tags")) {
            (Ok(own), Ok(tags)) => (own, tags),
            (Err(why), _) | (_, Err(why)) => return failure.set(Some(why)),
        };
        let typed = content_type.get_untracked().trim().to_owned();
        let known_tags = tags_before.get_untracked().and_then(Result::ok);
        let change = MetadataChange {
            key,
            content_type: (typed != metadata.content_type).then_some(typed),
            metadata: (own != metadata.metadata).then_some(own),
            tags: known_tags.is_some_and(|before| before != tags).then_some(tags),
            bucket: None,
        };
        if change.content_type.is_none() && change.metadata.is_none() && change.tags.is_none() {
            return on_close.run(());
        }
        busy.set(true);
        failure.set(None);
        spawn_local(async move {
            let outcome = client::change_metadata(&change).await;
            busy.try_set(false);
            match outcome {
                Ok(()) => {
                    toasts.done("Properties saved.");
                    on_close.run(());
                    on_saved.run(());
                }
                Err(error) => {
                    failure.try_set(Some(format!("Nothing was saved. {}", words(&error))));
                }
            }
        });
    };
    view! {
        <Dialog title on_close>
            <form class="stack" on:submit=submit novalidate>
                <Field id="content-type" label="Type">
                    <input
                        id="content-type"
                        class="input"
                        type="text"
                        autocomplete="off"
                        prop:value=content_type
                        on:input=move |event| content_type.set(event_target_value(&event))
                    />
                </Field>
                <PairsFields pairs=own legend="Metadata" add="Add metadata" />
                {move || match tags_before.get() {
                    None => view! { <p class="details-note"><Spinner /> "Loading the tags"</p> }.into_any(),
                    Some(Err(failure)) => {
                        view! { <Alert severity=Severity::Warning>{format!("The tags cannot be changed now. {failure}")}</Alert> }.into_any()
                    }
                    Some(Ok(_)) => view! { <PairsFields pairs=tags legend="Tags" add="Add a tag" /> }.into_any(),
                }}
                <FailureAlert failure />
                <div class="dialog-actions">
                    <Button on_press=move |_| on_close.run(())>"Cancel"</Button>
                    <Button variant=Variant::Primary submit=true busy=busy>
                        "Save"
                    </Button>
                </div>
            </form>
        </Dialog>
    }
}

#[component]
fn PairsFields(pairs: Pairs, legend: &'static str, add: &'static str) -> impl IntoView {
    let noun = legend.to_lowercase();
    let noun = StoredValue::new(noun);
    view! {
        <fieldset class="options pairs">
            <legend class="field-label">{legend}</legend>
            <For each=move || pairs.rows.get() key=|pair| pair.id let:pair>
                <div class="pair">
                    <input
                        class="input"
                        type="text"
                        autocomplete="off"
                        aria-label=noun.with_value(|noun| format!("Name ({noun})"))
                        placeholder="Name"
                        prop:value=pair.name
                        on:input=move |event| pair.name.set(event_target_value(&event))
                    />
                    <input
                        class="input"
                        type="text"
                        autocomplete="off"
                        aria-label=noun.with_value(|noun| format!("Value ({noun})"))
                        placeholder="Value"
                        prop:value=pair.value
                        on:input=move |event| pair.value.set(event_target_value(&event))
                    />
                    <IconButton
                        icon=Name::Close
                        label=Signal::derive(move || format!("Remove {}", pair.name.get()))
                        on_press=move |_| pairs.rows.update(|rows| rows.retain(|row| row.id != pair.id))
                    />
                </div>
            </For>
            <div>
                <Button variant=Variant::Quiet on_press=move |_| pairs.add(String::new(), String::new())>{add}</Button>
            </div>
        </fieldset>
    }
}

impl Pairs {
    fn of(map: &BTreeMap<String, String>) -> Self {
        let pairs = Self {
            rows: RwSignal::new(Vec::new()),
            next: StoredValue::new(0),
        };
        pairs.fill(map);
        pairs
    }

    fn fill(self, map: &BTreeMap<String, String>) {
        for (name, value) in map {
            self.add(name.clone(), value.clone());
        }
    }

    fn add(self, name: String, value: String) {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        self.rows.update(|rows| {
            rows.push(Pair {
                id,
                name: RwSignal::new(name),
                value: RwSignal::new(value),
            });
        });
    }

    /// Rows without a name and a value are left out.
    fn typed(self, what: &str) -> Result<BTreeMap<String, String>, String> {
        let mut map = BTreeMap::new();
        for pair in self.rows.get_untracked() {
            let (name, value) = (pair.name.get_untracked(), pair.value.get_untracked());
            let name = name.trim().to_owned();
            if name.is_empty() && value.is_empty() {
                continue;
            }
            if name.is_empty() {
                return Err(format!("Give “{value}” a name among the {what}."));
            }
            if map.insert(name.clone(), value).is_some() {
                return Err(format!("“{name}” is there twice among the {what}."));
            }
        }
        Ok(map)
    }
}

/// The error in words, with the field if the server names one.
fn words(error: &CallError) -> String {
    match error {
        CallError::Refused { error, .. } if !error.fields.is_empty() => {
            let fields = error.fields.iter().map(|(field, why)| format!("{field}: {why}"));
            fields.collect::<Vec<_>>().join(". ")
        }
        error => error.to_string(),
    }
}
