//! The SQL of quotas. Whoever changes what a holder has, or its reservations, holds the holder's row from [`ledgers::hold`]
//! to the end of the transaction.

pub(super) mod ledgers;
pub(super) mod reservations;

/// As columns have it. Sums stop at the largest number that they hold.
fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
