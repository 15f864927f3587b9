//! A SQLite database and the disk it lies on: what a failure means to a caller, and a reserve that keeps deleting
//! possible when the disk is full.

mod condition;
mod reserve;

pub use condition::{Condition, is_full};
pub use reserve::{Reserve, Space, available};
