//! The WASM entry point: hydrates what the server rendered, and nothing else.
