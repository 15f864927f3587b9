//! What holds for every request, whatever its route.

pub(crate) mod csrf;
mod database_outage;
mod documents;
mod headers;
mod markup;
mod operations;
mod pages;
mod panics;
mod postgres_failures;
mod refusals;
mod refused_forms;
mod spans;
