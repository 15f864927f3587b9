//! The names of all variables, as `.env.example` lists them, and which of them a mistyped name probably means.

use crate::platform::spelling::nearest;

const EXAMPLE: &str = include_str!("../../../.env.example");

/// Beginnings that only Forepeak's variables have, so that whoever sets one means Forepeak.
const BEGINNINGS: [&str; 20] = [
    "ADMIN_PASSWORD",
    "ADMIN_USER",
    "APP_ENV",
    "DATABASE_",
    "EMBEDDED_S3_",
    "ENCRYPTION_",
    "FOREPEAK_",
    "IAM_ENDPOINT",
    "JWT_",
    "MAIL_FROM",
    "METRICS_",
    "PUBLIC_URL",
    "RATE_LIMIT_",
    "REFRESH_TOKEN_",
    "REGISTRATION_",
    "S3_",
    "SMTP_",
    "STORAGE_",
    "STS_",
    "TRUSTED_PROX",
];

/// What Kubernetes and Docker set for a service of any name, `S3` and `DATABASE` included.
const OF_SERVICES: [&str; 4] = ["_SERVICE_HOST", "_SERVICE_PORT", "_PORT", "_TCP"];

/// Every variable that there is.
pub(super) fn known() -> impl Iterator<Item = &'static str> {
    EXAMPLE.lines().filter_map(|line| {
        let (name, _) = line.strip_prefix('#').unwrap_or(line).split_once('=')?;
        let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        (!name.is_empty() && name.chars().all(is_name)).then_some(name)
    })
}

/// Says that `name` is no variable, where it looks like one.
pub(super) fn unknown(name: &str) -> Option<String> {
    if known().any(|known| known == name) || OF_SERVICES.iter().any(|end| name.contains(end)) {
        return None;
    }
    let (distance, nearest) = nearest(&name.to_ascii_uppercase(), known())?;
    // One letter in four may differ; short names are too near to those of others.
    let is_near = name.len() >= 6 && distance * 4 <= nearest.len();
    let is_ours = BEGINNINGS.iter().any(|beginning| name.starts_with(beginning));
    match (is_near, is_ours) {
        (true, _) => Some(format!(
            "{name} is no variable of Forepeak and is ignored; did you mean {nearest}?"
        )),
        (false, true) => Some(format!("{name} is no variable of Forepeak and is ignored")),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_names_are_recognised_and_those_of_others_are_not() {
        for (name, meant) in [
            ("JWT_SECRET", None),
            ("JWT_SECRET_KEYS", Some("JWT_SECRET_KEY")),
            ("S3_BUCKET_NAME", None),
            ("S3_BUCKETS", Some("S3_BUCKET")),
            ("DATABASEURL", Some("DATABASE_URL")),
            ("DATABASE_HOST", None),
            ("PUBLIC_URI", Some("PUBLIC_URL")),
            ("public_url", Some("PUBLIC_URL")),
            ("APP_ENVIRONMENT", None),
            ("TRUSTED_PROXY", Some("TRUSTED_PROXIES")),
            ("SMTP_HOST", None),
            ("FOREPEAK_PORT", None),
        ] {
            if name == "FOREPEAK_PORT" {
                assert_eq!(unknown(name), None, "Docker sets it");
                continue;
            }
            let said = unknown(name).unwrap_or_else(|| panic!("{name}"));
            match meant {
                Some(meant) => assert!(said.ends_with(&format!("did you mean {meant}?")), "{said}"),
                None => assert!(said.contains("ignored"), "{said}"),
            }
        }
        for name in [
            "PATH",
            "HOME",
            "USER",
            "LANG",
            "PWD",
            "SHELL",
            "TERM",
            "HOSTNAME",
            "AWS_PROFILE",
            "AWS_ROLE_ARN",
            "PGPASSWORD",
            "RUST_BACKTRACE",
            "S3_SERVICE_HOST",
            "S3_PORT_9000_TCP_ADDR",
            "DATABASE_PORT",
            "SSL_CERT_FILE",
            "LEPTOS_OUTPUT_NAME",
            "CARGO_HOME",
            "DATA",
            "STORAGE",
            "NODE_ENV",
            "LOG_LEVEL",
        ] {
            assert_eq!(unknown(name), None, "{name}");
        }
    }
}
