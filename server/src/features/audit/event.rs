//! An event of the audit log.

use app::contract::UserId;

use super::{Action, Actor, Origin, Outcome, entry::Entry};

/// One action, and the request that it came with.
#[derive(Clone, Debug)]
pub struct Event {
    pub(super) entry: Entry,
    pub origin: Origin,
}

impl Event {
    #[must_use]
    pub fn new(action: Action, outcome: Outcome, origin: &Origin) -> Self {
        Self {
            entry: Entry {
                action,
                outcome,
                actor: None,
                target: None,
                detail: None,
            },
            origin: origin.clone(),
        }
    }

    #[must_use]
    pub fn by(mut self, id: UserId, name: impl Into<String>) -> Self {
        let name = name.into();
        self.entry.actor = Some(Actor::Account { id, name });
        self
    }

    /// By someone who wants to be called `name`.
    #[must_use]
    pub fn by_claim(mut self, name: impl Into<String>) -> Self {
        self.entry.actor = Some(Actor::Claim(name.into()));
        self
    }

    /// By someone who typed `account` where the name or address of an account belongs.
    #[must_use]
    pub fn by_guess(mut self, account: impl Into<String>) -> Self {
        self.entry.actor = Some(Actor::Guess(account.into()));
        self
    }

    #[must_use]
    pub fn on(mut self, target: impl std::fmt::Display) -> Self {
        self.entry.target = Some(format!("{target}"));
        self
    }

    #[must_use]
    pub fn saying(mut self, detail: impl Into<String>) -> Self {
        self.entry.detail = Some(detail.into());
        self
    }

    /// Writes the event down if the request is refused, and only then: a route that is open to all ignores credentials.
    pub fn suspect(self) {
        self.origin.trail.suspect(self.entry);
    }

    /// What is written down of a request that was refused, if it was suspected of something.
    #[must_use]
    pub fn suspected(origin: &Origin) -> Option<Self> {
        Some(Self {
            entry: origin.trail.suspicion()?.clone(),
            origin: origin.clone(),
        })
    }
}
