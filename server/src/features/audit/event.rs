//! What is written down.

use app::contract::UserId;

use super::{Action, Actor, Origin, Outcome, trail::Suspicion};

/// One action. Never with a secret in it: neither what was typed into a password field, nor a token, nor a code.
#[derive(Clone, Debug)]
pub struct Event {
    pub action: Action,
    pub outcome: Outcome,
    /// Nobody: the program itself, or a stranger without a name.
    pub actor: Option<Actor>,
    /// What it was done to: a user's id, a key's id, an object's key.
    pub target: Option<String>,
    /// What else a reader needs, in a few words.
    pub detail: Option<String>,
    pub origin: Origin,
}

impl Event {
    #[must_use]
    pub fn new(action: Action, outcome: Outcome, origin: &Origin) -> Self {
        Self {
            action,
            outcome,
            actor: None,
            target: None,
            detail: None,
            origin: origin.clone(),
        }
    }

    #[must_use]
    pub fn by(mut self, id: UserId, name: impl Into<String>) -> Self {
        let name = name.into();
        self.actor = Some(Actor::Account { id, name });
        self
    }

    /// By someone who wants to be called `name`.
    #[must_use]
    pub fn by_claim(mut self, name: impl Into<String>) -> Self {
        self.actor = Some(Actor::Claim(name.into()));
        self
    }

    /// By someone who typed `account` where the name or address of an account belongs.
    #[must_use]
    pub fn by_guess(mut self, account: impl Into<String>) -> Self {
        self.actor = Some(Actor::Guess(account.into()));
        self
    }

    #[must_use]
    pub fn on(mut self, target: impl std::fmt::Display) -> Self {
        self.target = Some(format!("{target}"));
        self
    }

    #[must_use]
    pub fn saying(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Has it written down if the request is refused, and only then: an open route takes no notice of credentials.
    pub fn suspect(self) {
        self.origin.trail.suspect(Suspicion {
            action: self.action,
            outcome: self.outcome,
            actor: self.actor,
            target: self.target,
            detail: self.detail,
        });
    }

    /// What is written down of a request that was refused, if it was suspected of something.
    #[must_use]
    pub fn suspected(origin: &Origin) -> Option<Self> {
        let suspicion = origin.trail.suspicion()?.clone();
        Some(Self {
            action: suspicion.action,
            outcome: suspicion.outcome,
            actor: suspicion.actor,
            target: suspicion.target,
            detail: suspicion.detail,
            origin: origin.clone(),
        })
    }
}
