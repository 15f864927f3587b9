//! Where accounts are kept and who may make one.

use std::path::PathBuf;

use secrecy::SecretString;

use super::{AppEnv, ConfigError, Site, Vars};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    Open,
    Invite,
    Closed,
}

#[derive(Clone, Debug)]
pub struct Accounts {
    /// `DATABASE_URL`; it may hold a password.
    pub database_url: SecretString,
    pub registration: Registration,
    /// Whether an account without an e-mail address is active at once; refused otherwise.
    pub without_email: bool,
    /// `ADMIN_USERNAME`, `ADMIN_PASSWORD_FILE`: who is made the first admin, where there has been none.
    pub first_admin: Option<FirstAdmin>,
    /// `testuser` and `admin`, with passwords that are printed in the documentation.
    pub development_accounts: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstAdmin {
    pub username: String,
    /// Read only when it is needed: afterwards it can go.
    pub password_file: PathBuf,
}

impl Accounts {
    pub(super) fn from_vars(vars: &Vars, site: &Site) -> Result<Self, ConfigError> {
        Ok(Self {
            database_url: database_url(vars, site)?,
            registration: vars.one_of(
                "REGISTRATION",
                Registration::Open,
                &[
                    ("open", Registration::Open),
                    ("invite", Registration::Invite),
                    ("closed", Registration::Closed),
                ],
            )?,
            without_email: vars.flag("REGISTRATION_WITHOUT_EMAIL", site.env.is_development())?,
            first_admin: first_admin(vars)?,
            development_accounts: site.env.is_development(),
        })
    }
}

fn first_admin(vars: &Vars) -> Result<Option<FirstAdmin>, ConfigError> {
    const NAME: &str = "ADMIN_USERNAME";
    const FILE: &str = "ADMIN_PASSWORD_FILE";
    match (vars.get(NAME), vars.get(FILE)) {
        (Some(username), Some(file)) => Ok(Some(FirstAdmin {
            username: username.to_owned(),
            password_file: file.into(),
        })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(ConfigError::new(FILE, "must be set beside ADMIN_USERNAME")),
        (None, Some(_)) => Err(ConfigError::new(NAME, "must be set beside ADMIN_PASSWORD_FILE")),
    }
}

fn database_url(vars: &Vars, site: &Site) -> Result<SecretString, ConfigError> {
    const NAME: &str = "DATABASE_URL";
    if let Some(url) = vars.get(NAME) {
        if !["sqlite:", "postgres:", "postgresql:"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
        {
            return Err(ConfigError::new(NAME, "must begin with sqlite: or postgres:"));
        }
        if site.env == AppEnv::Production && url.starts_with("sqlite:") && url.contains(":memory:") {
            return Err(ConfigError::new(
                NAME,
                "must not be a database in memory: accounts would vanish",
            ));
        }
        return Ok(url.into());
    }
    let file = site.data_dir.join("forepeak.db");
    let path = file
        .to_str()
        .ok_or_else(|| ConfigError::new("DATA_DIR", "must be valid UTF-8"))?;
    Ok(format!("sqlite:{path}").into())
}
