//! Running the place: accounts, and how many there are.

pub mod types;
