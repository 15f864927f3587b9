//! The secret that development makes up for itself, once, and keeps.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use secrecy::{ExposeSecret, SecretString};
use server::{
    config::{Config, SigningKeys},
    platform::{
        rng::Rng,
        tokens::{TokenKey, TokenKeys, opaque},
    },
};

/// The keys that sign tokens.
pub(super) fn token_keys(config: &Config, rng: &dyn Rng) -> io::Result<TokenKeys> {
    let issuer = config.site.origin().ascii_serialization();
    match &config.tokens.keys {
        SigningKeys::Configured { first, others } => {
            Ok(TokenKeys::new(issuer, TokenKey::clone(first), others.clone()))
        }
        SigningKeys::Generated => {
            let key = load_or_create(&config.site.data_dir.join("jwt-secret"), rng)?;
            Ok(TokenKeys::new(issuer, TokenKey::from_secret(&key), Vec::new()))
        }
    }
}

/// Readable by its owner alone. Two processes that start together agree on whichever came first.
fn load_or_create(path: &Path, rng: &dyn Rng) -> io::Result<SecretString> {
    let secret = opaque("", rng);
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Ok(mut file) => {
            file.write_all(secret.expose_secret().as_bytes())?;
            file.sync_all()?;
            Ok(secret)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let kept = std::fs::read_to_string(path)?;
            if kept.len() < secret.expose_secret().len() {
                return Err(io::Error::other(format!(
                    "{} is damaged; delete it to have it made again",
                    path.display()
                )));
            }
            Ok(kept.into())
        }
        Err(error) => Err(error),
    }
}
