//! The only place that reads the environment, and the error that names a variable.

use std::{collections::BTreeMap, path::PathBuf, str::FromStr};

use rustls_pki_types::{CertificateDer, pem::PemObject};
use secrecy::SecretString;

use super::{env_file, names};

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
    /// When there is a `.env` that cannot be read, or a variable of ours that is no text.
    #[expect(clippy::disallowed_methods, reason = "the one door to the environment")]
    pub fn from_environment() -> Result<Self, ConfigError> {
        if let Some(path) = env_file() {
            let wrong = |why: String| ConfigError::new(".env", why);
            let text = std::fs::read_to_string(&path)
                .map_err(|error| wrong(format!("{} cannot be read: {error}", path.display())))?;
            env_file::check(&text).map_err(|fault| {
                wrong(format!(
                    "{}, line {}: it {}",
                    path.display(),
                    fault.line,
                    fault.why
                ))
            })?;
            // The AWS SDK reads its own variables from the environment.
            dotenvy::from_path(&path).map_err(|error| match error {
                dotenvy::Error::LineParse(line, _) => wrong(format!(
                    "{}, line {}: it is no NAME=value",
                    path.display(),
                    text.lines().position(|other| other == line).unwrap_or_default() + 1
                )),
                _ => wrong(format!("{} cannot be read", path.display())),
            })?;
        }
        let mut vars = BTreeMap::new();
        for (name, value) in std::env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => {
                    vars.insert(name, value);
                }
                Err(_) => {
                    if let Some(name) = names::known().find(|known| *known == name) {
                        return Err(ConfigError::new(name, "must be valid UTF-8"));
                    }
                }
            }
        }
        Ok(Self(vars))
    }

    /// What is said about variables that look like ours and are none.
    pub(super) fn unknown(&self) -> Vec<String> {
        self.0.keys().filter_map(|name| names::unknown(name)).collect()
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

/// The `.env` of the working folder or the nearest one above it.
fn env_file() -> Option<PathBuf> {
    let folder = std::env::current_dir().ok()?;
    folder
        .ancestors()
        .map(|folder| folder.join(".env"))
        .find(|file| file.is_file())
}

/// The text of a file with certificates, in PEM.
pub(super) fn certificates(name: &'static str, file: &std::path::Path) -> Result<String, ConfigError> {
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| ConfigError::new(name, format!("names {shown}, which cannot be read: {error}")))?;
    let wrong = |why: &str| Err(ConfigError::new(name, format!("names {shown}, {why}")));
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    match certificates {
        Ok(found) if found.is_empty() => wrong("which holds no certificate in PEM"),
        Ok(_) => Ok(text),
        Err(_) => wrong("which holds something that is no certificate in PEM"),
    }
}
