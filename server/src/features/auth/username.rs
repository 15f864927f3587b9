//! What may name an account, and what may guard it.

use std::{collections::HashSet, sync::LazyLock};

use secrecy::{ExposeSecret, SecretString};

use super::error::AuthError;
use crate::platform::mailer::{EmailAddress, EmailAddressError};

/// 3–50 of `a-z A-Z 0-9 . _ - @ +`. Two that differ in case only are the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// # Errors
    /// [`AuthError::Field`], saying what is wrong.
    pub fn parse(raw: &str) -> Result<Self, AuthError> {
        if !(3..=50).contains(&raw.chars().count()) {
            return Err(AuthError::field("username", "must be 3 to 50 characters long"));
        }
        if !raw
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-@+".contains(&b))
        {
            return Err(AuthError::field(
                "username",
                "may only contain letters, digits and . _ - @ +",
            ));
        }
        Ok(Self(raw.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// # Errors
/// [`AuthError::Field`], saying what is wrong.
pub(super) fn email_address(raw: &str) -> Result<EmailAddress, AuthError> {
    raw.trim()
        .parse()
        .map_err(|error: EmailAddressError| AuthError::field("email", error.to_string()))
}

/// # Errors
/// [`AuthError::Field`], saying what is wrong.
pub(super) fn full_name(raw: String) -> Result<String, AuthError> {
    if raw.chars().count() > 200 || raw.chars().any(char::is_control) {
        return Err(AuthError::field(
            "full_name",
            "must be at most 200 characters on one line",
        ));
    }
    Ok(raw)
}

const MAX_PASSWORD_CHARS: usize = 128;
const MIN_PASSWORD_CHARS: usize = 8;

/// Passwords that everybody tries first, of eight characters and more, in lower case, one a line.
static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("../../../assets/common_passwords.txt")
        .lines()
        .collect()
});

/// The rule of NIST 800-63B: length and rarity, no composition.
///
/// # Errors
/// [`AuthError::Field`], saying what is wrong.
pub(super) fn check_password(
    password: &SecretString,
    username: &Username,
    email: Option<&str>,
) -> Result<(), AuthError> {
    check_length(password)?;
    let password = password.expose_secret();
    if password.chars().count() < MIN_PASSWORD_CHARS {
        return Err(AuthError::field("password", "must be at least 8 characters long"));
    }
    let folded = password.to_lowercase();
    if COMMON.contains(folded.as_str()) {
        return Err(AuthError::field(
            "password",
            "is one of the most common passwords",
        ));
    }
    if folded == username.as_str().to_lowercase() || email.is_some_and(|email| folded == email.to_lowercase())
    {
        return Err(AuthError::field(
            "password",
            "must not be the username or e-mail address",
        ));
    }
    Ok(())
}

/// Whether it is short enough to be a password at all; hashing a longer one would be work for nothing.
///
/// # Errors
/// [`AuthError::Field`], saying so.
pub(super) fn check_length(password: &SecretString) -> Result<(), AuthError> {
    let password = password.expose_secret();
    // The bytes first: counting the characters of ten megabytes is work already.
    if password.len() > MAX_PASSWORD_CHARS * 4 || password.chars().count() > MAX_PASSWORD_CHARS {
        return Err(AuthError::field(
            "password",
            "must not be longer than 128 characters",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_ascii() {
        for good in ["ada", "user@example.com", "a.b_c-d+e", &"x".repeat(50)] {
            assert!(Username::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "ab",
            "",
            "a b c",
            "../..",
            "${aws:username}",
            "*",
            "аdmin",
            "ada\n",
            &"x".repeat(51),
        ] {
            assert!(Username::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_rule_is_length_and_rarity() {
        let ada = Username::parse("AdaLovelace").unwrap();
        let check = |password: &str| check_password(&password.into(), &ada, Some("ada@example.com"));
        for good in [
            "SecurePass123",
            "testpassword",
            "secure_password",
            &"é".repeat(128),
            "        ",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "password",
            "Password",
            "12345678",
            "seven77",
            "adalovelace",
            "ADA@example.com",
            &"x".repeat(129),
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
