//! The SQL of quotas. Whoever changes what a holder has, or its reservations, holds the holder's row from [`ledgers::hold`]
//! to the end of the transaction.

pub(super) mod ledgers;
pub(super) mod reservations;
