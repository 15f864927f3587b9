//! Keys for scripts: long-lived, narrower than the person who made them, and of no use for an account itself.

#[cfg(feature = "ssr")]
pub mod pages;
pub mod types;
