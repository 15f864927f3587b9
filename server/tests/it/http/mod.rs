//! What holds for every request, whatever its route.

mod csrf;
mod documents;
mod headers;
mod listening;
mod operations;
mod pages;
mod refusals;
