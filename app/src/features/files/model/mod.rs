//! What a folder on screen is, without a screen: entries and their order, the selection, the visible window, the
//! address. Plain values and arithmetic, tested natively.

pub mod address;
pub mod chosen;
pub mod collation;
pub mod command;
pub mod counts;
pub mod download;
pub mod encoding;
pub mod entry;
pub mod filters;
pub mod hit;
pub mod kind;
pub mod listing;
pub mod new_name;
pub mod reorder;
pub mod selection;
pub mod sort;
pub mod transfer;
pub mod type_ahead;
pub mod window;
pub mod words;
