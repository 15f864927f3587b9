//! Chance, passed in. Everything drawn here may guard something, so it comes from a cryptographic generator.

use rand::TryRngCore;
use uuid::Uuid;

pub trait Rng: Send + Sync + 'static {
    fn fill(&self, bytes: &mut [u8]);

    /// A random (version 4) identifier.
    fn uuid(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRng;

impl Rng for SystemRng {
    #[expect(
        clippy::expect_used,
        reason = "without random bytes no secret can be made: stopping is the safe answer"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        rand::rngs::OsRng
            .try_fill_bytes(bytes)
            .expect("the operating system provides random bytes");
    }
}
