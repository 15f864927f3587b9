use leptos::prelude::*;

use super::{Administration, RoleBadge, StatusBadge};
use crate::{
    features::admin::types::{AdminUser, Stats, UsersPage},
    format, routes,
    server_rendered::{
        FormState, ServerRenderedPage,
        components::{Nothing, Pager, When},
        fields::{SelectField, TextField},
    },
    ui::{Button, icon::Name},
};

const ROLES: &[(&str, &str)] = &[("", "Any role"), ("user", "User"), ("admin", "Administrator")];
const STATES: &[(&str, &str)] = &[("", "Any status"), ("active", "Active"), ("disabled", "Disabled")];

/// `/admin/users`: `form` holds what was searched for (`search`, `role`, `status`).
#[must_use]
pub fn users(page: UsersPage, stats: Stats, form: FormState, done: Option<String>) -> ServerRenderedPage {
    ServerRenderedPage::new("Users", move || view! { <Page page stats form done /> })
}

#[component]
fn Page(page: UsersPage, stats: Stats, form: FormState, done: Option<String>) -> impl IntoView {
    let error = form.form_error(&["search", "role", "status"]);
    let asked = form.query(&["search", "role", "status"]);
    let searched = !asked.is_empty();
    view! {
        <Administration current=routes::USERS done error>
            <p class="ledger-note">
                {format!(
                    "{}, {} of them {}, {} disabled. {} seen within a day.",
                    format::count(stats.users, "account", "accounts"),
                    format::grouped(stats.admins),
                    if stats.admins == 1 { "an administrator" } else { "administrators" },
                    format::grouped(stats.disabled),
                    format::grouped(stats.seen_last_day),
                )}
            </p>
            <form method="get" action=routes::USERS class="filters filters-search" role="search">
                <TextField
                    form=form.clone()
                    name="search"
                    label="Search"
                    kind="search"
                    placeholder="Name or e-mail address"
                    optional=true
                />
                <SelectField form=form.clone() name="role" label="Role" choices=ROLES />
                <SelectField form name="status" label="Status" choices=STATES />
                <Button submit=true>"Search"</Button>
                <a class="button" href=routes::INVITATIONS>
                    "Invite someone"
                </a>
            </form>
            {if page.users.is_empty() {
                view! { <Empty searched /> }.into_any()
            } else {
                view! { <Ledger users=page.users /> }.into_any()
            }}
            <Pager path=routes::USERS query=asked token=page.continuation_token label="Next page" />
        </Administration>
    }
}

#[component]
fn Empty(searched: bool) -> impl IntoView {
    if searched {
        view! {
            <Nothing icon=Name::Users heading="Nobody matches">
                "Part of a name is enough, in any case. " <a href=routes::USERS>"Show everyone"</a>
            </Nothing>
        }
        .into_any()
    } else {
        view! {
            <Nothing icon=Name::Users heading="Nobody here yet">
                <a href=routes::INVITATIONS>"Invite someone"</a>
            </Nothing>
        }
        .into_any()
    }
}

#[component]
fn Ledger(users: Vec<AdminUser>) -> impl IntoView {
    view! {
        <div class="ledger-scroll" tabindex="0" role="region" aria-label="Users">
            <table class="ledger">
                <thead>
                    <tr>
                        <th scope="col">"Username"</th>
                        <th scope="col">"E-mail address"</th>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col">"Used"</th>
                        <th scope="col">"Limit"</th>
                        <th scope="col">"Last seen"</th>
                    </tr>
                </thead>
                <tbody>
                    {users
                        .into_iter()
                        .map(|user| {
                            view! {
                                <tr>
                                    <td data-label="Username">
                                        <a href=routes::user(user.id)>{user.username}</a>
                                    </td>
                                    <td data-label="E-mail">{user.email.unwrap_or_else(|| "None".to_owned())}</td>
                                    <td data-label="Role">
                                        <RoleBadge role=user.role />
                                    </td>
                                    <td data-label="Status">
                                        <StatusBadge status=user.status />
                                    </td>
                                    <td data-label="Used">{format::bytes(user.quota_used_bytes)}</td>
                                    <td data-label="Limit">
                                        {user.quota_bytes.map_or_else(|| "None".to_owned(), format::bytes)}
                                    </td>
                                    <td data-label="Last seen">
                                        {match user.last_seen_at {
                                            Some(moment) => view! { <When moment /> }.into_any(),
                                            None => "Never".into_any(),
                                        }}
                                    </td>
                                </tr>
                            }
                        })
                        .collect_view()}
                </tbody>
            </table>
        </div>
    }
}
