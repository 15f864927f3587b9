//! The queue, the mailbox of development, and SMTP to a real server.

mod mailbox;
mod queue;
mod smtp;
mod smtp_server;
