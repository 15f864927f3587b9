//! At a start without development accounts: who may become the first admin.

use std::io::Write as _;

use app::contract::KeyRoot;
use secrecy::{ExposeSecret, SecretString};
use server::{
    config::FirstAdmin,
    features::admin::service::{ConfiguredAdmin, FirstStart},
    platform::object_store::ListRequest,
    state::AppState,
};

use super::{Failure, Outcome, fault::Fault};

/// Makes the first admin as configured, or prints where to become it, or neither: when there has been one, and when
/// the accounts seem to have been lost.
pub(super) async fn arrange(state: &AppState) -> Outcome {
    if state.config.accounts.development_accounts || !state.administration.awaits_first_admin().await? {
        return Ok(());
    }
    let configured = state.config.accounts.first_admin.as_ref().map(read).transpose()?;
    let used = has_files(state).await?;
    match state.administration.first_start(configured, used).await? {
        FirstStart::Over => {}
        FirstStart::Made(name) => {
            tracing::warn!(
                name,
                "made the first admin, as configured; ADMIN_PASSWORD_FILE can be removed"
            );
        }
        FirstStart::Token { link } => print(&link)?,
        FirstStart::TokenShown => tracing::warn!(
            "nobody is an admin yet. An earlier start printed where to become one; `forepeak user create --admin` \
             makes one too"
        ),
        FirstStart::AccountsMissing => tracing::error!(
            "there is no account at all, but the bucket holds people's files: is this the right database? Nobody is \
             made an admin. If this is meant, run: forepeak user create NAME --admin"
        ),
    }
    Ok(())
}

/// The first line of the file.
fn read(admin: &FirstAdmin) -> Result<ConfiguredAdmin, Fault> {
    let text = std::fs::read_to_string(&admin.password_file).map_err(|error| {
        Fault::new(
            "ADMIN_PASSWORD_FILE",
            format!("{} cannot be read: {error}", admin.password_file.display()),
            "Name a file with the first admin's password in its first line.",
        )
    })?;
    Ok(ConfiguredAdmin {
        username: admin.username.clone(),
        password: SecretString::from(text.lines().next().unwrap_or_default()),
    })
}

/// Whether the folder of any person or team has something in it.
async fn has_files(state: &AppState) -> Result<bool, Failure> {
    for everyone in ["users/", "teams/"] {
        let prefix = KeyRoot::whole_bucket().prefix(everyone)?;
        let request = ListRequest {
            prefix: &prefix,
            folders: false,
            token: None,
            limit: 1,
        };
        let page = state.store.list(&state.config.storage.bucket, request).await?;
        if !page.objects.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// On standard output, which is no log: whoever can read it later can become the admin, until someone has.
fn print(link: &SecretString) -> std::io::Result<()> {
    let text = format!(
        "\n  There is no administrator yet. This address makes one, once, within a day:\n\n    {}\n\n  Without \
         JavaScript, copy what follows `token=` into the page.\n\n",
        link.expose_secret()
    );
    std::io::stdout().lock().write_all(text.as_bytes())
}
