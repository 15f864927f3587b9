//! Who is in a team, and the forms that change it: on the team's own page, and on that of admins.

use leptos::prelude::*;

use super::words;
use crate::{
    contract::UserId,
    features::teams::types::{TeamMember, TeamRole},
    server_rendered::{
        FormState,
        components::{Confirm, Nothing, Section, Typed},
        fields::{SelectField, TextField},
    },
    ui::{Button, Icon, Variant, icon::Name},
};

const ROLES: &[(&str, &str)] = &[
    ("viewer", "Viewer: looks and downloads"),
    ("editor", "Editor: changes files too"),
    ("manager", "Manager: manages members too"),
];

/// Posted to `action`: `user` and `role` add somebody; `member` and `new_role` change somebody; `remove` takes somebody out.
#[component]
pub fn Members(
    members: Vec<TeamMember>,
    team: String,
    form: FormState,
    action: String,
    /// Whether the person who looks may change who is in the team.
    manages: bool,
    /// Who looks.
    viewer: Option<UserId>,
) -> impl IntoView {
    let (add, adding) = (action.clone(), form.clone());
    view! {
        <Section heading="Members">
            {if members.is_empty() {
                view! {
                    <Nothing icon=Name::Users heading="Nobody is in this team yet">
                        "Add people below. Make at least one of them a manager."
                    </Nothing>
                }
                    .into_any()
            } else {
                view! {
                    <ul class="things">
                        {members
                            .into_iter()
                            .map(|member| {
                                let (team, action, form) = (team.clone(), action.clone(), form.clone());
                                view! { <Line member team form action manages viewer /> }
                            })
                            .collect_view()}
                    </ul>
                }
                    .into_any()
            }}
        </Section>
        {manages
            .then(|| {
                view! {
                    <Section
                        heading="Add somebody"
                        about="They see the team's folder at once, beside their own.".to_owned()
                    >
                        <form method="post" action=add class="filters">
                            <TextField form=adding.clone() name="user" label="Username" />
                            <SelectField form=adding name="role" label="Role" choices=ROLES />
                            <Button submit=true variant=Variant::Primary>
                                "Add"
                            </Button>
                        </form>
                    </Section>
                }
            })}
    }
}

#[component]
fn Line(
    member: TeamMember,
    team: String,
    form: FormState,
    action: String,
    manages: bool,
    viewer: Option<UserId>,
) -> impl IntoView {
    let id = member.user_id;
    let is_own = viewer == Some(id);
    let name = member.username.clone();
    // What was chosen and refused.
    let typed = (form.value("member") == id.to_string()).then(|| form.value("new_role"));
    let chosen = typed
        .and_then(|role| TeamRole::from_text(&role))
        .unwrap_or(member.role);
    let (label, described, question, consequence) = if is_own {
        (
            "Leave",
            format!("Leave the team {team}"),
            format!("Leave the team {team}?"),
            "You lose access to its files at once. A manager or an administrator can add you again.",
        )
    } else {
        (
            "Remove",
            format!("Remove {name} from the team"),
            format!("Remove {name} from {team}?"),
            "They lose access to the team's files at once, also to uploads and changes that are under way. The files stay.",
        )
    };
    view! {
        <li class="thing">
            <Icon name=Name::Users />
            <div class="thing-text">
                <p class="thing-name">
                    <span>{member.username.clone()}</span>
                    <span class="badge">{words(member.role)}</span>
                    {is_own.then(|| view! { <span class="badge badge-accent">"You"</span> })}
                </p>
                {member
                    .full_name
                    .map(|name| {
                        view! {
                            <p class="thing-facts">
                                <Typed text=name />
                            </p>
                        }
                    })}
            </div>
            {manages.then(|| view! { <RoleForm id name role=chosen action=action.clone() /> })}
            {(manages || is_own)
                .then(|| {
                    view! {
                        <Confirm
                            id=format!("remove-{id}")
                            label
                            described
                            question
                            consequence
                            action
                            fields=vec![("remove", id.to_string())]
                        />
                    }
                })}
        </li>
    }
}

#[component]
fn RoleForm(id: UserId, name: String, role: TeamRole, action: String) -> impl IntoView {
    view! {
        <form method="post" action=action class="member-role">
            <input type="hidden" name="member" value=id.to_string() />
            <select class="input select" name="new_role" aria-label=format!("Role of {name}")>
                {[TeamRole::Viewer, TeamRole::Editor, TeamRole::Manager]
                    .map(|choice| {
                        view! {
                            <option value=choice.text() selected=choice == role>
                                {words(choice)}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
            <button type="submit" class="button" aria-label=format!("Save the role of {name}")>
                "Save"
            </button>
        </form>
    }
}
