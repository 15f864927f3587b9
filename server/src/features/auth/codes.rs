//! Six digits by mail: drawn, and held against what the database keeps of them.
//!
//! A million codes are guessed through in no time, so what is kept is keyed: a stolen database yields none. It covers
//! the purpose and the subject, so a code is good for nothing and nobody else.

use app::contract::UserId;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::error::AuthError;
use crate::platform::{rng::Rng, tokens::DerivedKey};

/// What [`crate::platform::tokens::TokenKeys::derive`] makes our keys of.
pub const PURPOSE: &str = "mailed codes";

pub(super) const LIFETIME_SECONDS: i64 = 600;
pub(super) const TRIES: i64 = 5;

/// What a code opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CodePurpose {
    /// An account for the subject, a registration.
    ConfirmRegistration,
    /// Another address for the subject, a user.
    ConfirmAddress,
    /// A new password for the subject, a user.
    ResetPassword,
}

impl CodePurpose {
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::ConfirmRegistration => "confirm_registration",
            Self::ConfirmAddress => "confirm_address",
            Self::ResetPassword => "reset_password",
        }
    }
}

/// Six digits that somebody typed.
pub(super) struct Code(SecretString);

impl Code {
    /// Spaces and hyphens are how people copy digits.
    ///
    /// # Errors
    /// [`AuthError::Field`] for anything but six digits.
    pub(super) fn parse(typed: &str) -> Result<Self, AuthError> {
        let digits: String = typed
            .chars()
            .take(32)
            .filter(|c| !matches!(c, ' ' | '\u{a0}' | '-' | '\t' | '\r' | '\n'))
            .collect();
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(AuthError::field("code", "must be the six digits of the mail"));
        }
        Ok(Self(digits.into()))
    }

    /// Each of the million codes is as likely as any other.
    pub(super) fn draw(rng: &dyn Rng) -> Self {
        const CODES: u32 = 1_000_000;
        loop {
            let mut bytes = [0; 4];
            rng.fill(&mut bytes);
            let drawn = u32::from_le_bytes(bytes);
            if drawn < u32::MAX - u32::MAX % CODES {
                return Self(format!("{:06}", drawn % CODES).into());
            }
        }
    }

    pub(super) fn into_secret(self) -> SecretString {
        self.0
    }
}

/// The keys of this installation: the first one makes, all verify.
pub(super) struct Codes(Vec<DerivedKey>);

impl Codes {
    pub(super) fn new(keys: Vec<DerivedKey>) -> Self {
        Self(keys)
    }

    /// What the database keeps of a code. `None` without a key, which no installation is.
    pub(super) fn mac(&self, purpose: CodePurpose, subject: UserId, code: &Code) -> Option<String> {
        let mac = keyed(self.0.first()?, purpose, subject, code)?;
        Some(hex::encode(mac.finalize().into_bytes()))
    }

    /// Whether `kept` was made of this code; compared in constant time.
    pub(super) fn matches(&self, kept: &str, purpose: CodePurpose, subject: UserId, code: &Code) -> bool {
        let Ok(kept) = hex::decode(kept) else { return false };
        self.0
            .iter()
            .filter_map(|key| keyed(key, purpose, subject, code))
            .any(|mac| mac.verify_slice(&kept).is_ok())
    }
}

fn keyed(key: &DerivedKey, purpose: CodePurpose, subject: UserId, code: &Code) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(purpose.text().as_bytes());
    // A byte that no purpose contains, then a length that is always the same.
    mac.update(&[0]);
    mac.update(subject.as_uuid().as_bytes());
    mac.update(code.0.expose_secret().as_bytes());
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::rng::SystemRng;

    fn user(n: u128) -> UserId {
        UserId::from_uuid(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn a_code_is_copied_in_many_ways() {
        for typed in ["012345", " 012 345 ", "012-345", "012\u{a0}345\n"] {
            assert_eq!(
                Code::parse(typed).unwrap().0.expose_secret(),
                "012345",
                "{typed:?}"
            );
        }
        for typed in ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "0x1234", "+12345"] {
            assert!(Code::parse(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn security_04_a_code_is_bound_to_purpose_subject_and_key() {
        let codes = Codes::new(vec![[1; 32]]);
        let code = Code::parse("012345").unwrap();
        let kept = codes.mac(CodePurpose::ResetPassword, user(1), &code).unwrap();
        assert!(!kept.contains("012345"));
        assert!(codes.matches(&kept, CodePurpose::ResetPassword, user(1), &code));
        assert!(!codes.matches(&kept, CodePurpose::ConfirmAddress, user(1), &code));
        assert!(!codes.matches(&kept, CodePurpose::ResetPassword, user(2), &code));
        assert!(!codes.matches(
            &kept,
            CodePurpose::ResetPassword,
            user(1),
            &Code::parse("012346").unwrap()
        ));
        assert!(!Codes::new(vec![[2; 32]]).matches(&kept, CodePurpose::ResetPassword, user(1), &code));
        // A code that was mailed before the keys were rotated is still good.
        let rotated = Codes::new(vec![[2; 32], [1; 32]]);
        assert!(rotated.matches(&kept, CodePurpose::ResetPassword, user(1), &code));
    }

    #[test]
    fn security_04_every_digit_is_drawn_everywhere() {
        let mut seen = [[false; 10]; 6];
        for _ in 0..2000 {
            for (place, digit) in Code::draw(&SystemRng).0.expose_secret().bytes().enumerate() {
                seen[place][usize::from(digit - b'0')] = true;
            }
        }
        assert!(seen.iter().flatten().all(|seen| *seen), "{seen:?}");
    }
}
