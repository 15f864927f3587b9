//! Signing keys and lifetimes.

use std::time::Duration;

use secrecy::SecretString;

use super::{ConfigError, Site, Vars, keys::keys};
use crate::platform::tokens::{PairKind, TokenKey};

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
    /// The first signs, all verify.
    Configured {
        first: Box<TokenKey>,
        others: Vec<TokenKey>,
    },
    /// Made at first start and kept under `DATA_DIR`. Development only.
    Generated,
}

impl Tokens {
    pub(super) fn from_vars(vars: &Vars, site: &Site) -> Result<Self, ConfigError> {
        let pairs = vars.one_of(
            "JWT_ALGORITHM",
            None,
            &[
                ("HS256", None),
                ("RS256", Some(PairKind::Rsa)),
                ("EdDSA", Some(PairKind::Ed25519)),
            ],
        )?;
        Ok(Self {
            keys: match pairs {
                None => secrets(vars, site)?,
                Some(kind) => key_pairs(vars, kind)?,
            },
            access: Duration::from_secs(positive(vars, "JWT_EXPIRATION", 3600, 86_400)?),
            refresh: Duration::from_secs(86_400 * positive(vars, "REFRESH_TOKEN_EXPIRE_DAYS", 7, 365)?),
        })
    }
}

const TEXT: &str = "JWT_PRIVATE_KEY";
const FILES: &str = "JWT_PRIVATE_KEY_FILE";

fn secrets(vars: &Vars, site: &Site) -> Result<SigningKeys, ConfigError> {
    if let Some(name) = [TEXT, FILES].into_iter().find(|name| vars.get(name).is_some()) {
        return Err(ConfigError::new(
            name,
            "is of no use without JWT_ALGORITHM=RS256 or EdDSA",
        ));
    }
    let Some((first, others)) = keys(vars, site, "JWT_SECRET_KEY")? else {
        return Ok(SigningKeys::Generated);
    };
    Ok(SigningKeys::Configured {
        first: Box::new(TokenKey::from_secret(&first)),
        others: others.iter().map(TokenKey::from_secret).collect(),
    })
}

fn key_pairs(vars: &Vars, kind: PairKind) -> Result<SigningKeys, ConfigError> {
    let (name, pem) = match (vars.get(TEXT), vars.get(FILES)) {
        (Some(_), Some(_)) => {
            return Err(ConfigError::new(
                FILES,
                "and JWT_PRIVATE_KEY are both set: one will do",
            ));
        }
        // In a variable, the ends of lines often have to be written out.
        (Some(text), None) => (TEXT, text.replace("\\n", "\n").into()),
        (None, Some(paths)) => (FILES, read_all(paths)?),
        (None, None) => {
            return Err(ConfigError::new(
                FILES,
                "must name a private key for this JWT_ALGORITHM; make one with: openssl genpkey -algorithm ed25519 \
                 (or: -algorithm rsa -pkeyopt rsa_keygen_bits:3072)",
            ));
        }
    };
    let mut keys = TokenKey::from_pem(kind, &pem)
        .map_err(|error| ConfigError::new(name, error.to_string()))?
        .into_iter();
    let first = keys
        .next()
        .ok_or_else(|| ConfigError::new(name, "holds no key"))?;
    Ok(SigningKeys::Configured {
        first: Box::new(first),
        others: keys.collect(),
    })
}

/// The files of a comma-separated list, one after the other.
fn read_all(paths: &str) -> Result<SecretString, ConfigError> {
    let mut all = String::new();
    for path in paths.split(',').map(str::trim) {
        let text = std::fs::read_to_string(path).map_err(|error| {
            ConfigError::new(FILES, format!("names {path}, which cannot be read: {error}"))
        })?;
        all.push_str(&text);
        all.push('\n');
    }
    Ok(all.into())
}

fn positive(vars: &Vars, name: &'static str, default: u64, max: u64) -> Result<u64, ConfigError> {
    match vars.parse::<u64>(name, "a whole number")?.unwrap_or(default) {
        n if (1..=max).contains(&n) => Ok(n),
        _ => Err(ConfigError::new(name, format!("must be between 1 and {max}"))),
    }
}
