//! The SQL of accounts, and nothing else.

pub(super) mod codes;
pub(super) mod pending;
pub(super) mod refresh_tokens;
pub(super) mod sessions;
pub(super) mod sign_ins;
pub(super) mod users;
