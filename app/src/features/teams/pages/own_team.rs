use leptos::prelude::*;

use super::{members::Members, used, words};
use crate::{
    contract::UserId,
    features::{
        auth::pages::settings::Settings,
        teams::types::{Team, TeamMember, TeamRole},
    },
    routes::{self, Drive},
    server_rendered::{FormState, ServerRenderedPage, components::Section},
};

/// `/settings/teams/{id}`, as `viewer` sees it; its forms are posted there.
#[must_use]
pub fn own_team(
    team: Team,
    members: Vec<TeamMember>,
    viewer: UserId,
    form: FormState,
    done: Option<String>,
) -> ServerRenderedPage {
    ServerRenderedPage::new(
        team.name.clone(),
        move || view! { <Page team members viewer form done /> },
    )
}

#[component]
fn Page(
    team: Team,
    members: Vec<TeamMember>,
    viewer: UserId,
    form: FormState,
    done: Option<String>,
) -> impl IntoView {
    let error = form.form_error(&["user", "role"]);
    let manages = team.role == Some(TeamRole::Manager);
    let used = used(&team);
    view! {
        <Settings current=routes::OWN_TEAMS done error>
            <Section heading=team.name.clone()>
                <dl class="pairs">
                    <dt>"Your role"</dt>
                    <dd>{team.role.map_or("None", words)}</dd>
                    <dt>"Storage"</dt>
                    <dd>{used}</dd>
                </dl>
                {team
                    .role
                    .map(|_| {
                        view! {
                            <a class="button" href=routes::folder(&Drive::Team(team.id), "")>
                                "Open the folder"
                            </a>
                        }
                    })}
            </Section>
            <Members
                members
                team=team.name.clone()
                form
                action=routes::own_team(team.id)
                manages
                viewer=Some(viewer)
            />
        </Settings>
    }
}
