use leptos::prelude::*;

use super::{Administration, RoleBadge, StatusBadge};
use crate::{
    features::{
        admin::types::{AdminUser, UserStatus},
        auth::types::Role,
    },
    format, routes,
    server_rendered::{
        FormState, ServerRenderedPage,
        components::{Confirm, Section, Typed, When},
        fields::TextField,
    },
    ui::Button,
};

/// `/admin/users/{id}`. Each form is posted there with one of `role`, `status`, `quota_gib`, `count` and `delete`.
#[must_use]
pub fn user(user: AdminUser, form: FormState, done: Option<String>) -> ServerRenderedPage {
    ServerRenderedPage::new(user.username.clone(), move || view! { <Page user form done /> })
}

#[component]
fn Page(user: AdminUser, form: FormState, done: Option<String>) -> impl IntoView {
    let error = form.form_error(&["quota_gib"]);
    let address = routes::user(user.id);
    let (heading, counting, access) = (user.username.clone(), user.clone(), user.clone());
    view! {
        <Administration current=routes::USERS done error>
            <Section heading>
                <Facts user />
            </Section>
            <Section heading="Limit" about="How much this account may keep, earlier versions and unfinished uploads included. Empty: no limit.".to_owned()>
                <form method="post" action=address class="filters">
                    <TextField form name="quota_gib" label="Limit in GiB" placeholder="None" optional=true />
                    <Button submit=true>"Save the limit"</Button>
                </form>
                <Count user=counting />
            </Section>
            <Section heading="Access">
                <Access user=access />
            </Section>
        </Administration>
    }
}

#[component]
fn Facts(user: AdminUser) -> impl IntoView {
    let none = || "None".to_owned();
    let used = used(&user);
    view! {
        <dl class="pairs">
            <dt>"Full name"</dt>
            <dd>
                <Typed text=user.full_name.unwrap_or_else(none) />
            </dd>
            <dt>"E-mail address"</dt>
            <dd>{user.email.unwrap_or_else(none)}</dd>
            <dt>"Role"</dt>
            <dd>
                <RoleBadge role=user.role />
            </dd>
            <dt>"Status"</dt>
            <dd>
                <StatusBadge status=user.status />
            </dd>
            <dt>"Storage"</dt>
            <dd>{used}</dd>
            <dt>"Created"</dt>
            <dd>
                <When moment=user.created_at />
            </dd>
            <dt>"Last seen"</dt>
            <dd>
                {match user.last_seen_at {
                    Some(moment) => view! { <When moment /> }.into_any(),
                    None => "Never".into_any(),
                }}
            </dd>
            <dt>"Identifier"</dt>
            <dd>
                <code>{user.id.to_string()}</code>
            </dd>
        </dl>
    }
}

/// `1.2 GiB of 5.0 GiB`
fn used(user: &AdminUser) -> String {
    let used = format::bytes(user.quota_used_bytes);
    match user.quota_bytes {
        Some(quota) => format!("{used} of {}", format::bytes(quota)),
        None => used,
    }
}

#[component]
fn Count(user: AdminUser) -> impl IntoView {
    let counted = match user.quota_counted_at {
        Some(moment) => {
            view! { "Storage was last counted " <When moment /> ". It is counted every day." }.into_any()
        }
        None => "Storage is counted every day, for the first time soon.".into_any(),
    };
    view! {
        <div class="action">
            <p>{counted}</p>
            <form method="post" action=routes::user(user.id)>
                <input type="hidden" name="count" value="yes" />
                <Button submit=true>"Count now"</Button>
            </form>
        </div>
    }
}

#[component]
fn Access(user: AdminUser) -> impl IntoView {
    let question = format!("Delete the account {}?", user.username);
    let consequence = format!(
        "{} is signed out everywhere at once, and all keys of the account die. The files stay in storage under \
         users/{}/; nobody can reach them through this server any more. The name becomes free. This cannot be undone.",
        user.username, user.id,
    );
    view! {
        <RoleAction user=user.clone() />
        <StatusAction user=user.clone() />
        <Action about="Delete the account. Its files stay in storage, out of everyone's reach but an operator's.">
            <Confirm
                id="delete-user"
                label="Delete the account"
                question
                consequence
                action=routes::user(user.id)
                fields=vec![("delete", "yes".to_owned())]
            />
        </Action>
    }
}

/// What a button does, and the button.
#[component]
fn Action(about: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class="action">
            <p>{about}</p>
            {children()}
        </div>
    }
}

#[component]
fn RoleAction(user: AdminUser) -> impl IntoView {
    let name = &user.username;
    let (role, label, question, consequence) = match user.role {
        Role::Admin => (
            Role::User,
            "Make an ordinary user",
            format!("Make {name} an ordinary user?"),
            "Administration is closed to them at once, on every device. Their files stay as they are.",
        ),
        Role::User => (
            Role::Admin,
            "Make an administrator",
            format!("Make {name} an administrator?"),
            "They can change and delete every account, yours too, invite people, and read the audit log.",
        ),
    };
    view! {
        <Action about="Administrators manage accounts and read the audit log. They do not see other people's files.">
            <Confirm
                id="change-role"
                label
                question
                consequence
                action=routes::user(user.id)
                fields=vec![("role", role.text().to_owned())]
            />
        </Action>
    }
}

#[component]
fn StatusAction(user: AdminUser) -> impl IntoView {
    let action = routes::user(user.id);
    let button = match user.status {
        UserStatus::Active => view! {
            <Confirm
                id="change-status"
                label="Disable the account"
                question=format!("Disable the account {}?", user.username)
                consequence="They are signed out everywhere at once, and their keys stop working. Their files are kept. You can enable the account again."
                action
                fields=vec![("status", "disabled".to_owned())]
            />
        }
        .into_any(),
        UserStatus::Disabled => view! {
            <form method="post" action=action>
                <input type="hidden" name="status" value="active" />
                <Button submit=true>"Enable the account"</Button>
            </form>
        }
        .into_any(),
    };
    view! { <Action about="A disabled account cannot sign in. Its files are kept.">{button}</Action> }
}
