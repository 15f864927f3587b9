//! The examples of the documents that Forepeak unifies, sent exactly as printed.

mod accounts;
pub(crate) mod buckets;
