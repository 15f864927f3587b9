//! `/admin/audit`: who did what, from where, and how it ended.

use leptos::prelude::*;

use super::types::{AuditEvent, AuditOutcome, AuditPage};
use crate::{
    features::admin::pages::Administration,
    routes,
    server_rendered::{
        FormState, ServerRenderedPage,
        components::{Nothing, Pager, Typed, When},
        fields::{SelectField, TextField},
    },
    ui::{Button, Icon, Variant, icon::Name},
};

const OUTCOMES: &[(&str, &str)] = &[
    ("", "Any outcome"),
    ("success", "Success"),
    ("denied", "Denied"),
    ("failed", "Failed"),
];

/// The filters, all but the outcome's free text. `from` and `to` are days (`2024-01-31`), both included, in UTC.
pub const FILTERS: [&str; 6] = ["actor", "action", "outcome", "address", "from", "to"];

/// `form` holds the filters; `export` is where the same selection comes as CSV.
#[must_use]
pub fn audit(page: AuditPage, form: FormState, export: String) -> ServerRenderedPage {
    ServerRenderedPage::new("Audit log", move || view! { <Page page form export /> })
}

#[component]
fn Page(page: AuditPage, form: FormState, export: String) -> impl IntoView {
    let error = form.form_error(&FILTERS);
    let asked = form.query(&FILTERS);
    let filtered = !asked.is_empty();
    view! {
        <Administration current=routes::AUDIT error done=None>
            <form method="get" action=routes::AUDIT class="filters">
                <TextField form=form.clone() name="actor" label="Who" placeholder="Username or id" optional=true />
                <TextField
                    form=form.clone()
                    name="action"
                    label="Action"
                    placeholder="account.sign_in, account."
                    optional=true
                />
                <SelectField form=form.clone() name="outcome" label="Outcome" choices=OUTCOMES />
                <TextField form=form.clone() name="address" label="Address" placeholder="192.0.2.1" optional=true />
                <TextField form=form.clone() name="from" label="From (UTC)" kind="date" optional=true />
                <TextField form name="to" label="To (UTC)" kind="date" optional=true />
                <Button submit=true variant=Variant::Primary>
                    "Filter"
                </Button>
                <a class="button" href=export rel="external" download="audit.csv">
                    <Icon name=Name::Download />
                    "Download as CSV"
                </a>
            </form>
            {if page.events.is_empty() {
                view! { <Empty filtered /> }.into_any()
            } else {
                view! { <Ledger events=page.events /> }.into_any()
            }}
            <Pager path=routes::AUDIT query=asked token=page.continuation_token label="Older entries" />
        </Administration>
    }
}

#[component]
fn Empty(filtered: bool) -> impl IntoView {
    if filtered {
        view! {
            <Nothing icon=Name::Filter heading="Nothing matches">
                "All filters hold together. An action that ends in a dot stands for all that begin so. "
                <a href=routes::AUDIT>"Show everything"</a>
            </Nothing>
        }
        .into_any()
    } else {
        view! {
            <Nothing icon=Name::List heading="Nothing written down yet">
                "Every sign-in, change and refusal from now on is listed here."
            </Nothing>
        }
        .into_any()
    }
}

#[component]
fn Ledger(events: Vec<AuditEvent>) -> impl IntoView {
    view! {
        <div class="ledger-scroll" tabindex="0" role="region" aria-label="Audit log">
            <table class="ledger">
                <thead>
                    <tr>
                        <th scope="col">"When"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"Action"</th>
                        <th scope="col">"Outcome"</th>
                        <th scope="col">"On what"</th>
                        <th scope="col">"Address"</th>
                    </tr>
                </thead>
                <tbody>{events.into_iter().map(|event| view! { <Line event /> }).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Line(event: AuditEvent) -> impl IntoView {
    let (outcome, badge) = match event.outcome {
        AuditOutcome::Success => ("Success", "badge"),
        AuditOutcome::Denied => ("Denied", "badge badge-warning"),
        AuditOutcome::Failed => ("Failed", "badge badge-danger"),
    };
    let name = event.actor_name.unwrap_or_else(|| "Nobody".to_owned());
    view! {
        <tr>
            <td data-label="When">
                <When moment=event.at />
            </td>
            <td data-label="Who">
                {match event.actor_id {
                    Some(id) => view! { <a href=routes::user(id)>{name}</a> }.into_any(),
                    // Only what a stranger claimed.
                    None => {
                        view! {
                            <span class="ledger-note">
                                <Typed text=name />
                            </span>
                        }
                            .into_any()
                    }
                }}
            </td>
            <td data-label="Action">
                <code>{event.action}</code>
            </td>
            <td data-label="Outcome">
                <span class=badge>{outcome}</span>
            </td>
            <td data-label="On what">
                {event.target.map(|target| view! { <Typed text=target /> })}
                {event
                    .detail
                    .map(|detail| {
                        view! {
                            <span class="ledger-note">
                                " " <Typed text=detail />
                            </span>
                        }
                    })}
            </td>
            <td data-label="Address">{event.address}</td>
        </tr>
    }
}
