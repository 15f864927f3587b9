//! What surrounds the pages: navigation, the account menu, the theme, and what is shown when something is missing
//! or broken.

pub mod account;
pub mod frame;
pub mod not_found;
pub mod page_title;
pub mod rail;
pub mod theme;

pub use frame::Frame;
