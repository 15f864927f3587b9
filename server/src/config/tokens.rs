//! Signing keys and lifetimes.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::{ConfigError, Site, Vars};

/// HS256 wants a key of at least its digest's size (RFC 7518, section 3.2).
const MIN_SECRET_BYTES: usize = 32;

#[derive(Clone, Debug)]
pub struct Tokens {
    pub keys: SigningKeys,
    /// `JWT_EXPIRATION`: of access and id tokens.
    pub access: Duration,
    /// `REFRESH_TOKEN_EXPIRE_DAYS`: of refresh tokens, and so of a whole sign-in.
    pub refresh: Duration,
}

#[derive(Clone, Debug)]
pub enum SigningKeys {
    /// `JWT_SECRET_KEY`: the first signs, all verify.
    Configured {
        first: SecretString,
        others: Vec<SecretString>,
    },
    /// Made at first start and kept under `DATA_DIR`. Development only.
    Generated,
}

impl Tokens {
    pub(super) fn from_vars(vars: &Vars, site: &Site) -> Result<Self, ConfigError> {
        vars.one_of("JWT_ALGORITHM", (), &[("HS256", ())])?;
        Ok(Self {
            keys: keys(vars, site)?,
            access: Duration::from_secs(positive(vars, "JWT_EXPIRATION", 3600, 86_400)?),
            refresh: Duration::from_secs(86_400 * positive(vars, "REFRESH_TOKEN_EXPIRE_DAYS", 7, 365)?),
        })
    }
}

fn keys(vars: &Vars, site: &Site) -> Result<SigningKeys, ConfigError> {
    const NAME: &str = "JWT_SECRET_KEY";
    let Some(list) = vars.secret(NAME) else {
        return if site.env.is_development() {
            Ok(SigningKeys::Generated)
        } else {
            Err(ConfigError::new(
                NAME,
                "must be set outside development; make one with: openssl rand -base64 48",
            ))
        };
    };
    let mut keys = list
        .expose_secret()
        .split(',')
        .map(|key| SecretString::from(key.trim()));
    let too_short = |key: &SecretString| key.expose_secret().len() < MIN_SECRET_BYTES;
    let (first, others) = (keys.next().unwrap_or_default(), keys.collect::<Vec<_>>());
    if too_short(&first) || others.iter().any(too_short) {
        return Err(ConfigError::new(
            NAME,
            format!("must be at least {MIN_SECRET_BYTES} bytes, each of them if a list"),
        ));
    }
    Ok(SigningKeys::Configured { first, others })
}

fn positive(vars: &Vars, name: &'static str, default: u64, max: u64) -> Result<u64, ConfigError> {
    match vars.parse::<u64>(name, "a whole number")?.unwrap_or(default) {
        n if (1..=max).contains(&n) => Ok(n),
        _ => Err(ConfigError::new(name, format!("must be between 1 and {max}"))),
    }
}
