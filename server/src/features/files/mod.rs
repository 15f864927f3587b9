//! Objects and folders under the caller's prefix: listed, read, written through the server, deleted, found.

pub mod access;
pub mod api;
pub mod error;
pub mod form;
mod form_body;
pub mod port;
pub mod service;
pub mod serving;
