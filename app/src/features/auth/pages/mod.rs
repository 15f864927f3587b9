//! The pages of people who are not signed in (yet): plain forms that the server answers, so that they work before
//! and without WASM, and password managers recognise them.

mod sign_in;

pub use sign_in::{SignIn, sign_in};
