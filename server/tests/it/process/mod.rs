//! The built program, as an operator runs it: processes, signals, a database that goes away.

mod backup;
mod commands;
mod draining;
mod first_admin;
mod full_disk;
mod hashing;
mod killed_jobs;
mod known_passwords;
mod memory;
mod neighbours;
mod postgres_tls;
mod program;
mod schema;
mod start_faults;
mod storage;
mod strangers;
