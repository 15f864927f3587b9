//! Mail, as far as browsers and scripts see it: development's mailbox.

pub mod types;
