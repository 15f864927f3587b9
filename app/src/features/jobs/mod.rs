//! Jobs: work that outlives the request that asked for it. The page shows its progress, and can cancel and undo it.
//!
//! `board` decides (pure), `feed` asks the server, `panel` shows, all of it in a `chunk` that is loaded after hydration.
//! Other features use [`handle::Jobs`].

pub mod board;
pub mod chunk;
pub mod client;
pub mod feed;
pub mod handle;
pub mod panel;
pub mod slot;
pub mod types;
pub mod words;

pub use handle::{Jobs, Started, provide_jobs, use_jobs};
pub use slot::JobPanel;
