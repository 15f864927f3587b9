//! Who did what, to what, from where, and how it ended: an append-only table, one row for each action, denials
//! included. There is no statement here that changes or removes a row.

mod action;
mod api;
mod csv;
mod entry;
mod event;
mod origin;
mod pages;
mod reader;
mod repo;
mod service;
mod trail;

pub use action::{Action, Actor, Outcome};
pub use api::router;
pub use event::Event;
pub use origin::Origin;
pub use pages::pages;
pub use reader::{AuditError, AuditReader};
pub use service::Audit;
pub use trail::Trail;
