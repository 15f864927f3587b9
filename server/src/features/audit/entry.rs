//! What the audit log says of an action, whatever request it came with.

use std::collections::BTreeSet;

use app::contract::{TeamId, key::team_of};

use super::{Action, Actor, Outcome};

/// A prefix of an id with its slashes, which stands before the path in a team's folder.
const TEAMS: &str = "teams/";

/// One action. Holds no secret: neither what was typed into a password field, nor a token, nor a code.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) action: Action,
    pub(super) outcome: Outcome,
    /// `None` for the program itself, and for a stranger without a name.
    pub(super) actor: Option<Actor>,
    /// What it was done to: a user's id, a key's id, an object's key.
    pub(super) target: Option<String>,
    /// What else a reader needs, in a few words.
    pub(super) detail: Option<String>,
}

impl Entry {
    /// The teams whose folders the entry names.
    pub(super) fn teams(&self) -> BTreeSet<TeamId> {
        let texts = self.target.iter().chain(&self.detail);
        texts
            .flat_map(|text| text.match_indices(TEAMS).map(|(at, _)| &text[at..]))
            .filter_map(team_of)
            .collect()
    }

    /// Adds a team's name, since nobody knows teams by their ids.
    pub(super) fn add_team(&mut self, name: &str) {
        let detail = self.detail.take().map(|detail| format!("{detail}; "));
        self.detail = Some(format!("{}team {name}", detail.unwrap_or_default()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_teams_of_an_entry_are_those_whose_folders_it_names() {
        let id = "018f0000-0000-7000-8000-000000000002";
        let other = "018f0000-0000-7000-8000-000000000003";
        let entry = Entry {
            action: Action::MoveFiles,
            outcome: Outcome::Success,
            actor: None,
            target: Some(format!("teams/{other}/")),
            detail: Some(format!(
                "teams/{id}/a/ of forepeak to teams/{id}/teams/x/ of forepeak, teams/{id}"
            )),
        };
        let teams: Vec<String> = entry.teams().iter().map(ToString::to_string).collect();
        assert_eq!(teams, [id, other]);
    }
}
