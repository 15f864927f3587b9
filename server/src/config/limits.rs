//! What a single request may ask for, and how many requests there may be.

use std::{net::IpAddr, num::NonZeroU32};

use ipnet::IpNet;

use super::{ConfigError, Vars};

#[derive(Clone, Debug)]
pub struct Limits {
    /// `MAX_DIRECT_UPLOAD_BYTES`: the largest file of `POST /api/s3/upload`.
    pub direct_upload_bytes: u64,
    /// `DEFAULT_QUOTA_BYTES`: what a new account may store; `None` is without limit.
    pub default_quota_bytes: Option<u64>,
    pub rates: Rates,
    /// `TRUSTED_PROXIES`: whose `X-Forwarded-For` is believed. Nobody's unless set.
    pub trusted_proxies: Vec<IpNet>,
}

/// Requests a minute of one caller; `None` is without end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// `RATE_LIMIT_AUTH_PER_MINUTE`: whatever takes a password or a code. Wrong passwords are counted only with it.
    pub auth: Option<NonZeroU32>,
    /// `RATE_LIMIT_S3_PER_MINUTE`: files, and what else a caller does with what is theirs.
    pub s3: Option<NonZeroU32>,
    /// `RATE_LIMIT_CREDENTIALS_PER_MINUTE`: whatever hands out keys.
    pub credentials: Option<NonZeroU32>,
}

impl Limits {
    pub(super) fn from_vars(vars: &Vars) -> Result<Self, ConfigError> {
        Ok(Self {
            direct_upload_bytes: vars
                .parse("MAX_DIRECT_UPLOAD_BYTES", "a number of bytes")?
                .unwrap_or(100 * 1024 * 1024),
            default_quota_bytes: default_quota(vars)?,
            rates: Rates {
                auth: rate(vars, "RATE_LIMIT_AUTH_PER_MINUTE", 5)?,
                s3: rate(vars, "RATE_LIMIT_S3_PER_MINUTE", 100)?,
                credentials: rate(vars, "RATE_LIMIT_CREDENTIALS_PER_MINUTE", 10)?,
            },
            trusted_proxies: proxies(vars)?,
        })
    }
}

fn default_quota(vars: &Vars) -> Result<Option<u64>, ConfigError> {
    const NAME: &str = "DEFAULT_QUOTA_BYTES";
    let bytes = vars.parse::<u64>(NAME, "a number of bytes")?;
    match bytes {
        Some(bytes) if i64::try_from(bytes).is_err() => {
            Err(ConfigError::new(NAME, format!("must be at most {}", i64::MAX)))
        }
        bytes => Ok(bytes),
    }
}

fn rate(vars: &Vars, name: &'static str, default: u32) -> Result<Option<NonZeroU32>, ConfigError> {
    const MAX: u32 = 1_000_000;
    match vars
        .parse::<u32>(name, "a number of requests, 0 for no limit")?
        .unwrap_or(default)
    {
        rate if rate <= MAX => Ok(NonZeroU32::new(rate)),
        _ => Err(ConfigError::new(
            name,
            format!("must be at most {MAX}, or 0 for no limit"),
        )),
    }
}

fn proxies(vars: &Vars) -> Result<Vec<IpNet>, ConfigError> {
    const NAME: &str = "TRUSTED_PROXIES";
    let expected = || {
        ConfigError::new(
            NAME,
            "must be addresses or networks separated by commas, such as 10.0.0.0/8, ::1",
        )
    };
    let list = vars.get(NAME).unwrap_or_default();
    if list.is_empty() {
        return Ok(Vec::new());
    }
    list.split(',')
        .map(|text| {
            let text = text.trim();
            let network = text.parse::<IpNet>().ok();
            let network = network.or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
            match network.ok_or_else(expected)? {
                // Believing everyone is believing whatever a client writes about itself.
                network if network.prefix_len() == 0 => {
                    Err(ConfigError::new(NAME, "must not be the whole Internet"))
                }
                network => Ok(network),
            }
        })
        .collect()
}
