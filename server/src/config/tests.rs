//! A bad or missing value names itself.

use secrecy::ExposeSecret;

use super::*;
use crate::platform::tokens::TokenKey;

const ED25519: &str = include_str!("../platform/tokens/fixtures/ed25519.pem");
const ED25519_OLD_PUBLIC: &str = include_str!("../platform/tokens/fixtures/ed25519-old.pub.pem");
const SECRET: &str = "thirty-two bytes of a secret: ok";
const PRODUCTION: [(&str, &str); 5] = [
    ("APP_ENV", "production"),
    ("PUBLIC_URL", "https://files.example.org"),
    ("JWT_SECRET_KEY", "a secret of thirty-two bytes: yes"),
    ("SMTP_URL", "smtps://forepeak:a%20secret@mail.example.org"),
    ("MAIL_FROM", "Forepeak <forepeak@example.org>"),
];

fn config(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::from_vars(&Vars::from_pairs(pairs.iter().copied()))
}

#[test]
fn a_fresh_machine_needs_nothing() {
    let config = config(&[]).unwrap();
    assert_eq!(config.site.env, AppEnv::Development);
    assert_eq!(config.site.addr.to_string(), "127.0.0.1:8000");
    assert_eq!(config.site.public_url.as_str(), "http://127.0.0.1:8000/");
    assert_eq!(
        config.site.origins(),
        ["http://127.0.0.1:8000", "http://localhost:8000"]
    );
    assert_eq!(
        config.accounts.database_url.expose_secret(),
        "sqlite:./data/forepeak.db"
    );
    assert_eq!(config.tokens.access.as_secs(), 3600);
    assert_eq!(config.tokens.refresh.as_secs(), 7 * 86_400);
    assert_eq!(config.limits.direct_upload_bytes, 104_857_600);
    let rates = config.limits.rates;
    let rates = [rates.auth, rates.s3, rates.credentials].map(|rate| rate.unwrap().get());
    assert_eq!(rates, [5, 100, 10]);
    assert!(config.limits.trusted_proxies.is_empty());
    assert!(config.accounts.development_accounts && config.accounts.without_email && config.site.api_docs);
    assert!(matches!(config.tokens.keys, SigningKeys::Generated));
    let StorageKind::Embedded {
        addr,
        public_endpoint,
    } = &config.storage.kind
    else {
        panic!("{config:?}")
    };
    assert_eq!(
        (addr.to_string().as_str(), public_endpoint.as_str()),
        ("127.0.0.1:9000", "http://127.0.0.1:9000/")
    );
}

#[test]
fn production_has_no_development_defaults() {
    let config = config(&PRODUCTION).unwrap();
    assert!(!config.accounts.development_accounts && !config.accounts.without_email && !config.site.api_docs);
    assert!(matches!(config.storage.kind, StorageKind::S3(_)));
    assert_eq!(config.site.origins(), ["https://files.example.org"]);
}

/// Security 11.
#[test]
fn security_11_no_made_up_or_short_key_signs_outside_development() {
    for env in ["staging", "production"] {
        let public = ("PUBLIC_URL", "https://files.example.org");
        // Or a mail server would be asked for first.
        let closed = ("REGISTRATION", "closed");
        let refused = config(&[("APP_ENV", env), public, closed]).unwrap_err();
        assert_eq!(refused.name, "JWT_SECRET_KEY", "{env}");
        for short in ["your-secret-key-here", "x", &SECRET[1..]] {
            let secret = ("JWT_SECRET_KEY", short);
            let refused = config(&[("APP_ENV", env), public, closed, secret]).unwrap_err();
            assert_eq!(refused.name, "JWT_SECRET_KEY");
            assert!(!refused.to_string().contains(short), "the value is a secret");
        }
    }
    assert!(
        config(&[("JWT_SECRET_KEY", "short")]).is_err(),
        "nor does a short one in development"
    );
}

#[test]
fn a_list_of_keys_rotates() {
    let list = format!("{SECRET},  {SECRET}2 ");
    let config = config(&[("JWT_SECRET_KEY", &list)]).unwrap();
    let SigningKeys::Configured { first, others } = &config.tokens.keys else {
        panic!("{config:?}")
    };
    assert_eq!(first.id(), TokenKey::from_secret(&SECRET.into()).id());
    assert_eq!(others.len(), 1);
    assert!(!format!("{config:?}").contains(SECRET), "security 38");
    assert!(self::config(&[("JWT_SECRET_KEY", &format!("{SECRET},short"))]).is_err());
    assert!(self::config(&[("JWT_SECRET_KEY", &format!("{SECRET},"))]).is_err());
}

#[test]
fn key_pairs_come_from_a_variable_or_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let (new, old) = (folder.path().join("new.pem"), folder.path().join("old.pem"));
    std::fs::write(&new, ED25519).unwrap();
    std::fs::write(&old, ED25519_OLD_PUBLIC).unwrap();
    let both = format!("{}, {}", new.display(), old.display());
    let one_line = ED25519.replace('\n', "\\n");
    let ids = |pairs: &[(&str, &str)]| {
        let config = config(pairs).unwrap();
        assert!(!format!("{config:?}").contains("MC4C"), "security 38");
        let SigningKeys::Configured { first, others } = config.tokens.keys else {
            panic!("configured")
        };
        let mut ids = vec![first.id().to_owned()];
        ids.extend(others.iter().map(|key| key.id().to_owned()));
        ids
    };
    let eddsa = ("JWT_ALGORITHM", "EdDSA");
    let from_text = ids(&[eddsa, ("JWT_PRIVATE_KEY", ED25519)]);
    assert_eq!(from_text, ids(&[eddsa, ("JWT_PRIVATE_KEY", &one_line)]));
    let from_files = ids(&[eddsa, ("JWT_PRIVATE_KEY_FILE", &both)]);
    assert_eq!((from_files.len(), &from_files[0]), (2, &from_text[0]));

    let missing = folder.path().join("missing.pem").display().to_string();
    let swapped = format!("{},{}", old.display(), new.display());
    for (pairs, name) in [
        (&[("APP_ENV", "development"), eddsa][..], "JWT_PRIVATE_KEY_FILE"),
        (
            &[eddsa, ("JWT_PRIVATE_KEY_FILE", &missing)],
            "JWT_PRIVATE_KEY_FILE",
        ),
        (
            &[eddsa, ("JWT_PRIVATE_KEY_FILE", &swapped)],
            "JWT_PRIVATE_KEY_FILE",
        ),
        (&[eddsa, ("JWT_PRIVATE_KEY", "not a key")], "JWT_PRIVATE_KEY"),
        (&[eddsa, ("JWT_PRIVATE_KEY", &ED25519[..60])], "JWT_PRIVATE_KEY"),
        (
            &[("JWT_ALGORITHM", "RS256"), ("JWT_PRIVATE_KEY", ED25519)],
            "JWT_PRIVATE_KEY",
        ),
        (
            &[
                eddsa,
                ("JWT_PRIVATE_KEY", ED25519),
                ("JWT_PRIVATE_KEY_FILE", &both),
            ],
            "JWT_PRIVATE_KEY_FILE",
        ),
    ] {
        let refused = config(pairs).unwrap_err();
        assert_eq!(refused.name, name, "{refused}");
        assert!(!refused.to_string().contains("MC4C"), "the value is a secret");
    }
}

#[test]
fn what_cannot_be_used_names_itself() {
    for (name, value) in [
        ("APP_ENV", "prod"),
        ("LEPTOS_SITE_ADDR", "localhost"),
        ("LEPTOS_SITE_ADDR", "8000"),
        ("PUBLIC_URL", "files.example.org"),
        ("PUBLIC_URL", "ftp://files.example.org"),
        ("PUBLIC_URL", "https://files.example.org/forepeak"),
        ("DATABASE_URL", "mysql://localhost"),
        ("JWT_ALGORITHM", "none"),
        ("JWT_ALGORITHM", "rs256"),
        ("JWT_ALGORITHM", "ES256"),
        ("JWT_PRIVATE_KEY", "-----BEGIN PRIVATE KEY-----"),
        ("JWT_PRIVATE_KEY_FILE", "/etc/forepeak/jwt.pem"),
        ("JWT_EXPIRATION", "1h"),
        ("JWT_EXPIRATION", "0"),
        ("REFRESH_TOKEN_EXPIRE_DAYS", "-1"),
        ("STORAGE", "disk"),
        ("EMBEDDED_S3_ADDR", "9000"),
        ("S3_BUCKET", "Not A Bucket"),
        ("S3_PUBLIC_ENDPOINT_URL", "s3.example.org"),
        ("REGISTRATION", "maybe"),
        ("REGISTRATION_WITHOUT_EMAIL", "perhaps"),
        ("MAX_DIRECT_UPLOAD_BYTES", "100 MB"),
        ("RATE_LIMIT_AUTH_PER_MINUTE", "-1"),
        ("RATE_LIMIT_S3_PER_MINUTE", "many"),
        ("RATE_LIMIT_CREDENTIALS_PER_MINUTE", "1000001"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ("TRUSTED_PROXIES", "proxy.example.org"),
        ("TRUSTED_PROXIES", "10.0.0.1,"),
        ("TRUSTED_PROXIES", "10.0.0.1, 0.0.0.0/0"),
        ("API_DOCS", "2"),
        ("SMTP_URL", "mail.example.org"),
        ("LOG_FORMAT", "xml"),
        ("RUST_LOG", "server=loud=very"),
    ] {
        let refused = config(&[(name, value)]).unwrap_err();
        assert_eq!(refused.name, name, "{value}");
        assert!(refused.to_string().starts_with(name));
    }
    let mut plain = PRODUCTION;
    plain[1].1 = "http://files.example.org";
    assert_eq!(
        config(&plain).unwrap_err().name,
        "PUBLIC_URL",
        "a __Host- cookie needs TLS"
    );
    assert_eq!(
        config(&[("APP_ENV", "production")]).unwrap_err().name,
        "PUBLIC_URL"
    );
}

#[test]
fn mail_goes_encrypted_unless_one_says_otherwise() {
    let smtp = |url: &str| {
        let mut vars = PRODUCTION;
        vars[3].1 = url;
        config(&vars).map(|config| match config.mail {
            Mail::Smtp { server, .. } => (server.tls, server.port, server.host),
            other => panic!("{other:?}"),
        })
    };
    for (url, tls, port) in [
        ("smtps://mail.example.org", SmtpTls::Implicit, 465),
        ("smtp://mail.example.org", SmtpTls::Required, 587),
        (
            "smtp://mail.example.org:2525?tls=required",
            SmtpTls::Required,
            2525,
        ),
        (
            "smtp://mail.example.org?tls=opportunistic",
            SmtpTls::Opportunistic,
            587,
        ),
        ("smtp://mail.example.org?tls=none", SmtpTls::Off, 25),
    ] {
        assert_eq!(smtp(url), Ok((tls, port, "mail.example.org".to_owned())), "{url}");
    }
    for bad in [
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://mail.example.org?tls=yes",
        "smtps://mail.example.org?tls=none",
        "smtp://mail.example.org?tls=none&tls=required&x=1",
        "smtp://forepeak@mail.example.org",
        "smtp://mail.example.org/inbox",
    ] {
        assert_eq!(smtp(bad).unwrap_err().name, "SMTP_URL", "{bad}");
    }
    let mail = config(&PRODUCTION).unwrap().mail;
    let shown = format!("{mail:?}");
    let Mail::Smtp { server, .. } = mail else {
        panic!("{shown}")
    };
    assert_eq!(server.login.unwrap().password.expose_secret(), "a secret");
    assert!(!shown.contains("a secret"), "security 38: {shown}");
}

#[test]
fn without_a_mail_server_nobody_registers_outside_development() {
    let refused = config(&PRODUCTION[..3]).unwrap_err();
    assert_eq!(refused.name, "SMTP_URL");
    assert_eq!(config(&PRODUCTION[..4]).unwrap_err().name, "MAIL_FROM");
    let mut closed = PRODUCTION[..3].to_vec();
    closed.push(("REGISTRATION", "closed"));
    assert!(matches!(config(&closed).unwrap().mail, Mail::Off));
    assert!(matches!(config(&[]).unwrap().mail, Mail::Kept));
}

#[test]
fn blank_is_unset() {
    assert!(
        config(&[
            ("PUBLIC_URL", ""),
            ("S3_ENDPOINT_URL", "  "),
            ("JWT_SECRET_KEY", "")
        ])
        .is_ok()
    );
}

#[test]
fn browsers_reach_the_embedded_store_at_the_host_of_the_pages() {
    let StorageKind::Embedded { public_endpoint, .. } = config(&[
        ("PUBLIC_URL", "http://files.local:8000"),
        ("EMBEDDED_S3_ADDR", "0.0.0.0:9100"),
    ])
    .unwrap()
    .storage
    .kind
    else {
        panic!("embedded is development's default")
    };
    assert_eq!(public_endpoint.as_str(), "http://files.local:9100/");
}

#[test]
fn nought_is_no_limit_and_proxies_are_networks_or_addresses() {
    let limits = config(&[
        ("RATE_LIMIT_S3_PER_MINUTE", "0"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,192.0.2.1 , fd00::/8"),
    ])
    .unwrap()
    .limits;
    assert_eq!(limits.rates.s3, None);
    let proxies: Vec<_> = limits.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(proxies, ["10.0.0.0/8", "192.0.2.1/32", "fd00::/8"]);
}
