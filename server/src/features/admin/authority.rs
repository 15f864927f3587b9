//! In whose name accounts are changed.

use app::contract::UserId;

use crate::features::audit::{Action, Event, Origin, Outcome};

/// Who changes accounts: an admin, or the person who runs the program's commands on its machine.
#[derive(Clone, Debug)]
pub struct Authority {
    pub(super) admin: Option<(UserId, String)>,
    pub(super) origin: Origin,
}

impl Authority {
    /// For the commands of the program: who can run them has the database anyway.
    #[must_use]
    pub fn operator() -> Self {
        Self {
            admin: None,
            origin: Origin::default(),
        }
    }

    #[must_use]
    pub(in crate::features) fn user(&self) -> Option<UserId> {
        self.admin.as_ref().map(|(id, _)| *id)
    }

    #[must_use]
    pub(in crate::features) fn name(&self) -> Option<&str> {
        self.admin.as_ref().map(|(_, name)| name.as_str())
    }

    #[must_use]
    pub(in crate::features) fn event(&self, action: Action, outcome: Outcome) -> Event {
        let event = Event::new(action, outcome, &self.origin);
        match &self.admin {
            Some((id, name)) => event.by(*id, name),
            None => event,
        }
    }
}
