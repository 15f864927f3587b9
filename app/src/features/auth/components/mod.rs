//! What the account pages are made of.

pub mod password_field;

pub use password_field::PasswordField;
