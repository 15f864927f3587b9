use leptos::prelude::*;

use crate::{
    features::{
        admin::pages::Administration,
        teams::types::{AdminTeam, AllTeamsPage},
    },
    format, routes,
    server_rendered::{
        FormState, ServerRenderedPage,
        components::{Nothing, Pager, Section, Typed},
        fields::TextField,
    },
    ui::{Button, Variant, icon::Name},
};

/// `/admin/teams`: the list, and the form that makes a team (`name`).
#[must_use]
pub fn all_teams(page: AllTeamsPage, form: FormState, done: Option<String>) -> ServerRenderedPage {
    ServerRenderedPage::new("Teams", move || view! { <Page page form done /> })
}

#[component]
fn Page(page: AllTeamsPage, form: FormState, done: Option<String>) -> impl IntoView {
    let error = form.form_error(&["name"]);
    view! {
        <Administration current=routes::TEAMS done error>
            <Section
                heading="Make a team"
                about="Its members share a folder. You add them next, and see none of the files unless you are one of them."
                    .to_owned()
            >
                <form method="post" action=routes::TEAMS class="filters">
                    <TextField form name="name" label="Name" />
                    <Button submit=true variant=Variant::Primary>
                        "Make the team"
                    </Button>
                </form>
            </Section>
            <Section heading="Teams">
                {if page.teams.is_empty() {
                    view! {
                        <Nothing icon=Name::Users heading="No teams yet">
                            "A team is a folder that several people share, each as viewer, editor or manager."
                        </Nothing>
                    }
                        .into_any()
                } else {
                    view! { <Ledger teams=page.teams /> }.into_any()
                }}
                <Pager path=routes::TEAMS token=page.continuation_token label="Next page" />
            </Section>
        </Administration>
    }
}

#[component]
fn Ledger(teams: Vec<AdminTeam>) -> impl IntoView {
    view! {
        <div class="ledger-scroll" tabindex="0" role="region" aria-label="Teams">
            <table class="ledger">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Members"</th>
                        <th scope="col">"Used"</th>
                        <th scope="col">"Limit"</th>
                        <th scope="col">"Status"</th>
                    </tr>
                </thead>
                <tbody>{teams.into_iter().map(|team| view! { <Line team /> }).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Line(team: AdminTeam) -> impl IntoView {
    let is_deleted = team.deleted_at.is_some();
    let name = view! { <Typed text=team.name /> };
    view! {
        <tr>
            <td data-label="Name">
                {if is_deleted {
                    name.into_any()
                } else {
                    view! { <a href=routes::team(team.id)>{name}</a> }.into_any()
                }}
            </td>
            <td data-label="Members">{format::grouped(team.members)}</td>
            <td data-label="Used">
                {if is_deleted { "Not counted".to_owned() } else { format::bytes(team.quota_used_bytes) }}
            </td>
            <td data-label="Limit">{team.quota_bytes.map_or_else(|| "None".to_owned(), format::bytes)}</td>
            <td data-label="Status">
                {if is_deleted {
                    view! {
                        <span class="badge badge-danger">"Deleted"</span>
                        " files stay under "
                        <code>{team.prefix}</code>
                    }
                        .into_any()
                } else {
                    view! { <span class="badge">"Active"</span> }.into_any()
                }}
            </td>
        </tr>
    }
}
