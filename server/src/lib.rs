//! Everything that may hold a secret: the REST API, the use cases behind it, and what they stand on.
//!
//! A request travels one way: router → extractor (who is calling) → handler (`features/*/api.rs`: parse, call,
//! map) → service (`features/*/service.rs`: authorise, do) → repository or object store (`platform`).

// The type of a rendered page nests one level per element.
#![recursion_limit = "512"]

pub mod config;
pub mod features;
pub mod http;
pub mod jobs;
pub mod platform;
pub mod router;
pub mod state;
pub mod telemetry;
