//! The SQL of quotas. A transaction that changes a ledger or its reservations locks the holder's row first, by
//! [`ledgers::hold`].

pub(super) mod ledgers;
pub(super) mod reservations;
