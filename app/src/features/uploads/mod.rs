//! Uploads: bytes go straight from the browser to storage; the server plans, signs and completes.
//!
//! `engine` decides (pure), `driver` does (DOM), `panel` shows, all of it in a `part` that
//! comes on demand; [`handle::Uploads`] is what other features hold.

pub mod board;
mod client;
pub mod driver;
pub mod engine;
pub mod handle;
pub mod held;
pub mod panel;
pub mod part;
pub mod place;
pub mod snapshot;
pub mod types;

pub use handle::{NewObject, Target, Uploads, provide_uploads, use_uploads};
pub use panel::{DropZone, UploadMenu};
pub use place::UploadPanel;
