//! `/admin/invitations`: the list, the form that invites, and the page that shows a new link, once.

use leptos::prelude::*;

use super::types::{Invitation, InvitationState, InvitationsPage, NewInvitation};
use crate::{
    features::{admin::pages::Administration, auth::types::Role, teams::types::AdminTeam},
    format, routes,
    server_rendered::{
        FormState, ServerRenderedPage,
        components::{Confirm, Copyable, Nothing, Pager, Section, Typed, When},
        fields::{SelectField, TextField},
    },
    ui::{Alert, Button, Field, Icon, Severity, Variant, icon::Name},
};

const ROLES: &[(&str, &str)] = &[("user", "User"), ("admin", "Administrator")];
const TEAM_ROLES: &[(&str, &str)] = &[("viewer", "Viewer"), ("editor", "Editor"), ("manager", "Manager")];
const LIFETIMES: &[(&str, &str)] = &[("1", "One day"), ("7", "A week"), ("30", "30 days")];

/// The fields of the form are `email`, `role`, `expires_in_days`, and where there are teams `team_id` and `team_role`;
/// posted with `revoke`, the invitation of that id is withdrawn.
#[must_use]
pub fn invitations(
    page: InvitationsPage,
    teams: Vec<AdminTeam>,
    form: FormState,
    done: Option<String>,
) -> ServerRenderedPage {
    ServerRenderedPage::new("Invitations", move || view! { <Page page teams form done /> })
}

#[component]
fn Page(
    page: InvitationsPage,
    teams: Vec<AdminTeam>,
    form: FormState,
    done: Option<String>,
) -> impl IntoView {
    let shown: &[&str] = if teams.is_empty() {
        &["email", "role", "expires_in_days"]
    } else {
        &["email", "role", "team_id", "team_role", "expires_in_days"]
    };
    let error = form.form_error(shown);
    view! {
        <Administration current=routes::INVITATIONS done error>
            <Section
                heading="Invite someone"
                about="The link works once. With an address it is mailed there; without one it is shown to you, to pass on."
                    .to_owned()
            >
                <form method="post" action=routes::INVITATIONS class="stack">
                    <TextField
                        form=form.clone()
                        name="email"
                        label="E-mail address (optional)"
                        kind="email"
                        optional=true
                    />
                    <SelectField form=form.clone() name="role" label="Role" choices=ROLES />
                    {(!teams.is_empty()).then(|| view! { <TeamFields teams form=form.clone() /> })}
                    <SelectField form name="expires_in_days" label="Good for" choices=LIFETIMES />
                    <Button submit=true variant=Variant::Primary>
                        "Invite"
                    </Button>
                </form>
            </Section>
            <Section heading="Invitations">
                {if page.invitations.is_empty() {
                    view! {
                        <Nothing icon=Name::Mail heading="No invitations yet">
                            "Those that you make are listed here until they are used, withdrawn or too old, and after that."
                        </Nothing>
                    }
                        .into_any()
                } else {
                    view! {
                        <ul class="things">
                            {page
                                .invitations
                                .into_iter()
                                .map(|invitation| view! { <Line invitation /> })
                                .collect_view()}
                        </ul>
                    }
                        .into_any()
                }}
                <Pager path=routes::INVITATIONS token=page.continuation_token label="Older invitations" />
            </Section>
        </Administration>
    }
}

/// The team that the account joins.
#[component]
fn TeamFields(teams: Vec<AdminTeam>, form: FormState) -> impl IntoView {
    let chosen = form.value("team_id");
    let none = chosen.is_empty();
    let error = form.field_error("team_id");
    let described_by = error.is_some().then_some("field-team_id-error");
    let options = teams.into_iter().map(move |team| {
        let id = team.id.to_string();
        let selected = id == chosen;
        view! {
            <option value=id selected=selected>
                {format::visible(&team.name).into_owned()}
            </option>
        }
    });
    view! {
        <Field id="field-team_id" label="Team (optional)" error>
            <select
                id="field-team_id"
                class="input select"
                name="team_id"
                aria-invalid=described_by.map(|_| "true")
                aria-describedby=described_by
            >
                <option value="" selected=none>
                    "No team"
                </option>
                {options.collect_view()}
            </select>
        </Field>
        <SelectField form name="team_role" label="Role in the team" choices=TEAM_ROLES />
    }
}

#[component]
fn Line(invitation: Invitation) -> impl IntoView {
    let name = invitation.email.clone().unwrap_or_else(|| "A link".to_owned());
    let (state, badge) = match invitation.state {
        InvitationState::Open => ("Open", "badge badge-accent"),
        InvitationState::Accepted => ("Accepted", "badge"),
        InvitationState::Revoked => ("Withdrawn", "badge badge-warning"),
        InvitationState::Expired => ("Too old", "badge badge-warning"),
    };
    view! {
        <li class="thing">
            <Icon name=Name::Mail />
            <div class="thing-text">
                <p class="thing-name">
                    <span>{name.clone()}</span>
                    <span class=badge>{state}</span>
                    {(invitation.role == Role::Admin).then(|| view! { <span class="badge">"Administrator"</span> })}
                </p>
                <p class="thing-facts">
                    {invitation
                        .team_name
                        .map(|team| {
                            view! {
                                <span>
                                    "Into the team " <Typed text=team />
                                </span>
                            }
                        })}
                    {invitation.invited_by.map(|by| view! { <span>"By " {by}</span> })}
                    <span>"Made " <When moment=invitation.created_at /></span>
                    <span>"Good until " {format::moment::exact(invitation.expires_at)}</span>
                </p>
            </div>
            {(invitation.state == InvitationState::Open)
                .then(|| {
                    view! {
                        <Confirm
                            id=format!("revoke-{}", invitation.id)
                            label="Withdraw"
                            described=format!("Withdraw the invitation of {name}")
                            question="Withdraw this invitation?"
                            consequence="Its link stops working at once. An account that was made with it already is not touched."
                            action=routes::INVITATIONS
                            fields=vec![("revoke", invitation.id.to_string())]
                        />
                    }
                })}
        </li>
    }
}

/// An invitation that was just made and not mailed: the one time its link is shown.
#[must_use]
pub fn invited(made: NewInvitation) -> ServerRenderedPage {
    ServerRenderedPage::new("Invitations", move || {
        let link = made.link.unwrap_or_default();
        view! {
            <Administration current=routes::INVITATIONS>
                <Section heading="The invitation">
                    <Alert severity=Severity::Warning>
                        "Pass the link on now: it is shown this once, and whoever opens it first gets the account."
                    </Alert>
                    <Copyable id="new-invitation" label="Link" text=link />
                    <p class="ledger-note">
                        "Good until " {format::moment::exact(made.invitation.expires_at)} "."
                    </p>
                    <a class="button button-primary" href=routes::INVITATIONS>
                        "I have copied it"
                    </a>
                </Section>
            </Administration>
        }
    })
}
