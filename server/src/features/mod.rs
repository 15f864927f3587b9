//! One folder per feature: `api` (handlers), `service` (use cases; the one place that decides access), `repo`
//! (SQL only), `error`.

pub mod admin;
pub mod api_keys;
pub mod audit;
pub mod auth;
pub mod files;
pub mod invitations;
pub mod mail;
pub mod pages;
pub mod uploads;
