//! A bad or missing value names itself.

use secrecy::ExposeSecret;

use super::*;
use crate::platform::{database::DatabaseUrl, tokens::TokenKey};

const ED25519: &str = include_str!("../platform/tokens/fixtures/ed25519.pem");
const ED25519_OLD_PUBLIC: &str = include_str!("../platform/tokens/fixtures/ed25519-old.pub.pem");
const SECRET: &str = "thirty-two bytes of a secret: ok";
const PRODUCTION: [(&str, &str); 6] = [
    ("APP_ENV", "production"),
    ("PUBLIC_URL", "https://files.example.org"),
    ("JWT_SECRET_KEY", "a secret of thirty-two bytes: yes"),
    ("SMTP_URL", "smtps://forepeak:a%20secret@mail.example.org"),
    ("MAIL_FROM", "Forepeak <forepeak@example.org>"),
    ("ENCRYPTION_KEY", "another secret: of thirty-two bytes"),
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
    let DatabaseUrl::Sqlite(file) = &config.accounts.database else {
        panic!("{config:?}")
    };
    assert_eq!(file.to_str(), Some("./data/forepeak.db"));
    assert!(matches!(config.encryption, EncryptionKeys::Generated));
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
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
        ("DATABASE_URL", "postgres://u:p@db.example.org/forepeak"),
        (
            "DATABASE_URL",
            "postgres://u:p@db.example.org/x?sslmode=verify-full&sslrootcert=/nowhere.pem",
        ),
        ("HSTS_INCLUDE_SUBDOMAINS", "always"),
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
        ("S3_PUBLIC_ENDPOINT_URL", "http://127.0.0.1:9000/s3"),
        ("S3_PUBLIC_ENDPOINT_URL", "http://127.0.0.1:9000/?x=y"),
        ("REGISTRATION", "maybe"),
        ("REGISTRATION_WITHOUT_EMAIL", "perhaps"),
        ("VERSIONS_KEEP_DAYS", "1"),
        ("VERSIONS_KEEP_DAYS", "0"),
        ("VERSIONS_KEEP_DAYS", "36501"),
        ("VERSIONS_KEEP_DAYS", "a week"),
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
    closed.extend([("REGISTRATION", "closed"), PRODUCTION[5]]);
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
        ("ALLOW_INSECURE_DEVELOPMENT", "true"),
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

/// Security 46.
#[test]
fn security_46_development_stays_on_this_machine_unless_it_is_told_otherwise() {
    for (name, value) in [
        ("LEPTOS_SITE_ADDR", "0.0.0.0:8000"),
        ("LEPTOS_SITE_ADDR", "192.0.2.1:8000"),
        ("LEPTOS_SITE_ADDR", "[::]:8000"),
        ("EMBEDDED_S3_ADDR", "0.0.0.0:9000"),
        ("PUBLIC_URL", "http://files.example.org"),
        ("PUBLIC_URL", "https://192.0.2.1"),
    ] {
        let refused = config(&[(name, value)]).unwrap_err();
        assert_eq!(refused.name, name, "{value}");
        assert!(
            refused.to_string().contains("ALLOW_INSECURE_DEVELOPMENT=true"),
            "{refused}"
        );
        let storage = ("S3_PUBLIC_ENDPOINT_URL", "https://s3.example.org");
        let allowed = config(&[(name, value), ("ALLOW_INSECURE_DEVELOPMENT", "true"), storage]).unwrap();
        let seeds = allowed.accounts.development_accounts;
        assert_eq!(
            seeds,
            name == "EMBEDDED_S3_ADDR",
            "{name}: nobody makes up accounts where others are"
        );
    }
    for (name, value) in [
        ("LEPTOS_SITE_ADDR", "127.0.0.2:8000"),
        ("LEPTOS_SITE_ADDR", "[::1]:8000"),
        ("PUBLIC_URL", "http://localhost:3000"),
    ] {
        assert!(
            config(&[(name, value)]).unwrap().accounts.development_accounts,
            "{value}"
        );
    }
    let mut production = PRODUCTION.to_vec();
    production.push(("LEPTOS_SITE_ADDR", "0.0.0.0:8000"));
    assert!(config(&production).is_ok());
}

#[test]
fn security_46_development_answers_to_names_of_this_machine() {
    let site = config(&[]).unwrap().site;
    for host in [
        "localhost",
        "LOCALHOST:8000",
        "127.0.0.1:8000",
        "[::1]:8000",
        "192.0.2.1",
        "localhost:1",
    ] {
        assert!(site.answers_to(host), "{host}");
    }
    for host in [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "",
        "a b",
    ] {
        assert!(!site.answers_to(host), "{host}");
    }
    let named = [
        ("PUBLIC_URL", "http://files.local:8000"),
        ("ALLOW_INSECURE_DEVELOPMENT", "true"),
    ];
    assert!(config(&named).unwrap().site.answers_to("files.local:8000"));
    assert!(config(&PRODUCTION).unwrap().site.answers_to("whatever.example"));
}

/// Security 37.
#[test]
fn security_37_stored_secrets_have_a_key_of_their_own_outside_development() {
    let refused = config(&PRODUCTION[..5]).unwrap_err();
    assert_eq!(refused.name, "ENCRYPTION_KEY");
    for weak in ["short", &"x".repeat(32), PRODUCTION[2].1] {
        let mut vars = PRODUCTION;
        vars[5].1 = weak;
        let refused = config(&vars).unwrap_err();
        assert_eq!(refused.name, "ENCRYPTION_KEY", "{weak}");
        assert!(!refused.to_string().contains(weak), "the value is a secret");
    }
    let list = format!("{SECRET},{SECRET}2");
    let mut vars = PRODUCTION;
    vars[5].1 = &list;
    let config = config(&vars).unwrap();
    assert!(!format!("{config:?}").contains(SECRET), "security 38");
    let EncryptionKeys::Configured { first, others } = config.encryption else {
        panic!("configured")
    };
    assert_eq!((first.expose_secret(), others.len()), (SECRET, 1));
}

#[test]
fn transfers_that_browsers_would_refuse_are_refused_at_start() {
    let with = |more: &[(&str, &str)]| {
        let mut vars = PRODUCTION.to_vec();
        vars.extend(more);
        config(&vars).map(drop).map_err(|error| error.name)
    };
    const PUBLIC: &str = "S3_PUBLIC_ENDPOINT_URL";
    for more in [
        &[("S3_ENDPOINT_URL", "http://storage:8333")][..],
        &[(PUBLIC, "http://s3.example.org")],
        &[(PUBLIC, "https://files.example.org/s3")],
        &[("STORAGE", "embedded")],
        &[("STORAGE", "embedded"), (PUBLIC, "http://files.example.org:9000")],
        &[("STORAGE", "embedded"), (PUBLIC, "https://files.example.org/s3")],
    ] {
        assert_eq!(with(more), Err(PUBLIC), "{more:?}");
    }
    for more in [
        &[("S3_ENDPOINT_URL", "https://s3.example.org")][..],
        &[
            ("S3_ENDPOINT_URL", "http://storage:8333"),
            (PUBLIC, "https://s3.example.org/"),
        ],
        // A service whose own address has a path, as it is or by another host.
        &[("S3_ENDPOINT_URL", "https://x.example.org/storage/v1/s3")],
        &[
            ("S3_ENDPOINT_URL", "http://inside/storage/v1/s3"),
            (PUBLIC, "https://x.example.org/storage/v1/s3/"),
        ],
        &[("STORAGE", "embedded"), (PUBLIC, "https://s3.example.org")],
    ] {
        assert_eq!(with(more), Ok(()), "{more:?}");
    }
}

#[test]
fn what_is_suspected_is_said_with_its_variable() {
    let suspected = config(&[
        ("S3_BUKET", "mine"),
        ("JWT_SECRET", "x"),
        ("PATH", "/bin"),
        ("DATABASE_URL", "postgres://u:p@db.example.org/x?sslmode=disable"),
    ])
    .unwrap();
    let [jwt, bucket, database] = &suspected.warnings[..] else {
        panic!("{:?}", suspected.warnings)
    };
    assert!(jwt.starts_with("JWT_SECRET is no variable"), "{jwt}");
    assert!(bucket.ends_with("did you mean S3_BUCKET?"), "{bucket}");
    assert!(
        database.starts_with("DATABASE_URL goes to another machine without TLS"),
        "{database}"
    );
}

/// The file as it is, and with every default uncommented.
#[test]
fn the_example_file_can_be_read_and_changes_nothing() {
    let example = include_str!("../../../.env.example");
    let uncommented: String = example
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if names::known().any(|name| setting.starts_with(&format!("{name}="))) => setting,
            _ => line,
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    for text in [example, &uncommented] {
        let set = env_file::check(text).unwrap();
        let read: Vec<(String, String)> = dotenvy::from_read_iter(text.as_bytes())
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(set, read.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>());
        let pairs = read.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let config = Config::from_vars(&Vars::from_pairs(pairs)).unwrap();
        assert_eq!(config.site.addr.port(), 8000);
        assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    }
    assert!(env_file::check(&uncommented).unwrap().len() > 40);
}

/// A name in the file that the program does not read would promise too much; a name that it reads but the file lacks
/// would stay unknown.
#[test]
fn every_variable_is_in_the_example_file_and_read_somewhere() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config");
    let mut sources = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with("tests.rs") && !path.ends_with("names.rs") {
            sources.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    // Read by the AWS SDK itself.
    let by_the_sdk = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    for name in names::known() {
        let is_read = sources.contains(&format!("\"{name}\"")) || by_the_sdk.contains(&name);
        assert!(is_read, "{name} is in .env.example and read nowhere");
    }
    let quoted = sources.split('"').skip(1).step_by(2);
    let looks_like_one = |text: &&str| {
        text.contains('_')
            && text
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    for name in quoted.filter(looks_like_one) {
        // Set by cargo-leptos.
        let is_known = names::known().any(|known| known == name) || name == "LEPTOS_WATCH";
        assert!(is_known, "{name} is read and not in .env.example");
    }
}

#[test]
fn buckets_of_peoples_own_have_their_rules() {
    let fresh = config(&[]).unwrap().buckets;
    assert_eq!((fresh.makers, fresh.most), (BucketMakers::Everyone, 20));
    let few = config(&[("USER_BUCKETS", "admins"), ("USER_BUCKETS_MAX", "3")]).unwrap();
    assert_eq!((few.buckets.makers, few.buckets.most), (BucketMakers::Admins, 3));
    for (name, value) in [
        ("USER_BUCKETS", "yes"),
        ("USER_BUCKETS_MAX", "0"),
        ("USER_BUCKETS_MAX", "many"),
    ] {
        let refused = config(&[(name, value)]).unwrap_err().to_string();
        assert!(refused.contains(name), "{refused}");
    }
}

#[test]
fn a_bucket_has_the_origins_of_its_own_addresses() {
    let origins = |pairs: &[(&str, &str)], bucket: &str, region: &str| {
        let pairs: Vec<_> = [("STORAGE", "s3")].iter().chain(pairs).copied().collect();
        let storage = config(&pairs).unwrap().storage;
        storage.browser_origins_of(&bucket.parse().unwrap(), Some(region))
    };
    assert_eq!(
        origins(&[("AWS_REGION", "eu-west-1")], "mine", "us-west-2"),
        [
            "https://mine.s3.us-west-2.amazonaws.com",
            "https://mine.s3.amazonaws.com"
        ]
    );
    assert!(
        origins(&[], "with.dots", "us-west-2").contains(&"https://s3.us-west-2.amazonaws.com".to_owned())
    );
    let endpoint = ("S3_ENDPOINT_URL", "https://s3.example.org");
    assert_eq!(origins(&[endpoint], "mine", "x"), ["https://s3.example.org"]);
    let by_host = [endpoint, ("S3_FORCE_PATH_STYLE", "false")];
    assert_eq!(
        origins(&by_host, "mine", "x"),
        ["https://mine.s3.example.org", "https://s3.example.org"]
    );
}
