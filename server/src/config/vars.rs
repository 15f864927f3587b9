//! The one door to the environment, and the words for what is wrong behind it.

use std::{collections::BTreeMap, str::FromStr};

use secrecy::SecretString;

/// Every variable, read once. Tests make one from a list of pairs.
#[derive(Clone)]
pub struct Vars(BTreeMap<String, String>);

/// A variable that is missing or cannot be used. Never carries the value: it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} {why}")]
pub struct ConfigError {
    pub name: &'static str,
    pub why: String,
}

impl ConfigError {
    pub fn new(name: &'static str, why: impl Into<String>) -> Self {
        Self {
            name,
            why: why.into(),
        }
    }
}

impl Vars {
    /// The process's environment over the `.env` of the working folder or one above it.
    ///
    /// # Errors
    /// When a `.env` exists that cannot be parsed.
    #[expect(clippy::disallowed_methods, reason = "the one door to the environment")]
    pub fn from_environment() -> Result<Self, ConfigError> {
        match dotenvy::dotenv() {
            Ok(_) => {}
            Err(e) if e.not_found() => {}
            Err(_) => {
                return Err(ConfigError::new(
                    ".env",
                    "cannot be parsed: one NAME=value per line",
                ));
            }
        }
        Ok(Self(
            std::env::vars_os()
                .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
                .collect(),
        ))
    }

    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .collect(),
        )
    }

    /// A variable set to nothing counts as unset, as in a `.env` with its value left blank.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|v| v.trim()).filter(|v| !v.is_empty())
    }

    #[must_use]
    pub fn secret(&self, name: &str) -> Option<SecretString> {
        self.get(name).map(SecretString::from)
    }

    /// # Errors
    /// When the value does not parse; `expected` completes "must be …".
    pub fn parse<T: FromStr>(&self, name: &'static str, expected: &str) -> Result<Option<T>, ConfigError> {
        self.get(name)
            .map(|text| {
                text.parse()
                    .map_err(|_| ConfigError::new(name, format!("must be {expected}")))
            })
            .transpose()
    }

    /// # Errors
    /// When the value is neither true nor false.
    pub fn flag(&self, name: &'static str, default: bool) -> Result<bool, ConfigError> {
        match self.get(name).map(str::to_ascii_lowercase).as_deref() {
            None => Ok(default),
            Some("true" | "1" | "yes" | "on") => Ok(true),
            Some("false" | "0" | "no" | "off") => Ok(false),
            Some(_) => Err(ConfigError::new(name, "must be true or false")),
        }
    }

    /// # Errors
    /// When the value is none of `choices`.
    pub fn one_of<T: Copy>(
        &self,
        name: &'static str,
        default: T,
        choices: &[(&str, T)],
    ) -> Result<T, ConfigError> {
        let Some(text) = self.get(name) else {
            return Ok(default);
        };
        choices
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, value)| *value)
            .ok_or_else(|| {
                let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
                ConfigError::new(name, format!("must be one of {}", words.join(", ")))
            })
    }
}
