//! Keys that only development may leave unset.

use secrecy::SecretString;

use super::{ConfigError, Site, Vars, secret};

/// The first key of the list, and the others. `None` in development, which makes a key of its own.
pub(super) fn keys(
    vars: &Vars,
    site: &Site,
    name: &'static str,
) -> Result<Option<(SecretString, Vec<SecretString>)>, ConfigError> {
    let mut keys = secret::list(vars, name)?.unwrap_or_default().into_iter();
    match keys.next() {
        Some(first) => Ok(Some((first, keys.collect()))),
        None if site.env.is_development() => Ok(None),
        None => Err(ConfigError::new(
            name,
            "must be set outside development; make one with: openssl rand -base64 48",
        )),
    }
}
