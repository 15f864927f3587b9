//! Why a database cannot be reached, in one line, and what mends it.

use std::io;

use sqlx::postgres::PgDatabaseError;

use super::{DatabaseUrl, Postgres};
use crate::platform::{error_text::in_one_line, tls_failure::TlsFailure};

#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("there is no such database")]
    Missing,
    #[error("the database is of something else, or of another version")]
    Schema,
    #[error("the database's file cannot be used")]
    File(#[source] io::Error),
    #[error("the database cannot be used")]
    Driver(#[from] sqlx::Error),
}

impl ConnectError {
    /// The cause, and what to do. Names no password.
    #[must_use]
    pub fn explain(&self, url: &DatabaseUrl) -> (String, String) {
        match (self, url) {
            (Self::Missing, _) => (
                format!("there is no database {url}"),
                "Is this the right folder and configuration? `forepeak serve` and `forepeak migrate` make one.".to_owned(),
            ),
            (Self::Schema, _) => (
                format!("{url} is not a database of this version of Forepeak"),
                "Is this the right one? `forepeak migrate` and a start of the server bring it up to date.".to_owned(),
            ),
            (Self::File(error), _) => (
                format!("{url} cannot be used: {error}"),
                "Let the user that runs Forepeak write there, or name another place.".to_owned(),
            ),
            (Self::Driver(error), DatabaseUrl::Postgres(postgres)) => postgres_failure(error, postgres),
            (Self::Driver(error), DatabaseUrl::Sqlite(_)) => (
                format!("{url} cannot be used: {}", in_one_line(error)),
                "Is it a database of Forepeak, and may the user that runs it write to the file and its folder?".to_owned(),
            ),
        }
    }
}

fn postgres_failure(error: &sqlx::Error, at: &Postgres) -> (String, String) {
    let Postgres {
        server,
        user,
        database,
        ..
    } = at;
    let (cause, mend) = match error {
        sqlx::Error::PoolTimedOut => (
            format!("{server} does not answer"),
            "Check host and port, and whether a firewall is between.",
        ),
        sqlx::Error::Tls(error) if error.to_string().contains("does not support TLS") => (
            format!("{server} offers no TLS"),
            "Turn ssl on in PostgreSQL, or choose another sslmode.",
        ),
        sqlx::Error::Io(error) => io_failure(error, server),
        error => match error
            .as_database_error()
            .and_then(|error| error.try_downcast_ref::<PgDatabaseError>())
        {
            Some(error) => refusal(error, server, user, database),
            None => (
                format!("{server} cannot be used: {}", in_one_line(error)),
                "Check host, port and sslmode.",
            ),
        },
    };
    (cause, mend.to_owned())
}

fn io_failure(error: &io::Error, server: &str) -> (String, &'static str) {
    let text = error.to_string();
    match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => (
            format!("nothing listens at {server}"),
            "Start PostgreSQL, or correct host and port.",
        ),
        _ if text.contains("lookup") => (
            format!("the host of {server} is not known: {text}"),
            "Correct the host's name.",
        ),
        _ => match TlsFailure::of_text(&text) {
            Some(TlsFailure::UnknownAuthority) => (
                format!("the certificate of {server} is of an authority that is not trusted here"),
                "Name the certificate of that authority with sslrootcert=FILE.",
            ),
            Some(TlsFailure::OtherName) => (
                format!("the certificate of {server} is for another name"),
                "Use the host's name as its certificate has it.",
            ),
            Some(TlsFailure::Expired) => (
                format!("the certificate of {server} has expired, or the clock is wrong"),
                "Renew the certificate, or set the clock.",
            ),
            Some(TlsFailure::NoTls) | None => (
                format!("{server} cannot be reached: {text}"),
                "Check host, port and sslmode: is it PostgreSQL that listens there?",
            ),
        },
    }
}

/// By SQLSTATE (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
fn refusal(error: &PgDatabaseError, server: &str, user: &str, database: &str) -> (String, &'static str) {
    match error.code() {
        "28P01" => (
            format!("{server} refuses the password of user {user}"),
            "Correct user and password; characters other than letters and digits are percent-encoded.",
        ),
        "28000" => (
            format!("{server} does not let user {user} in: {}", error.message()),
            "Check the user, sslmode, and pg_hba.conf of the server.",
        ),
        "3D000" => (
            format!("{server} has no database {database}"),
            "Create it (createdb), or correct its name.",
        ),
        "53300" => (
            format!("{server} has no connection left"),
            "Raise max_connections, or lower what else connects: each replica takes up to 16.",
        ),
        "57P03" => (
            format!("{server} is starting or stopping"),
            "Start Forepeak again in a moment.",
        ),
        _ => (
            format!("{server} refuses: {}", error.message()),
            "Correct DATABASE_URL, or what the server complains about.",
        ),
    }
}
