//! The pages of accounts: plain forms that the server answers, so that they work before and without WASM, and
//! password managers recognise them.

mod confirm;
mod devices;
mod forgot;
mod password;
mod profile;
mod register;
mod reset;
pub mod settings;
mod setup;
mod sign_in;

pub use confirm::confirm;
pub use devices::devices;
pub use forgot::forgot;
pub use password::password;
pub use profile::profile;
pub use register::{Admission, register};
pub use reset::reset;
pub use setup::setup;
pub use sign_in::{SignIn, sign_in};
