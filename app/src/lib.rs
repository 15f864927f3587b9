//! What browser and server share: the wire types, the table of paths, the pages and their components.
//! Compiles to WASM (`hydrate`) and natively (`ssr`).

pub mod contract;
pub mod features;
