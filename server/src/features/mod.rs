//! One folder per feature: `api` (handlers), `service` (use cases), `repo` (SQL only), `error`. What may be reached in
//! storage is decided in `scopes`.

pub mod admin;
pub mod api_keys;
pub mod audit;
pub mod auth;
pub mod buckets;
pub mod files;
pub mod invitations;
pub mod jobs;
pub mod mail;
pub mod pages;
pub mod quota;
pub mod scopes;
pub mod teams;
pub mod uploads;
