//! What the audit log says of an action, whatever request it came with.

use super::{Action, Actor, Outcome};

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
