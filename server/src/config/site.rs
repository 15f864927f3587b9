//! Where Forepeak runs and what it is called from outside.

use std::{net::SocketAddr, path::PathBuf};

use secrecy::SecretString;
use url::{Host, Origin, Url};

use super::{ConfigError, Vars, secret};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppEnv {
    Development,
    Staging,
    Production,
}

impl AppEnv {
    #[must_use]
    pub fn is_development(self) -> bool {
        self == Self::Development
    }
}

#[derive(Clone, Debug)]
pub struct Site {
    pub env: AppEnv,
    /// `LEPTOS_SITE_ADDR`
    pub addr: SocketAddr,
    /// `PUBLIC_URL`: what people type into the browser. Links are made from it, never from a Host header.
    pub public_url: Url,
    /// `DATA_DIR`
    pub data_dir: PathBuf,
    /// Where the built pages lie: `LEPTOS_SITE_ROOT`, else `site` beside the binary or one folder above it.
    pub root: PathBuf,
    /// Whether the files under `/pkg` carry a hash in their names.
    pub hashed_files: bool,
    /// `API_DOCS`: whether the API's documentation is served.
    pub api_docs: bool,
    /// `ALLOW_INSECURE_DEVELOPMENT`: development beyond this machine.
    pub allow_insecure: bool,
    /// `HSTS_INCLUDE_SUBDOMAINS`: whether browsers that have been here use TLS for all subdomains, too.
    pub hsts_subdomains: bool,
    /// `METRICS_TOKEN`: what `/metrics` asks for; in production there are no metrics without it.
    pub metrics_token: Option<SecretString>,
    /// Whether `cargo leptos watch` runs us and reloads pages through a socket of its own.
    pub reloads: bool,
}

const ALLOW_INSECURE: &str = "ALLOW_INSECURE_DEVELOPMENT";
/// Guesses of this token are not limited, so the token must be long.
const METRICS_TOKEN_BYTES: usize = 16;

impl Site {
    pub(super) fn from_vars(vars: &Vars) -> Result<Self, ConfigError> {
        let env = vars.one_of(
            "APP_ENV",
            AppEnv::Development,
            &[
                ("development", AppEnv::Development),
                ("staging", AppEnv::Staging),
                ("production", AppEnv::Production),
            ],
        )?;
        let addr = vars
            .parse(
                "LEPTOS_SITE_ADDR",
                "an address with a port, such as 127.0.0.1:8000",
            )?
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8000)));
        let allow_insecure = vars.flag(ALLOW_INSECURE, false)?;
        let metrics_token = vars.secret("METRICS_TOKEN");
        if let Some(token) = metrics_token.as_ref().filter(|_| !env.is_development()) {
            secret::check("METRICS_TOKEN", token, METRICS_TOKEN_BYTES)?;
        }
        let site = Self {
            env,
            addr,
            public_url: public_url(vars, env, addr)?,
            allow_insecure,
            hsts_subdomains: vars.flag("HSTS_INCLUDE_SUBDOMAINS", false)?,
            data_dir: vars.get("DATA_DIR").unwrap_or("./data").into(),
            root: vars
                .get("LEPTOS_SITE_ROOT")
                .map_or_else(root_beside_binary, PathBuf::from),
            hashed_files: vars.flag("LEPTOS_HASH_FILES", false)?,
            api_docs: vars.flag("API_DOCS", env != AppEnv::Production)?,
            metrics_token,
            reloads: env.is_development() && vars.get("LEPTOS_WATCH").is_some(),
        };
        site.keep_to_this_machine("LEPTOS_SITE_ADDR", addr.ip().is_loopback())?;
        site.keep_to_this_machine("PUBLIC_URL", is_loopback(&site.public_url))?;
        Ok(site)
    }

    /// Refuses other machines in development, because its accounts and its mailbox are open to everyone.
    pub(super) fn keep_to_this_machine(
        &self,
        name: &'static str,
        is_loopback: bool,
    ) -> Result<(), ConfigError> {
        if is_loopback || self.allow_insecure || !self.env.is_development() {
            return Ok(());
        }
        Err(ConfigError::new(
            name,
            "must be a loopback address in development, whose accounts and mailbox are open to everyone. Set \
             APP_ENV=production, or ALLOW_INSECURE_DEVELOPMENT=true where nobody else can reach this machine",
        ))
    }

    /// Whether the configuration lets other machines reach Forepeak.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        !self.addr.ip().is_loopback() || !is_loopback(&self.public_url)
    }

    /// Whether requests with this `Host` are answered. Development answers only to addresses, `localhost` and the host
    /// of `PUBLIC_URL`. Any other name may belong to an attacker, who points it at this machine so that the attacker's
    /// page shares our origin (DNS rebinding).
    #[must_use]
    pub fn answers_to(&self, host: &str) -> bool {
        if !self.env.is_development() {
            return true;
        }
        let Ok(named) = Url::parse(&format!("http://{host}/")) else {
            return false;
        };
        match named.host() {
            Some(Host::Domain(name)) => {
                name.eq_ignore_ascii_case("localhost")
                    || self
                        .public_url
                        .host_str()
                        .is_some_and(|ours| name.eq_ignore_ascii_case(ours))
            }
            Some(_) => true,
            None => false,
        }
    }

    /// Whether browsers reach Forepeak over TLS; cookies are then `Secure` and `__Host-`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    #[must_use]
    pub fn origin(&self) -> Origin {
        self.public_url.origin()
    }

    /// Every origin that the pages may be opened from. A developer may type either name of the loopback address.
    #[must_use]
    pub fn origins(&self) -> Vec<String> {
        let mut origins = vec![self.origin().ascii_serialization()];
        if self.env.is_development() && matches!(self.public_url.host_str(), Some("127.0.0.1" | "localhost"))
        {
            for host in ["127.0.0.1", "localhost"] {
                let mut other = self.public_url.clone();
                if other.set_host(Some(host)).is_ok() {
                    origins.push(other.origin().ascii_serialization());
                }
            }
            origins.dedup();
        }
        origins
    }
}

fn public_url(vars: &Vars, env: AppEnv, addr: SocketAddr) -> Result<Url, ConfigError> {
    const NAME: &str = "PUBLIC_URL";
    let Some(text) = vars.get(NAME) else {
        if !env.is_development() {
            return Err(ConfigError::new(NAME, "must be set outside development"));
        }
        let host = if addr.ip().is_unspecified() {
            "127.0.0.1".to_owned()
        } else {
            host_of(addr)
        };
        return Url::parse(&format!("http://{host}:{}", addr.port()))
            .map_err(|_| ConfigError::new("LEPTOS_SITE_ADDR", "cannot be written as a URL; set PUBLIC_URL"));
    };
    let url = Url::parse(text)
        .map_err(|_| ConfigError::new(NAME, "must be a URL such as https://files.example.org"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(ConfigError::new(
            NAME,
            "must begin with http:// or https:// and name a host",
        ));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(ConfigError::new(NAME, "must be scheme, host and port alone"));
    }
    if env == AppEnv::Production && url.scheme() != "https" {
        return Err(ConfigError::new(
            NAME,
            "must be https:// in production: the session cookie needs it",
        ));
    }
    Ok(url)
}

/// Whether the URL leads to the loopback address, which other machines cannot reach.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn host_of(addr: SocketAddr) -> String {
    match addr {
        SocketAddr::V4(v4) => v4.ip().to_string(),
        SocketAddr::V6(v6) => format!("[{}]", v6.ip()),
    }
}

/// `target/debug/forepeak` is built beside `target/site`; a release is copied with `site` at its side.
fn root_beside_binary() -> PathBuf {
    let binary = std::env::current_exe().unwrap_or_default();
    let folder = binary.parent().map(PathBuf::from).unwrap_or_default();
    [folder.join("site"), folder.join("../site")]
        .into_iter()
        .find(|candidate| candidate.is_dir())
        .unwrap_or_else(|| "target/site".into())
}
