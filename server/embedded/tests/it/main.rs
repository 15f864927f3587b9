//! The store over real HTTP.
