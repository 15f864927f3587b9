//! What keeps a command from its work: which variable is to blame, why, in one line, and what mends it.

use std::fmt;

use server::platform::database::{ConnectError, DatabaseUrl};

#[derive(Debug)]
pub(super) struct Fault {
    pub(super) variable: &'static str,
    pub(super) cause: String,
    pub(super) mend: String,
}

impl Fault {
    pub(super) fn new(variable: &'static str, cause: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            variable,
            cause: cause.into(),
            mend: mend.into(),
        }
    }

    pub(super) fn database(url: &DatabaseUrl, error: &ConnectError) -> Self {
        let variable = match url {
            DatabaseUrl::Sqlite(_) => "DATABASE_URL or DATA_DIR",
            DatabaseUrl::Postgres(_) => "DATABASE_URL",
        };
        let (cause, mend) = error.explain(url);
        Self {
            variable,
            cause,
            mend,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}", self.variable, self.cause, self.mend)
    }
}

impl std::error::Error for Fault {}
