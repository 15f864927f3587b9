//! Background work, one file each, and the runner that starts and stops all of it. Each can run on every replica at
//! once, and again after a crash.

pub mod buckets;
pub mod files;
pub mod mail;
pub mod quota;
pub mod runner;
pub mod storage;
pub mod sweep;
pub mod uploads;
pub mod versions;
