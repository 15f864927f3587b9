//! Running the place: accounts, and how many there are.

#[cfg(feature = "ssr")]
pub mod pages;
pub mod types;
