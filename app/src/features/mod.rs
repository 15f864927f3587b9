//! One folder per feature, with the same name as on the server: `types` is the wire, `port` what the server lends
//! to pages while it renders them, `client` the same calls over REST from the browser.

pub mod admin;
pub mod api_keys;
pub mod audit;
pub mod auth;
pub mod buckets;
pub mod files;
pub mod invitations;
pub mod jobs;
pub mod mail;
pub mod teams;
pub mod uploads;
