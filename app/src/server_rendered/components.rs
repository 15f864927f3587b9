//! The components of server-rendered pages.

use leptos::prelude::*;

use super::ServerRenderedPage;

use crate::{
    contract::{ApiError, Timestamp},
    format::{moment, visible},
    routes::{self, Query},
    ui::{Alert, Button, Icon, Logo, Sentence, Severity, Variant, icon::Name},
};

/// The card of a page for those who are not signed in.
#[component]
pub fn Card(#[prop(into)] heading: String, children: Children) -> impl IntoView {
    view! {
        <div class="entrance-card">
            <div class="entrance-brand">
                <Logo />
                <span>"Forepeak"</span>
            </div>
            <h1>{heading}</h1>
            {children()}
        </div>
    }
}

/// The pages beside this one: `(address, words)`, and which of them is open.
#[component]
pub fn Tabs(
    label: &'static str,
    pages: &'static [(&'static str, &'static str)],
    current: &'static str,
) -> impl IntoView {
    view! {
        <nav class="tabs" aria-label=label>
            <ul>
                {pages
                    .iter()
                    .map(|(address, words)| {
                        view! {
                            <li>
                                <a class="tab" href=*address aria-current=(*address == current).then_some("page")>
                                    {*words}
                                </a>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </nav>
    }
}

/// A part of a page under its own heading.
#[component]
pub fn Section(
    #[prop(into)] heading: String,
    #[prop(optional, into)] about: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <section class="section">
            <header class="section-head">
                <h2>
                    <Sentence text=heading />
                </h2>
                {about.map(|about| view! { <p>{about}</p> })}
            </header>
            {children()}
        </section>
    }
}

/// What was just done, or what was wrong with a whole form.
#[component]
pub fn Notice(
    #[prop(optional_no_strip)] done: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
) -> impl IntoView {
    view! {
        {done
            .map(|text| {
                view! {
                    <Alert severity=Severity::Info>
                        <Sentence text />
                    </Alert>
                }
            })}
        {error
            .map(|text| {
                view! {
                    <Alert severity=Severity::Danger>
                        <Sentence text />
                    </Alert>
                }
            })}
    }
}

/// A text that a person wrote: its direction isolated, and its hidden characters made visible.
#[component]
pub fn Typed(#[prop(into)] text: String) -> impl IntoView {
    view! { <bdi>{visible(&text).into_owned()}</bdi> }
}

/// A list with nothing in it, and what to do next.
#[component]
pub fn Nothing(icon: Name, #[prop(into)] heading: String, children: Children) -> impl IntoView {
    view! {
        <div class="nothing">
            <span class="state-icon">
                <Icon name=icon />
            </span>
            <h2>{heading}</h2>
            <p>{children()}</p>
        </div>
    }
}

/// The link to the next page of a list; nothing on the last page, which has no `token`.
#[component]
pub fn Pager(
    path: &'static str,
    /// What the list is filtered by.
    #[prop(optional)]
    query: Query,
    token: Option<String>,
    label: &'static str,
) -> impl IntoView {
    token.map(|token| {
        let next = format!("{path}?{}", query.with("continuation_token", token));
        view! {
            <nav class="pager" aria-label="Pages">
                <a class="button" href=next>
                    {label}
                </a>
            </nav>
        }
    })
}

/// A moment: exact in the document, relative to now once the page lives.
#[component]
pub fn When(moment: Timestamp) -> impl IntoView {
    let exact = moment::exact(moment);
    let shown = exact.clone();
    view! {
        <time datetime=moment.to_string() title=exact>
            {shown}
        </time>
    }
}

/// Text to be taken elsewhere.
#[component]
pub fn Copyable(id: &'static str, label: &'static str, #[prop(into)] text: String) -> impl IntoView {
    view! {
        <div class="copyable">
            <p class="field-label" id=format!("{id}-label")>
                {label}
            </p>
            <div class="copyable-row">
                <pre id=id tabindex="0" role="region" aria-labelledby=format!("{id}-label")>
                    {text}
                </pre>
                <button type="button" class="button needs-script" data-copy=id>
                    <Icon name=Name::Copy />
                    <span>"Copy"</span>
                </button>
            </div>
        </div>
    }
}

/// A button that first says exactly what it will do. Works without script: the browser opens and closes the popover.
#[component]
pub fn Confirm(
    /// Unique in the page.
    #[prop(into)]
    id: String,
    /// On the button that asks, and again on the one that does it.
    #[prop(into)]
    label: String,
    /// Read aloud in place of `label` where the same words stand on many buttons.
    #[prop(optional, into)]
    described: Option<String>,
    #[prop(into)] question: String,
    #[prop(into)] consequence: String,
    /// Where the form is posted.
    #[prop(into)]
    action: String,
    /// Hidden fields.
    #[prop(optional)]
    fields: Vec<(&'static str, String)>,
) -> impl IntoView {
    let (target, heading) = (id.clone(), format!("{id}-question"));
    let labelled_by = heading.clone();
    view! {
        <button type="button" class="button button-quiet button-risky" popovertarget=id.clone() aria-label=described>
            {label.clone()}
        </button>
        <div class="ask" id=id popover="auto" role="dialog" aria-labelledby=labelled_by>
            <form method="post" action=action class="stack">
                <h2 id=heading>
                    <Sentence text=question />
                </h2>
                <p>{consequence}</p>
                {fields
                    .into_iter()
                    .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
                    .collect_view()}
                <div class="dialog-actions">
                    <button type="button" class="button" popovertarget=target popovertargetaction="hide" autofocus>
                        "Cancel"
                    </button>
                    <Button submit=true variant=Variant::Danger>
                        {label}
                    </Button>
                </div>
            </form>
        </div>
    }
}

/// When a page cannot be shown at all. `typed` are the fields of the form that led here.
#[must_use]
pub fn failed(error: &ApiError, again: &str, typed: &[(String, String)]) -> ServerRenderedPage {
    let (text, again) = (error.detail.clone(), again.to_owned());
    let typed: Vec<_> = typed
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.replace('_', " "), value.clone()))
        .collect();
    ServerRenderedPage::new("Not available", move || {
        view! {
            <Card heading="This page cannot be shown">
                <Notice error=Some(text.clone()) done=None />
                <p>"Nothing was changed."</p>
                {(!typed.is_empty())
                    .then(|| {
                        view! {
                            <h2>"What you typed"</h2>
                            <dl class="pairs">
                                {typed
                                    .into_iter()
                                    .map(|(name, value)| {
                                        view! {
                                            <dt>{name}</dt>
                                            <dd>
                                                <Typed text=value />
                                            </dd>
                                        }
                                    })
                                    .collect_view()}
                            </dl>
                        }
                    })}
                <a class="button button-primary button-wide" href=again.clone() rel="external">
                    "Try again"
                </a>
            </Card>
        }
    })
}

/// For an address that leads nowhere, or nowhere for this person.
#[must_use]
pub fn nowhere() -> ServerRenderedPage {
    ServerRenderedPage::new("Not found", || {
        view! {
            <Card heading="There is nothing at this address">
                <p>"The link may be mistyped, or what it led to has moved."</p>
                <a class="button button-primary button-wide" href=routes::FILES rel="external">
                    "Go to your files"
                </a>
            </Card>
        }
    })
}
