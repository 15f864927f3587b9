//! Checks the secrets that an operator chooses: each must be long enough and hard to guess.

use secrecy::{ExposeSecret, SecretString};

use super::{ConfigError, Vars};

/// HS256 wants a key of at least its digest's size (RFC 7518, section 3.2), and so does every cipher of 256 bits.
pub(super) const KEY_BYTES: usize = 32;

/// Words that configuration examples put where a secret belongs.
const PLACEHOLDERS: [&str; 11] = [
    "changeme",
    "change-me",
    "change_me",
    "change this",
    "replace-me",
    "replace_me",
    "placeholder",
    "your-secret",
    "your_secret",
    "default-secret",
    "insecure",
];

/// The secrets of a comma-separated list. The first protects new data; all of them open old data.
pub(super) fn list(vars: &Vars, name: &'static str) -> Result<Option<Vec<SecretString>>, ConfigError> {
    let Some(list) = vars.secret(name) else {
        return Ok(None);
    };
    let secrets: Vec<SecretString> = list
        .expose_secret()
        .split(',')
        .map(|secret| SecretString::from(secret.trim()))
        .collect();
    for secret in &secrets {
        check(name, secret, KEY_BYTES).map_err(|mut error| {
            if secrets.len() > 1 {
                error.why.push_str(". Commas separate the secrets of a list");
            }
            error
        })?;
    }
    Ok(Some(secrets))
}

/// Refuses what is shorter than `bytes`, or could be guessed by whoever tries the obvious.
pub(super) fn check(name: &'static str, secret: &SecretString, bytes: usize) -> Result<(), ConfigError> {
    let why = weakness(secret.expose_secret(), bytes);
    let Some(why) = why else { return Ok(()) };
    let make = "make one with: openssl rand -base64 48";
    Err(ConfigError::new(name, format!("{why}; {make}")))
}

fn weakness(secret: &str, bytes: usize) -> Option<String> {
    let text = secret.as_bytes();
    if text.len() < bytes {
        return Some(format!("must be at least {bytes} bytes"));
    }
    let lower = secret.to_ascii_lowercase();
    if PLACEHOLDERS.iter().any(|word| lower.contains(word)) {
        return Some("must not be a placeholder".to_owned());
    }
    let mut seen = [false; 256];
    for byte in text {
        seen[usize::from(*byte)] = true;
    }
    // Of 32 random hexadecimal digits fewer than eight differ once in twenty million times.
    let distinct = seen.iter().filter(|seen| **seen).count();
    let repeats = (1..=text.len() / 2).any(|period| text[period..].iter().zip(text).all(|(a, b)| a == b));
    let steps = text
        .windows(2)
        .filter(|pair| pair[0].abs_diff(pair[1]) <= 1)
        .count();
    (distinct < 8 || repeats || steps * 2 > text.len())
        .then(|| "must be random, and not a few characters that repeat or count up".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn security_11_what_repeats_or_counts_is_no_secret() {
        for weak in [
            "x".repeat(64),
            "ab".repeat(20),
            "0123456789".repeat(4),
            "correct horse battery staple ".repeat(2),
            "abcdefghijklmnopqrstuvwxyz0123456789".to_owned(),
            "aabbccddeeffgghhiijjkkllmmnnooppqq".to_owned(),
            "change-me-to-something-long-and-random-please".to_owned(),
            "YOUR_SECRET_KEY_GOES_HERE_0123456789abcdef".to_owned(),
            "short".to_owned(),
        ] {
            assert!(weakness(&weak, KEY_BYTES).is_some(), "{weak}");
        }
    }

    proptest! {
        #[test]
        fn security_11_what_is_random_is_taken(base64 in "[A-Za-z0-9+/]{43}=", hex in "[0-9a-f]{64}") {
            prop_assert_eq!(weakness(&base64, KEY_BYTES), None);
            prop_assert_eq!(weakness(&hex, KEY_BYTES), None);
        }
    }
}
