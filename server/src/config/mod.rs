//! Configuration: the environment, read once, checked, with secrets wrapped. One file per section.
//! Nothing outside this folder reads the environment.

mod accounts;
mod limits;
mod log;
mod mail;
mod site;
mod storage;
mod tokens;
mod vars;

pub use accounts::{Accounts, FirstAdmin, Registration};
pub use limits::{Limits, Rates};
pub use log::{Log, LogFormat};
pub use mail::{Mail, Smtp, SmtpLogin, SmtpTls};
pub use site::{AppEnv, Site};
pub use storage::{S3Endpoint, Storage, StorageKind};
pub use tokens::{SigningKeys, Tokens};
pub use vars::{ConfigError, Vars};

/// Everything that is configured. Made by [`Config::from_vars`] only, so what it holds has been checked.
#[derive(Clone, Debug)]
pub struct Config {
    pub site: Site,
    pub log: Log,
    pub accounts: Accounts,
    pub mail: Mail,
    pub tokens: Tokens,
    pub storage: Storage,
    pub limits: Limits,
}

impl Config {
    /// # Errors
    /// The first variable that is missing or cannot be used.
    pub fn from_vars(vars: &Vars) -> Result<Self, ConfigError> {
        let site = Site::from_vars(vars)?;
        let accounts = Accounts::from_vars(vars, &site)?;
        Ok(Self {
            log: Log::from_vars(vars)?,
            mail: Mail::from_vars(vars, &site, &accounts)?,
            accounts,
            tokens: Tokens::from_vars(vars, &site)?,
            storage: Storage::from_vars(vars, &site)?,
            limits: Limits::from_vars(vars)?,
            site,
        })
    }
}

#[cfg(test)]
mod tests;
