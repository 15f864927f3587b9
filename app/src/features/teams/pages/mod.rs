//! The pages of teams: for those who are in them, and for admins.

mod admin_list;
mod admin_team;
pub mod members;
mod own_list;
mod own_team;

pub use admin_list::all_teams;
pub use admin_team::team;
pub use own_list::own_teams;
pub use own_team::own_team;

use super::types::{Team, TeamRole};
use crate::format;

/// What a role may do, as a person says it.
const fn words(role: TeamRole) -> &'static str {
    match role {
        TeamRole::Viewer => "Viewer",
        TeamRole::Editor => "Editor",
        TeamRole::Manager => "Manager",
    }
}

/// `1.2 GiB of 5.0 GiB`
fn used(team: &Team) -> String {
    let used = format::bytes(team.quota_used_bytes);
    match team.quota_bytes {
        Some(quota) => format!("{used} of {}", format::bytes(quota)),
        None => used,
    }
}
