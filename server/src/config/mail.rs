//! How mail leaves: `SMTP_URL`, `MAIL_FROM`.

use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::Url;

use super::{Accounts, ConfigError, Registration, Site, Vars};

const SMTP_URL: &str = "SMTP_URL";
const MAIL_FROM: &str = "MAIL_FROM";

#[derive(Clone, Debug)]
pub enum Mail {
    /// Handed to a server.
    Smtp {
        server: Smtp,
        /// `MAIL_FROM`
        from: Mailbox,
        /// The host of `PUBLIC_URL`, for the ids of mails.
        domain: String,
    },
    /// Kept in the database and shown at `/dev/mailbox`. Development only.
    Kept,
    /// Not sent at all: nobody can register, and whoever forgets a password asks an operator.
    Off,
}

#[derive(Clone, Debug)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub tls: SmtpTls,
    pub login: Option<SmtpLogin>,
}

#[derive(Clone, Debug)]
pub struct SmtpLogin {
    pub username: String,
    pub password: SecretString,
}

/// Certificates are checked against those that the machine trusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// `smtps://`: from the first byte (RFC 8314).
    Implicit,
    /// `smtp://`: a server that offers no STARTTLS gets no mail.
    Required,
    /// `smtp://…?tls=opportunistic`: plain text where the server offers nothing else.
    Opportunistic,
    /// `smtp://…?tls=none`: for a relay on this machine.
    Off,
}

impl SmtpTls {
    const fn default_port(self) -> u16 {
        match self {
            Self::Implicit => 465,
            Self::Required | Self::Opportunistic => 587,
            Self::Off => 25,
        }
    }
}

impl Mail {
    pub(super) fn from_vars(vars: &Vars, site: &Site, accounts: &Accounts) -> Result<Self, ConfigError> {
        let Some(url) = vars.get(SMTP_URL) else {
            return match (site.env.is_development(), accounts.registration) {
                (true, _) => Ok(Self::Kept),
                (false, Registration::Closed) => Ok(Self::Off),
                (false, _) => Err(ConfigError::new(
                    SMTP_URL,
                    "must be set outside development, unless REGISTRATION=closed",
                )),
            };
        };
        let server = smtp(url)?;
        let from = vars
            .parse::<Mailbox>(MAIL_FROM, "an address such as Forepeak <forepeak@example.org>")?
            .ok_or_else(|| ConfigError::new(MAIL_FROM, "must be set beside SMTP_URL"))?;
        let domain = site.public_url.host_str().unwrap_or("localhost").to_owned();
        Ok(Self::Smtp { server, from, domain })
    }
}

fn smtp(text: &str) -> Result<Smtp, ConfigError> {
    let wrong = |why: &str| ConfigError::new(SMTP_URL, why);
    let url = Url::parse(text)
        .map_err(|_| wrong("must be a URL such as smtps://user:password@mail.example.org"))?;
    let host = match url.host_str() {
        Some(host) if !host.is_empty() => host.trim_matches(['[', ']']).to_owned(),
        _ => return Err(wrong("must name a host")),
    };
    let mut tls = match url.scheme() {
        "smtps" => SmtpTls::Implicit,
        "smtp" => SmtpTls::Required,
        _ => return Err(wrong("must begin with smtp:// or smtps://")),
    };
    for (name, value) in url.query_pairs() {
        tls = match (name.as_ref(), value.as_ref(), tls) {
            ("tls", "required", SmtpTls::Implicit) => tls,
            ("tls", "required", _) => SmtpTls::Required,
            ("tls", "opportunistic", SmtpTls::Required) => SmtpTls::Opportunistic,
            ("tls", "none", SmtpTls::Required) => SmtpTls::Off,
            _ => {
                return Err(wrong(
                    "takes tls=required, or with smtp:// also tls=opportunistic or tls=none, and nothing else",
                ));
            }
        };
    }
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(wrong("must end after host, port and tls="));
    }
    Ok(Smtp {
        port: url.port().unwrap_or(tls.default_port()),
        login: login(&url)?,
        host,
        tls,
    })
}

fn login(url: &Url) -> Result<Option<SmtpLogin>, ConfigError> {
    let decoded = |text: &str| {
        let text = percent_decode_str(text).decode_utf8();
        text.map(std::borrow::Cow::into_owned)
            .map_err(|_| ConfigError::new(SMTP_URL, "has a user or password that is not UTF-8"))
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        (username, Some(password)) if !username.is_empty() => Ok(Some(SmtpLogin {
            username: decoded(username)?,
            password: decoded(password)?.into(),
        })),
        _ => Err(ConfigError::new(
            SMTP_URL,
            "must have both user and password, or neither",
        )),
    }
}
