//! Sizes of what tests make: small ones that still show the fault, and with FOREPEAK_SOAK=1 (`make soak`) the full ones.

#[expect(
    clippy::disallowed_methods,
    reason = "tests have no configuration to read it from"
)]
pub(crate) fn sized(quick: usize, full: usize) -> usize {
    match std::env::var_os("FOREPEAK_SOAK") {
        Some(soak) if soak == "1" => full,
        _ => quick,
    }
}
