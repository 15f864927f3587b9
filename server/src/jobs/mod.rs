//! Work that no request waits for. Each job can run on every replica at once, and again after a crash.

pub mod mail;
pub mod storage;
pub mod uploads;
