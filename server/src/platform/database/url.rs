//! `DATABASE_URL`, read and checked before anything connects: which database it names, and how the way there is
//! protected.

use std::{
    collections::BTreeMap,
    fmt, io,
    net::IpAddr,
    path::{Path, PathBuf},
};

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::platform::spelling::nearest;

/// Where a database is. Shown without its password.
#[derive(Clone, Debug)]
pub enum DatabaseUrl {
    Sqlite(PathBuf),
    Postgres(Postgres),
}

#[derive(Clone, Debug)]
pub struct Postgres {
    /// In the driver's own terms, tried in this order: `allow` and `prefer` become two URLs.
    pub(super) urls: Vec<SecretString>,
    pub protection: Protection,
    pub user: String,
    pub database: String,
    /// Host and port, or the folder of the socket.
    pub server: String,
    /// `sslrootcert`, where it names a file.
    pub root_certificate: Option<PathBuf>,
}

/// What `sslmode` promises about the way to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// It does not leave this machine.
    Local,
    /// `verify-full`: the server is who it says.
    Verified,
    /// `verify-ca`: a certificate of a known authority, for whatever name.
    AuthorityOnly,
    /// `require`: encrypted, to whoever answers.
    Unverified,
    /// `prefer`, `allow`: as it happens.
    Unsure,
    /// `disable`.
    None,
}

/// Why the URL cannot be used. Never carries the URL: there is a password in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DatabaseUrlError(String);

fn wrong<T>(why: impl Into<String>) -> Result<T, DatabaseUrlError> {
    Err(DatabaseUrlError(why.into()))
}

/// Those of libpq that the driver knows
/// (<https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS>), and its own of the cache. What it
/// does not know it ignores, which would be silent where somebody asks for more security than they get.
const PARAMETERS: [&str; 13] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
    "statement-cache-capacity",
];

const MODES: [&str; 6] = [
    "disable",
    "allow",
    "prefer",
    "require",
    "verify-ca",
    "verify-full",
];

/// What a path may not hold as it is where the driver reads a URL.
const IN_PATH: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#').add(b' ');

impl DatabaseUrl {
    /// # Errors
    /// What is wrong with the text, for whoever wrote it.
    pub fn parse(text: &str) -> Result<Self, DatabaseUrlError> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            return sqlite(path);
        }
        if text.starts_with("postgres:") || text.starts_with("postgresql:") {
            return Postgres::parse(text).map(Self::Postgres);
        }
        wrong("must begin with sqlite: or postgres:")
    }

    /// What others can read or change on the way to the server, if anything.
    #[must_use]
    pub fn weakness(&self) -> Option<&'static str> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(postgres) => postgres.protection.weakness(),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => {
                let file = std::path::absolute(file).unwrap_or_else(|_| file.clone());
                write!(f, "SQLite {}", file.display())
            }
            Self::Postgres(postgres) => write!(
                f,
                "PostgreSQL {}@{}/{}",
                postgres.user, postgres.server, postgres.database
            ),
        }
    }
}

/// A SQLite file, as the driver reads it, to be opened in this mode.
pub(super) fn driver_url(file: &Path, mode: &str) -> io::Result<String> {
    let path = file
        .to_str()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidFilename, "its path is not UTF-8"))?;
    Ok(format!(
        "sqlite:{}?mode={mode}",
        utf8_percent_encode(path, IN_PATH)
    ))
}

fn sqlite(path: &str) -> Result<DatabaseUrl, DatabaseUrlError> {
    let path = path.strip_prefix("//").unwrap_or(path);
    let (path, parameters) = path.split_once('?').unwrap_or((path, ""));
    if !parameters.is_empty() {
        return wrong("takes no parameters with sqlite:");
    }
    if path.contains(":memory:") {
        return wrong("must not be a database in memory: each connection would have its own");
    }
    let Ok(path) = percent_decode_str(path).decode_utf8() else {
        return wrong("must be a path in UTF-8");
    };
    if path.is_empty() {
        return wrong("must name a file, such as sqlite:/var/lib/forepeak/forepeak.db");
    }
    Ok(DatabaseUrl::Sqlite(PathBuf::from(path.as_ref())))
}

impl Postgres {
    fn parse(text: &str) -> Result<Self, DatabaseUrlError> {
        let Ok(url) = Url::parse(text) else {
            return wrong(
                "must be a URL such as postgres://user:password@host/database; characters other than letters and \
                 digits in user and password are percent-encoded",
            );
        };
        let parameters = parameters(&url)?;
        let get = |name: &str| parameters.get(name).map(String::as_str);
        let host = host(&url, &parameters)?;
        let is_local = is_local(&host);
        let user = decoded(url.username())?;
        let user = get("user").map_or(user, str::to_owned);
        if user.is_empty() {
            return wrong("must name a user: postgres://user:password@host/database");
        }
        let database = decoded(url.path().trim_start_matches('/'))?;
        let database = get("dbname").map_or(database, str::to_owned);
        let database = if database.is_empty() {
            user.clone()
        } else {
            database
        };
        let port = match get("port") {
            Some(port) => Some(port.parse().or_else(|_| wrong("has a port that is no number"))?),
            None => url.port(),
        };
        let root = get("sslrootcert");
        let mode = mode(get("sslmode"), root, is_local)?;
        let root_certificate = root.filter(|root| *root != "system").map(PathBuf::from);
        // As in libpq: `require` checks the certificate where an authority is named.
        let mode = if mode == "require" && root_certificate.is_some() {
            "verify-ca"
        } else {
            mode
        };
        let attempts: &[&str] = match mode {
            "allow" => &["disable", "require"],
            "prefer" => &["prefer", "disable"],
            mode => &[mode],
        };
        Ok(Self {
            urls: attempts.iter().map(|mode| with_mode(&url, mode)).collect(),
            protection: match mode {
                _ if is_local => Protection::Local,
                "verify-full" => Protection::Verified,
                "verify-ca" => Protection::AuthorityOnly,
                "require" => Protection::Unverified,
                "disable" => Protection::None,
                _ => Protection::Unsure,
            },
            server: if host.starts_with('/') {
                host
            } else {
                format!("{host}:{}", port.unwrap_or(5432))
            },
            user,
            database,
            root_certificate,
        })
    }
}

impl Protection {
    fn weakness(self) -> Option<&'static str> {
        match self {
            Self::Local | Self::Verified => None,
            Self::AuthorityOnly => Some(
                "goes to a server whose name is not checked (sslmode=verify-ca): any certificate of the named authority, \
                 or of one that this machine trusts, will do. Use sslmode=verify-full where the certificate names the host",
            ),
            Self::Unverified => Some(
                "goes to a server whose certificate is not checked (sslmode=require): who can redirect connections can \
                 read everything. Use sslmode=verify-full, with sslrootcert=FILE for an authority of your own",
            ),
            Self::Unsure => Some(
                "goes to another machine without TLS if that refuses it (sslmode=prefer or allow): passwords and data can \
                 be read on the way. Use sslmode=verify-full",
            ),
            Self::None => Some(
                "goes to another machine without TLS (sslmode=disable): passwords and data can be read on the way. Use \
                 sslmode=verify-full, unless nobody else has access to the network between",
            ),
        }
    }
}

fn parameters(url: &Url) -> Result<BTreeMap<String, String>, DatabaseUrlError> {
    let mut parameters = BTreeMap::new();
    for (name, value) in url.query_pairs() {
        let known = PARAMETERS.contains(&&*name) || (name.starts_with("options[") && name.ends_with(']'));
        if !known {
            return wrong(match nearest(&name.to_ascii_lowercase(), PARAMETERS) {
                Some((..=2, meant)) => {
                    format!("has a parameter {name:?}, which does not exist; did you mean {meant}?")
                }
                _ => format!(
                    "has a parameter {name:?}, which is not supported; these are: {}",
                    PARAMETERS.join(", ")
                ),
            });
        }
        if parameters.insert(name.to_string(), value.into_owned()).is_some() {
            return wrong(format!("has the parameter {name} twice"));
        }
    }
    Ok(parameters)
}

/// The driver would look for what is missing in the environment (`PGHOST`), so it must be said.
fn host(url: &Url, parameters: &BTreeMap<String, String>) -> Result<String, DatabaseUrlError> {
    let host = match parameters.get("hostaddr").or_else(|| parameters.get("host")) {
        Some(host) => host.clone(),
        None => decoded(url.host_str().unwrap_or_default())?,
    };
    if host.is_empty() {
        return wrong("must name a host, or the folder of a socket with ?host=/var/run/postgresql");
    }
    if host.contains(',') {
        return wrong("must name one host");
    }
    Ok(host)
}

fn is_local(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host.starts_with('/') || host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn mode<'a>(given: Option<&'a str>, root: Option<&str>, is_local: bool) -> Result<&'a str, DatabaseUrlError> {
    let system = root == Some("system");
    match given {
        Some(mode) if !MODES.contains(&mode) => {
            wrong(format!("has an sslmode that is none of {}", MODES.join(", ")))
        }
        // As libpq: anyone can have a certificate of a public authority, so it must be for this host.
        Some(mode) if system && mode != "verify-full" => {
            wrong("must have sslmode=verify-full beside sslrootcert=system")
        }
        Some(mode) => Ok(mode),
        None if system => Ok("verify-full"),
        None if is_local => Ok("prefer"),
        None => wrong(
            "names another machine and must say how the way there is protected: add sslmode=verify-full (and \
             sslrootcert=FILE for an authority of your own), or sslmode=disable where nobody else has access to the \
             network between",
        ),
    }
}

/// The mode is always written out: the driver would look for it in the environment.
fn with_mode(url: &Url, mode: &str) -> SecretString {
    let mut with_mode = url.clone();
    with_mode
        .query_pairs_mut()
        .clear()
        .extend_pairs(
            url.query_pairs()
                .filter(|(name, value)| name != "sslmode" && !(name == "sslrootcert" && value == "system")),
        )
        .append_pair("sslmode", mode);
    String::from(with_mode).into()
}

fn decoded(text: &str) -> Result<String, DatabaseUrlError> {
    match percent_decode_str(text).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => wrong("has a part that is not UTF-8"),
    }
}

impl Postgres {
    pub(super) fn attempts(&self) -> impl Iterator<Item = &str> {
        self.urls.iter().map(ExposeSecret::expose_secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn postgres(text: &str) -> Postgres {
        match DatabaseUrl::parse(text) {
            Ok(DatabaseUrl::Postgres(postgres)) => postgres,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn modes(text: &str) -> Vec<String> {
        postgres(text)
            .attempts()
            .map(|url| url.rsplit_once("sslmode=").unwrap().1.to_owned())
            .collect()
    }

    #[test]
    fn paths_are_what_they_say() {
        for (text, path) in [
            ("sqlite:forepeak.db", "forepeak.db"),
            ("sqlite://data/forepeak.db", "data/forepeak.db"),
            ("sqlite:///var/lib/x.db", "/var/lib/x.db"),
            ("sqlite:/a%20b/100%25.db", "/a b/100%.db"),
        ] {
            let DatabaseUrl::Sqlite(file) = DatabaseUrl::parse(text).unwrap() else {
                panic!("{text}")
            };
            assert_eq!(file, Path::new(path), "{text}");
        }
        assert_eq!(
            driver_url(Path::new("/a b/100%?#.db"), "rwc").unwrap(),
            "sqlite:/a%20b/100%25%3F%23.db?mode=rwc"
        );
    }

    #[test]
    fn modes_mean_what_they_mean_to_libpq() {
        let remote = "postgres://u:p@db.example.org/forepeak";
        for (parameters, attempts, protection) in [
            ("?sslmode=disable", &["disable"][..], Protection::None),
            ("?sslmode=allow", &["disable", "require"], Protection::Unsure),
            ("?sslmode=prefer", &["prefer", "disable"], Protection::Unsure),
            ("?sslmode=require", &["require"], Protection::Unverified),
            (
                "?sslmode=require&sslrootcert=/ca.pem",
                &["verify-ca"],
                Protection::AuthorityOnly,
            ),
            (
                "?sslmode=verify-ca&sslrootcert=/ca.pem",
                &["verify-ca"],
                Protection::AuthorityOnly,
            ),
            ("?sslmode=verify-full", &["verify-full"], Protection::Verified),
            (
                "?sslmode=verify-full&sslrootcert=system",
                &["verify-full"],
                Protection::Verified,
            ),
            ("?sslrootcert=system", &["verify-full"], Protection::Verified),
        ] {
            let url = format!("{remote}{parameters}");
            assert_eq!(modes(&url), attempts, "{url}");
            assert_eq!(postgres(&url).protection, protection, "{url}");
            let weak = !matches!(protection, Protection::Verified);
            assert_eq!(
                DatabaseUrl::parse(&url).unwrap().weakness().is_some(),
                weak,
                "{url}"
            );
        }
        for local in [
            "postgres://u@localhost/forepeak",
            "postgres://u@127.0.0.1:5433/forepeak",
            "postgres://u@[::1]/forepeak",
            "postgres://u@%2Fvar%2Frun%2Fpostgresql/forepeak",
            "postgres://u@localhost/forepeak?host=/var/run/postgresql",
        ] {
            assert_eq!(modes(local), ["prefer", "disable"], "{local}");
            assert_eq!(postgres(local).protection, Protection::Local, "{local}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_and_no_password_is_shown() {
        for (text, why) in [
            ("mysql://localhost", "must begin with"),
            ("sqlite::memory:", "in memory"),
            ("sqlite:", "must name a file"),
            ("sqlite:x.db?mode=ro", "no parameters"),
            ("postgres://u:hunter2@db.example.org/x", "sslmode=verify-full"),
            (
                "postgres://u:hunter2@db.example.org/x?sslmod=require",
                "did you mean sslmode",
            ),
            (
                "postgres://u:hunter2@db.example.org/x?ssl-mode=require",
                "did you mean sslmode",
            ),
            (
                "postgres://u:hunter2@db.example.org/x?SSLMODE=require",
                "did you mean sslmode",
            ),
            (
                "postgres://u:hunter2@db.example.org/x?sslmode=strict",
                "none of disable",
            ),
            (
                "postgres://u:hunter2@db.example.org/x?sslmode=require&channel_binding=require",
                "not supported",
            ),
            (
                "postgres://u:hunter2@db.example.org/x?sslmode=require&sslmode=disable",
                "twice",
            ),
            (
                "postgres://u:hunter2@db.example.org/x?sslmode=require&sslrootcert=system",
                "verify-full",
            ),
            ("postgres://u:hunter2@/x", "must be a URL"),
            ("postgres:///x", "must name a host"),
            ("postgres://localhost/x", "must name a user"),
            ("postgres://u:hun/ter2@db.example.org/x", "must be a URL"),
        ] {
            let refused = DatabaseUrl::parse(text).unwrap_err().to_string();
            assert!(refused.contains(why), "{text}: {refused}");
            assert!(!refused.contains("hunter2"), "{refused}");
        }
        let url = DatabaseUrl::parse("postgres://u:hunter2@db.example.org/x?sslmode=require").unwrap();
        assert_eq!(url.to_string(), "PostgreSQL u@db.example.org:5432/x");
        assert!(!format!("{url:?}").contains("hunter2"));
    }
}
