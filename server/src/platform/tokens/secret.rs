//! Secrets that nobody signs: random, held by a client, kept here as a digest.

use secrecy::SecretString;
use sha2::{Digest, Sha256};

use crate::platform::rng::Rng;

/// A random secret as a client holds it: 256 bits, hex, after a prefix that says what it is.
#[must_use]
pub fn opaque(prefix: &str, rng: &dyn Rng) -> SecretString {
    let mut bytes = [0; 32];
    rng.fill(&mut bytes);
    format!("{prefix}{}", hex::encode(bytes)).into()
}

/// A secret of full strength as the database holds it. Not for passwords: nothing here is slow.
#[must_use]
pub fn digest(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}
