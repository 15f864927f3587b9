//! The database, as the commands open it, and the accounts that it must or must not hold.

use server::{
    config::Config,
    features::auth::{development, service::Auth},
    platform::database::{Database, DatabaseUrl},
    state::AppState,
};

use super::{Failure, fault::Fault};

/// Opens the database, makes it where it is missing, and brings its schema up to date.
pub(super) async fn open(config: &Config) -> Result<Database, Failure> {
    let url = &config.accounts.database;
    let db = Database::connect(url)
        .await
        .map_err(|error| Fault::database(url, &error))?;
    db.migrate().await.map_err(|error| migration(url, &error))?;
    Ok(db)
}

/// Opens a database that is there already, with the schema of this program.
pub(super) async fn open_existing(config: &Config) -> Result<Database, Failure> {
    let url = &config.accounts.database;
    let db = Database::connect_existing(url)
        .await
        .map_err(|error| Fault::database(url, &error))?;
    Ok(db)
}

fn migration(url: &DatabaseUrl, error: &sqlx::migrate::MigrateError) -> Fault {
    use sqlx::migrate::MigrateError;
    let (cause, mend) = match error {
        MigrateError::VersionMissing(_) => (
            format!("{url} is of a newer version of Forepeak"),
            "Start that version, or restore a backup from before it.",
        ),
        error => (
            format!("the schema of {url} cannot be brought up to date: {error}"),
            "May the user create tables there? In PostgreSQL the database's owner may.",
        ),
    };
    Fault::new("DATABASE_URL", cause, mend)
}

/// At a start: makes the development accounts where they belong, and refuses passwords that everybody knows where others
/// may use them. Answers the development accounts that can sign in.
pub(super) async fn prepare(state: &AppState) -> Result<Vec<&'static development::Account>, Failure> {
    let config = &state.config;
    if config.accounts.development_accounts && !state.auth.has_accounts().await? {
        development::seed(&state.auth).await?;
    }
    let known = known(&state.auth).await?;
    if let (false, Some(account)) = (config.site.env.is_development(), known.first()) {
        let name = account.username;
        return Err(Fault::new(
            "APP_ENV",
            format!("the account {name} has the password {}, which everybody knows", account.password),
            format!(
                "Give it another one with `forepeak user reset-password {name}`, or end it with `forepeak user disable \
                 {name}`."
            ),
        )
        .into());
    }
    Ok(known)
}

async fn known(auth: &Auth) -> Result<Vec<&'static development::Account>, Failure> {
    let mut known = Vec::new();
    for account in &development::ACCOUNTS {
        if auth.lets_in(account).await? {
            known.push(account);
        }
    }
    Ok(known)
}
