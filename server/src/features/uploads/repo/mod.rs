//! The journal of uploads in parts. SQL only; one text for both databases.

mod parts;
mod uploads;

pub(super) use parts::{SignedPart, record_signed, record_stored, signed_parts, sizes_of};
pub(super) use uploads::{
    State, Upload, begin_abort, begin_completing, completed, delete, end_completing, extend, find, insert,
    knows, of_bucket, overdue, reopen, unfinished,
};
