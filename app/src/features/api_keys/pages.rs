//! `/settings/api-keys`: the list, the form that makes a key, and the page that shows a new one, once.

use leptos::prelude::*;

use super::types::{ApiKey, CreatedApiKey, Scope};
use crate::{
    features::auth::pages::settings::Settings,
    format::visible,
    routes::{self, Query},
    server_rendered::{
        FormState, ServerRenderedPage,
        components::{Confirm, Copyable, Nothing, Section, Typed, When},
        fields::{SelectField, TextField},
    },
    ui::{Alert, Button, Icon, Severity, Variant, icon::Name},
};

const LIFETIMES: &[(&str, &str)] = &[
    ("30", "30 days"),
    ("90", "90 days"),
    ("365", "A year"),
    ("", "Until it is deleted"),
];

const SCOPES: &[(&str, &str)] = &[
    ("read", "Read: list and download"),
    ("read_write", "Read and write: also upload, change and delete"),
    ("write", "Write only: upload, change and delete"),
];

/// The fields of the form are `name`, `description`, `scope` ([`SCOPES`]), `folder` (below the caller's own) and
/// `expires_in_days`; posted with `delete`, the key of that id is deleted.
#[must_use]
pub fn api_keys(
    keys: Vec<ApiKey>,
    home: String,
    form: FormState,
    done: Option<String>,
) -> ServerRenderedPage {
    ServerRenderedPage::new("API keys", move || {
        let error = form.form_error(&["name", "description", "folder", "expires_in_days"]);
        view! {
            <Settings current=routes::API_KEYS done error>
                <Section
                    heading="Your API keys"
                    about="For scripts: a key works on your files without your password, and on nothing else of your account."
                        .to_owned()
                >
                    {if keys.is_empty() {
                        view! {
                            <Nothing icon=Name::Key heading="No keys yet">
                                "Make one below, and give each script a key of its own: then one can be deleted without stopping the others."
                            </Nothing>
                        }
                            .into_any()
                    } else {
                        view! {
                            <ul class="things">
                                {keys.into_iter().map(|key| view! { <Key key home=home.clone() /> }).collect_view()}
                            </ul>
                        }
                            .into_any()
                    }}
                </Section>
                <Section heading="New API key">
                    <Form form />
                </Section>
            </Settings>
        }
    })
}

#[component]
fn Form(form: FormState) -> impl IntoView {
    view! {
        <form method="post" action=routes::API_KEYS class="stack">
            <TextField
                form=form.clone()
                name="name"
                label="Name"
                hint="What it is for, such as “nightly backup”."
            />
            <TextField form=form.clone() name="description" label="Description (optional)" optional=true />
            <SelectField form=form.clone() name="scope" label="What it may do" choices=SCOPES />
            <TextField
                form=form.clone()
                name="folder"
                label="Folder (optional)"
                placeholder="reports/2024/"
                hint="The key then reaches nothing outside of it. Empty: all of your files."
                optional=true
            />
            <SelectField form name="expires_in_days" label="Good for" choices=LIFETIMES />
            <Button submit=true variant=Variant::Primary>
                "Create the key"
            </Button>
        </form>
    }
}

#[component]
fn Key(key: ApiKey, home: String) -> impl IntoView {
    let folder = key.prefix.strip_prefix(&home).unwrap_or_default().to_owned();
    let reach = if folder.is_empty() {
        "All files".to_owned()
    } else {
        format!("Only {folder}")
    };
    view! {
        <li class="thing">
            <Icon name=Name::Key />
            <div class="thing-text">
                <p class="thing-name">
                    <span>
                        <Typed text=key.name.clone() />
                    </span>
                    <span class="badge">{scope_words(&key)}</span>
                </p>
                {key
                    .description
                    .map(|text| {
                        view! {
                            <p>
                                <Typed text />
                            </p>
                        }
                    })}
                <p class="thing-facts">
                    <code>{key.hint}</code>
                    <span>
                        <Typed text=reach />
                    </span>
                    <span>
                        {match key.last_used_at {
                            Some(moment) => view! { "Last used " <When moment /> }.into_any(),
                            None => "Never used".into_any(),
                        }}
                    </span>
                    <span>
                        {match key.expires_at {
                            Some(moment) => view! { "Ends " <When moment /> }.into_any(),
                            None => "Has no end".into_any(),
                        }}
                    </span>
                </p>
            </div>
            <Confirm
                id=format!("delete-{}", key.id)
                label="Delete"
                described=format!("Delete the key {}", visible(&key.name))
                question=format!("Delete the key “{}”?", key.name)
                consequence="Whatever uses it is refused from this moment on. No file is deleted. A deleted key cannot be brought back."
                action=routes::API_KEYS
                fields=vec![("delete", key.id.to_string())]
            />
        </li>
    }
}

fn scope_words(key: &ApiKey) -> &'static str {
    match (
        key.scopes.contains(&Scope::Read),
        key.scopes.contains(&Scope::Write),
    ) {
        (true, true) => "Read and write",
        (false, true) => "Write only",
        _ => "Read only",
    }
}

/// A key that was just made: the one time it is shown. `site` is the address of this server, ending in `/`.
#[must_use]
pub fn created(created: CreatedApiKey, site: &str) -> ServerRenderedPage {
    let CreatedApiKey { key, details } = created;
    let command = command(&key, &details, site);
    ServerRenderedPage::new("API keys", move || {
        view! {
            <Settings current=routes::API_KEYS>
                <Section heading=format!("The key “{}”", details.name)>
                    <Alert severity=Severity::Warning>
                        "Copy it now: it is shown this once, and nobody can show it again, not even an administrator."
                    </Alert>
                    <Copyable id="new-key" label="API key" text=key />
                    <Copyable id="new-key-curl" label="Try it" text=command />
                    <a class="button button-primary" href=routes::API_KEYS>
                        "I have copied it"
                    </a>
                </Section>
            </Settings>
        }
    })
}

/// A line for a shell that uses the key for what it may do. Nothing in it needs quoting within single quotes: keys and
/// encoded queries have no quote in them.
fn command(key: &str, details: &ApiKey, site: &str) -> String {
    if details.scopes.contains(&Scope::Read) {
        let query = Query::default().with("prefix", &*details.prefix);
        return format!("curl -H 'X-API-Key: {key}' '{site}api/s3/objects?{query}'");
    }
    let target = format!("{}hello.txt", details.prefix).replace('\'', r"'\''");
    format!("curl -H 'X-API-Key: {key}' -F 'key={target}' -F file=@hello.txt '{site}api/s3/upload'")
}
