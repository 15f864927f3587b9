//! The pages of accounts: plain forms that the server answers, so that they work before and without WASM, and
//! password managers recognise them.

mod devices;
pub mod settings;
mod sign_in;

pub use devices::devices;
pub use sign_in::{SignIn, sign_in};
