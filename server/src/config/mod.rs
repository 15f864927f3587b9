//! Configuration: the environment, read once, checked, with secrets wrapped. One file per section.
//! Nothing outside this folder reads the environment.

mod accounts;
mod buckets;
mod encryption;
mod env_file;
mod keys;
mod limits;
mod log;
mod mail;
mod names;
mod secret;
mod site;
mod storage;
mod tokens;
mod vars;

pub use accounts::{Accounts, FirstAdmin, Registration};
pub use buckets::{BucketMakers, UserBuckets};
pub use encryption::EncryptionKeys;
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
    pub buckets: UserBuckets,
    pub limits: Limits,
    pub encryption: EncryptionKeys,
    /// The warnings that the program logs at start. None stops it; each names its variable.
    pub warnings: Vec<String>,
}

impl Config {
    /// The origins that storage's CORS rules must allow. None for the embedded store, which is started with them.
    #[must_use]
    pub fn origins_for_storage(&self) -> Vec<String> {
        match self.storage.kind {
            StorageKind::Embedded { .. } => Vec::new(),
            StorageKind::S3(_) => self.site.origins(),
        }
    }

    /// # Errors
    /// The first variable that is missing or cannot be used.
    pub fn from_vars(vars: &Vars) -> Result<Self, ConfigError> {
        let site = Site::from_vars(vars)?;
        let accounts = Accounts::from_vars(vars, &site)?;
        let mut warnings = vars.unknown();
        if let Some(weakness) = accounts.database.weakness() {
            warnings.push(format!("DATABASE_URL {weakness}"));
        }
        Ok(Self {
            log: Log::from_vars(vars)?,
            mail: Mail::from_vars(vars, &site, &accounts)?,
            accounts,
            tokens: Tokens::from_vars(vars, &site)?,
            storage: Storage::from_vars(vars, &site)?,
            buckets: UserBuckets::from_vars(vars)?,
            limits: Limits::from_vars(vars)?,
            encryption: EncryptionKeys::from_vars(vars, &site)?,
            site,
            warnings,
        })
    }
}

#[cfg(test)]
mod tests;
