//! `ENCRYPTION_KEY`: what stored credentials are encrypted with.

use std::iter;

use secrecy::{ExposeSecret, SecretString};

use super::{ConfigError, Site, Vars, keys::keys, secret};

const NAME: &str = "ENCRYPTION_KEY";

#[derive(Clone, Debug)]
pub enum EncryptionKeys {
    /// The first encrypts, all decrypt.
    Configured {
        first: SecretString,
        others: Vec<SecretString>,
    },
    /// Made when it is first needed and kept under `DATA_DIR`. Development only.
    Generated,
}

impl EncryptionKeys {
    pub(super) fn from_vars(vars: &Vars, site: &Site) -> Result<Self, ConfigError> {
        let Some((first, others)) = keys(vars, site, NAME)? else {
            return Ok(Self::Generated);
        };
        // Whoever learns the one must not have the other.
        let signing = secret::list(vars, "JWT_SECRET_KEY")?.unwrap_or_default();
        let is_same = |a: &SecretString, b: &SecretString| a.expose_secret() == b.expose_secret();
        if iter::once(&first)
            .chain(&others)
            .any(|key| signing.iter().any(|other| is_same(key, other)))
        {
            return Err(ConfigError::new(NAME, "must not be the same as JWT_SECRET_KEY"));
        }
        Ok(Self::Configured { first, others })
    }
}
