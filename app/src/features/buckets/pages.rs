//! `/storage`: a person's own buckets; and the properties of one of them.

use leptos::prelude::*;

use super::types::{BucketDetails, BucketItem, BucketSetting, BucketState};
use crate::{
    contract::BucketName,
    format,
    routes::{self, Drive},
    server_rendered::{
        FormState, ServerRenderedPage,
        components::{Nothing, Notice, Section, When},
        fields::TextField,
    },
    ui::{Alert, Button, Icon, Severity, Variant, icon::Name},
};

/// What the list page shows.
pub struct BucketList {
    pub buckets: Vec<BucketItem>,
    /// Part of a name that the list is narrowed to; empty for all of it.
    pub search: String,
    /// Why nobody like the reader makes buckets here; `None` where they may.
    pub closed: Option<String>,
}

/// The form that makes a bucket has the fields `bucket_name` and `region`.
#[must_use]
pub fn buckets(list: BucketList, form: FormState, done: Option<String>) -> ServerRenderedPage {
    ServerRenderedPage::new("Buckets", move || view! { <List list form done /> })
}

#[component]
fn List(list: BucketList, form: FormState, done: Option<String>) -> impl IntoView {
    let error = form.form_error(&["bucket_name", "region"]);
    let searched = FormState::default().with("search", list.search.clone());
    let has_any = !list.buckets.is_empty();
    view! {
        <div class="pane-inner">
            <h1>"Buckets"</h1>
            <Notice done error />
            <Section
                heading="Your buckets"
                about="A bucket is storage of its own beside your home: nobody else sees it, and what is in it counts to your limit."
                    .to_owned()
            >
                {(has_any || !list.search.is_empty())
                    .then(|| {
                        view! {
                            <form method="get" action=routes::BUCKETS class="filters filters-search" role="search">
                                <TextField form=searched name="search" label="Search" kind="search" optional=true />
                                <Button submit=true>"Search"</Button>
                            </form>
                        }
                    })}
                {if has_any {
                    view! {
                        <ul class="things">
                            {list.buckets.into_iter().map(|bucket| view! { <Line bucket /> }).collect_view()}
                        </ul>
                    }
                        .into_any()
                } else if list.search.is_empty() {
                    view! {
                        <Nothing icon=Name::Archive heading="No buckets yet">
                            "Create one below. It then stands beside Home, for files that should be apart from the others."
                        </Nothing>
                    }
                        .into_any()
                } else {
                    view! {
                        <Nothing icon=Name::Archive heading="No bucket has that in its name">
                            <a href=routes::BUCKETS>"Show all"</a>
                        </Nothing>
                    }
                        .into_any()
                }}
            </Section>
            <Section heading="New bucket">
                {match list.closed {
                    Some(why) => view! { <p>{why}"."</p> }.into_any(),
                    None => view! { <Create form /> }.into_any(),
                }}
            </Section>
        </div>
    }
}

#[component]
fn Create(form: FormState) -> impl IntoView {
    view! {
        <form method="post" action=routes::BUCKETS class="stack">
            <TextField
                form=form.clone()
                name="bucket_name"
                label="Name (optional)"
                placeholder="my-bucket"
                hint="3 to 63 lower-case letters, digits, dots and hyphens; it must be free in all of this storage. Empty: a name is made up."
                optional=true
            />
            <TextField
                form
                name="region"
                label="Region (optional)"
                placeholder="eu-central-1"
                hint="Empty: where this server's storage is."
                optional=true
            />
            <Button submit=true variant=Variant::Primary>
                "Create bucket"
            </Button>
        </form>
    }
}

#[component]
fn Line(bucket: BucketItem) -> impl IntoView {
    let name = bucket.name.as_str().to_owned();
    let is_ready = bucket.state == BucketState::Ready;
    view! {
        <li class="thing">
            <Icon name=Name::Archive />
            <div class="thing-text">
                <p class="thing-name">
                    {if is_ready {
                        view! {
                            <a href=routes::folder(&Drive::Bucket(bucket.name.clone()), "") rel="external">
                                {name.clone()}
                            </a>
                        }
                            .into_any()
                    } else {
                        view! { <span>{name.clone()}</span> }.into_any()
                    }}
                    {match bucket.state {
                        BucketState::Ready => None,
                        BucketState::Creating => Some("Being created"),
                        BucketState::Deleting => Some("Being deleted"),
                    }
                        .map(|words| view! { <span class="badge badge-warning">{words}</span> })}
                </p>
                <p class="thing-facts">
                    <span>{bucket.region.to_string()}</span>
                    <span>"Created " <When moment=bucket.created_at /></span>
                </p>
            </div>
            <a
                class="button button-quiet"
                href=routes::bucket_properties(&bucket.name)
                aria-label=format!("Properties of {name}")
            >
                "Properties"
            </a>
        </li>
    }
}

/// The form that deletes the bucket has the field `confirm`, for the bucket's name.
#[must_use]
pub fn bucket(details: BucketDetails, form: FormState, done: Option<String>) -> ServerRenderedPage {
    let title = format!("Bucket {}", details.bucket.name);
    ServerRenderedPage::new(title, move || view! { <Properties details form done /> })
}

#[component]
fn Properties(details: BucketDetails, form: FormState, done: Option<String>) -> impl IntoView {
    let name = details.bucket.name.clone();
    let error = form.form_error(&["confirm"]);
    let holds = match (details.objects, details.bytes) {
        (Some(objects), Some(bytes)) => {
            format!(
                "{}, {}",
                format::count(objects, "object", "objects"),
                format::bytes(bytes)
            )
        }
        _ => "Being counted: look again in a minute".to_owned(),
    };
    let is_empty = details.objects == Some(0);
    view! {
        <div class="pane-inner">
            <h1>{format!("Bucket {name}")}</h1>
            <p>
                <a href=routes::BUCKETS>"All buckets"</a>
                " · "
                <a href=routes::folder(&Drive::Bucket(name.clone()), "") rel="external">
                    "Open its files"
                </a>
            </p>
            <Notice done error />
            <Section heading="Properties">
                <dl class="pairs">
                    <Fact name="Region" text=details.bucket.region.to_string() />
                    <dt>"Created"</dt>
                    <dd>
                        <When moment=details.bucket.created_at />
                    </dd>
                    <Fact name="Holds" text=holds />
                    {details
                        .counted_at
                        .map(|moment| {
                            view! {
                                <dt>"Counted"</dt>
                                <dd>
                                    <When moment />
                                </dd>
                            }
                        })}
                    <Setting name="Versions" setting=details.versioning />
                    <Setting name="This site may use it (CORS)" setting=details.cors />
                    <Setting name="Rule for unfinished uploads" setting=details.lifecycle />
                    <Setting name="Encryption" setting=details.encryption />
                    <Setting name="Object lock" setting=details.object_lock />
                </dl>
            </Section>
            <Section
                heading="Delete this bucket"
                about="Only an empty bucket can be deleted. Its earlier versions and unfinished uploads go with it, for good."
                    .to_owned()
            >
                {if is_empty {
                    view! { <Delete name form /> }.into_any()
                } else {
                    view! {
                        <Alert severity=Severity::Info>
                            "It still holds files. Delete them first, then come back here."
                        </Alert>
                    }
                        .into_any()
                }}
            </Section>
        </div>
    }
}

#[component]
fn Delete(name: BucketName, form: FormState) -> impl IntoView {
    view! {
        <form method="post" action=routes::bucket_properties(&name) class="stack">
            <TextField form name="confirm" label=format!("Type {name} to confirm") optional=true />
            <Button submit=true variant=Variant::Danger>
                "Delete bucket"
            </Button>
        </form>
    }
}

#[component]
fn Fact(name: &'static str, #[prop(into)] text: String) -> impl IntoView {
    view! {
        <dt>{name}</dt>
        <dd>{text}</dd>
    }
}

#[component]
fn Setting(name: &'static str, setting: BucketSetting) -> impl IntoView {
    let text = setting.value.or(setting.message).unwrap_or_default();
    let (first, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
    view! { <Fact name text=format!("{}{rest}", first.to_uppercase()) /> }
}
