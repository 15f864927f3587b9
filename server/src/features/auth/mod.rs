//! Accounts, sign-ins and tokens: who is calling, and how that was proved.

pub mod principal;
