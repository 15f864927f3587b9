//! Mail to people: what is to be sent is queued as a job in the transaction of what it tells of, and sent after it.
//!
//! The job holds no text and no code. A code is made at the moment its mail is sent, so its ten minutes begin there,
//! a stolen backup holds none, and a request takes equally long whether or not anybody will get a mail.

mod api;
mod letter;
mod page;
mod service;
pub mod text;

pub use api::router;
pub use letter::Letter;
pub use service::{KIND, MailQueue};
