//! Where accounts are kept and who may make one.

use std::path::PathBuf;

use super::{ConfigError, Site, Vars, vars::certificates};
use crate::platform::database::{DatabaseUrl, Postgres};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    Open,
    Invite,
    Closed,
}

#[derive(Clone, Debug)]
pub struct Accounts {
    /// `DATABASE_URL`
    pub database: DatabaseUrl,
    pub registration: Registration,
    /// Whether an account without an e-mail address is active at once; refused otherwise.
    pub without_email: bool,
    /// `ADMIN_USERNAME`, `ADMIN_PASSWORD_FILE`: who is made the first admin, where there has been none.
    pub first_admin: Option<FirstAdmin>,
    /// Whether `testuser` and `admin`, with passwords that are printed in the documentation, are made in an empty
    /// database.
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
        let database = database(vars, site)?;
        Ok(Self {
            // Not where other machines could use them, nor in a database that may hold real accounts.
            development_accounts: site.env.is_development()
                && !site.is_exposed()
                && matches!(database, DatabaseUrl::Sqlite(_)),
            database,
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

fn database(vars: &Vars, site: &Site) -> Result<DatabaseUrl, ConfigError> {
    const NAME: &str = "DATABASE_URL";
    let Some(text) = vars.get(NAME) else {
        return Ok(DatabaseUrl::Sqlite(site.data_dir.join("forepeak.db")));
    };
    let url = DatabaseUrl::parse(text).map_err(|error| ConfigError::new(NAME, error.to_string()))?;
    if let DatabaseUrl::Postgres(Postgres {
        root_certificate: Some(file),
        ..
    }) = &url
    {
        certificates(NAME, file)?;
    }
    Ok(url)
}
