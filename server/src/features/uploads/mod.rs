//! Uploads: planned and signed here, sent straight to storage, completed here. Each upload in parts has a row in
//! the journal from the moment storage knows of it until it is an object, or forgotten.

pub mod api;
pub mod error;
mod plan;
mod repo;
pub mod service;
