use leptos::prelude::*;

use super::{used, words};
use crate::{
    features::{auth::pages::settings::Settings, teams::types::Team},
    routes::{self, Drive},
    server_rendered::{
        ServerRenderedPage,
        components::{Nothing, Section, Typed},
    },
    ui::{Icon, icon::Name},
};

/// `/settings/teams`
#[must_use]
pub fn own_teams(teams: Vec<Team>, done: Option<String>) -> ServerRenderedPage {
    ServerRenderedPage::new("Teams", move || view! { <Page teams done /> })
}

#[component]
fn Page(teams: Vec<Team>, done: Option<String>) -> impl IntoView {
    view! {
        <Settings current=routes::OWN_TEAMS done error=None>
            <Section heading="Your teams" about="Everyone in a team sees the same folder.".to_owned()>
                {if teams.is_empty() {
                    view! {
                        <Nothing icon=Name::Users heading="You are in no team">
                            "An administrator makes teams; its managers, or an administrator, add you to one."
                        </Nothing>
                    }
                        .into_any()
                } else {
                    view! {
                        <ul class="things">
                            {teams.into_iter().map(|team| view! { <Line team /> }).collect_view()}
                        </ul>
                    }
                        .into_any()
                }}
            </Section>
        </Settings>
    }
}

#[component]
fn Line(team: Team) -> impl IntoView {
    let used = used(&team);
    view! {
        <li class="thing">
            <Icon name=Name::Users />
            <div class="thing-text">
                <p class="thing-name">
                    <a href=routes::own_team(team.id)>
                        <Typed text=team.name />
                    </a>
                    {team.role.map(|role| view! { <span class="badge">{words(role)}</span> })}
                </p>
                <p class="thing-facts">
                    <span>{format!("{used} used")}</span>
                </p>
            </div>
            <a class="button" href=routes::folder(&Drive::Team(team.id), "")>
                "Open the folder"
            </a>
        </li>
    }
}
