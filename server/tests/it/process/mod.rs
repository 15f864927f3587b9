//! The built program, as an operator runs it: processes, signals, a database that goes away.

mod commands;
mod draining;
mod first_admin;
mod full_disk;
mod hashing;
mod memory;
mod neighbours;
mod program;
mod schema;
mod strangers;
