//! The journal of uploads in parts. SQL only; one text for both databases.

mod parts;
mod uploads;

pub(super) use parts::{SignedPart, record_signed, record_stored, signed_parts, sizes_of};
pub(super) use uploads::{
    State, Upload, begin_abort, begin_completing, completed, delete, end_completing, extend, find, insert,
    knows, overdue, reopen, unfinished,
};

/// Sizes are at most 5 TiB.
fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
