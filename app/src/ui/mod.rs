//! Accessible primitives, free of any feature. Each renders the same on the server and in the browser and needs no
//! style attribute (the content security policy allows none).

pub mod alert;
pub mod button;
pub mod dialog;
pub mod field;
pub mod icon;
pub mod logo;
pub mod menu;
pub mod progress;
pub mod sentence;
pub mod toast;

pub use alert::{Alert, FailureAlert, Severity};
pub use button::{Button, IconButton, Variant};
pub use dialog::Dialog;
pub use field::Field;
pub use icon::Icon;
pub use logo::Logo;
pub use menu::{Menu, MenuItem};
pub use progress::{Progress, Spinner};
pub use sentence::Sentence;
