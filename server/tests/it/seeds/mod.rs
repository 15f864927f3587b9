//! The examples of the documents that Stowage unifies, sent exactly as printed.

mod accounts;
