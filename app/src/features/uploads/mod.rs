//! Uploads: bytes go straight from the browser to storage; the server plans, signs and completes.
//!
//! `engine` decides (pure), `driver` does (DOM), `panel` shows, all of it in a `chunk` that
//! is loaded on demand. Other features use [`handle::Uploads`].

pub mod board;
pub mod chunk;
mod client;
pub mod driver;
pub mod engine;
pub mod handle;
pub mod held;
pub mod panel;
pub mod panel_slot;
pub mod snapshot;
pub mod types;

pub use handle::{NewObject, Target, Uploads, provide_uploads, use_uploads};
pub use panel::{DropZone, UploadMenu};
pub use panel_slot::UploadPanel;
