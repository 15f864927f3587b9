//! What a person who starts Forepeak needs to know, printed once.

use std::{fmt::Write as _, io::Write as _};

use server::{
    config::{Config, StorageKind},
    features::auth::development::Account,
};

/// Where to go, where accounts and files are kept, and which accounts everybody knows.
pub(super) fn print(config: &Config, known: &[&Account]) -> std::io::Result<()> {
    let mut text = String::new();
    let site = &config.site;
    let storage = match &config.storage.kind {
        StorageKind::Embedded { public_endpoint, .. } => {
            format!("embedded, under {} ({public_endpoint})", site.data_dir.display())
        }
        StorageKind::S3(s3) => s3
            .endpoint
            .as_ref()
            .map_or("AWS S3".to_owned(), ToString::to_string),
    };
    let _ = writeln!(
        text,
        "\n  Forepeak is running.\n\n    Open     {}",
        site.public_url
    );
    let _ = writeln!(text, "    Accounts {}", config.accounts.database);
    let _ = writeln!(text, "    Storage  {storage}");
    if site.api_docs {
        let _ = writeln!(text, "    API      {}api/docs", site.public_url);
    }
    if !known.is_empty() {
        let _ = writeln!(
            text,
            "\n  Development accounts, whose passwords everybody knows:\n"
        );
        for account in known {
            let _ = writeln!(text, "    {:<9}{}", account.username, account.password);
        }
        let _ = writeln!(
            text,
            "\n  Do not put this server on a network. APP_ENV=production has no such accounts."
        );
    }
    let _ = writeln!(text, "\n  Ctrl-C stops it.\n");
    std::io::stdout().write_all(text.as_bytes())
}
