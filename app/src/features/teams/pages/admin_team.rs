use leptos::prelude::*;

use super::{members::Members, used};
use crate::{
    features::{
        admin::pages::Administration,
        teams::types::{Team, TeamMember},
    },
    routes,
    server_rendered::{
        FormState, ServerRenderedPage,
        components::{Confirm, Section, When},
        fields::TextField,
    },
    ui::Button,
};

/// `/admin/teams/{id}`. Its forms are posted there: those of the members, and `name`, `quota_gib`, `delete`.
#[must_use]
pub fn team(
    team: Team,
    members: Vec<TeamMember>,
    form: FormState,
    done: Option<String>,
) -> ServerRenderedPage {
    ServerRenderedPage::new(
        team.name.clone(),
        move || view! { <Page team members form done /> },
    )
}

#[component]
fn Page(team: Team, members: Vec<TeamMember>, form: FormState, done: Option<String>) -> impl IntoView {
    let error = form.form_error(&["user", "role", "name", "quota_gib"]);
    let action = routes::team(team.id);
    let (of_members, of_name, of_limit) = (action.clone(), action.clone(), action.clone());
    let (named, limited) = (form.clone(), form.clone());
    let used = used(&team);
    let consequence = format!(
        "Nobody is in the team any more, and its files are out of everyone's reach. They stay in storage under {}. The \
         name becomes free. This cannot be undone.",
        team.prefix,
    );
    view! {
        <Administration current=routes::TEAMS done error>
            <Section heading=team.name.clone()>
                <dl class="pairs">
                    <dt>"Storage"</dt>
                    <dd>{used}</dd>
                    <dt>"Created"</dt>
                    <dd>
                        <When moment=team.created_at />
                    </dd>
                    <dt>"Folder"</dt>
                    <dd>
                        <code>{team.prefix.clone()}</code>
                    </dd>
                </dl>
            </Section>
            <Members
                members
                team=team.name.clone()
                form
                action=of_members
                manages=true
                viewer=None
            />
            <Section heading="Name">
                <form method="post" action=of_name class="filters">
                    <TextField form=named name="name" label="Name" />
                    <Button submit=true>"Rename"</Button>
                </form>
            </Section>
            <Section heading="Limit" about="How much the team may keep, earlier versions and unfinished uploads included. Empty: no limit.".to_owned()>
                <form method="post" action=of_limit class="filters">
                    <TextField form=limited name="quota_gib" label="Limit in GiB" placeholder="None" optional=true />
                    <Button submit=true>"Save the limit"</Button>
                </form>
            </Section>
            <Section heading="Delete the team">
                <div class="action">
                    <p>"Its members lose access at once. Its files stay in storage, out of everyone's reach but an operator's."</p>
                    <Confirm
                        id="delete-team"
                        label="Delete the team"
                        question=format!("Delete the team {}?", team.name)
                        consequence
                        action
                        fields=vec![("delete", "yes".to_owned())]
                    />
                </div>
            </Section>
        </Administration>
    }
}
