//! The database: one pool, one SQL text, SQLite or PostgreSQL (`migrations/README.md` has the rules).

pub mod column;
mod condition;
mod connect_error;
pub mod rows;
mod url;

use std::{
    fs::{DirBuilder, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
    sync::Arc,
    time::Duration,
};

use sqlite_file::{Reserve, Space};
use sqlx::{
    AnyConnection, AnyPool, AssertSqlSafe, Connection, Executor,
    any::{Any, AnyPoolOptions},
    migrate::Migrator,
};

pub use condition::{Condition, condition};
pub use connect_error::ConnectError;
pub use url::{DatabaseUrl, DatabaseUrlError, Postgres, Protection};

/// The schema of every feature, applied in order at start.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// Triggers, for which the two databases have no common SQL.
const SQLITE_GUARDS: &str = include_str!("../../../../migrations/guards/sqlite.sql");
const POSTGRES_GUARDS: &str = include_str!("../../../../migrations/guards/postgres.sql");

/// SQLite takes one writer at a time; more connections than this only queue.
const SQLITE_CONNECTIONS: u32 = 8;
const POSTGRES_CONNECTIONS: u32 = 16;
/// How long the first connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// How long a statement waits for others before it fails with [`Condition::Unavailable`].
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// For a connection of the pool.
    pub connection: Duration,
    /// For a lock that another connection holds: SQLite's write lock, a row or table of PostgreSQL.
    pub lock: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            connection: Duration::from_secs(5),
            lock: Duration::from_secs(5),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Sqlite,
    Postgres,
}

/// A pool of connections to either database.
#[derive(Clone, Debug)]
pub struct Database {
    pool: AnyPool,
    dialect: Dialect,
    /// SQLite's. The disk of PostgreSQL is not ours to look at.
    reserve: Option<Arc<Reserve>>,
}

impl Database {
    /// Connects. A SQLite file that does not exist is created, with its folder.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn connect(url: &DatabaseUrl) -> Result<Self, ConnectError> {
        Self::connect_with(url, Waits::default()).await
    }

    /// # Errors
    /// As [`Database::connect`].
    pub async fn connect_with(url: &DatabaseUrl, waits: Waits) -> Result<Self, ConnectError> {
        match url {
            DatabaseUrl::Sqlite(file) => {
                make_private(file).map_err(ConnectError::File)?;
                Self::sqlite(file, waits).await
            }
            DatabaseUrl::Postgres(postgres) => Self::postgres(postgres, waits).await,
        }
    }

    /// Connects to a database that has the schema of this program already. Others are left as they are.
    ///
    /// # Errors
    /// [`ConnectError::Missing`] when there is no such SQLite file, [`ConnectError::Schema`] when it is a database of
    /// something else or of another version; else as [`Database::connect`].
    pub async fn connect_existing(url: &DatabaseUrl) -> Result<Self, ConnectError> {
        match url {
            DatabaseUrl::Sqlite(file) if !file.exists() => Err(ConnectError::Missing),
            DatabaseUrl::Sqlite(file) => {
                sqlx::any::install_default_drivers();
                let url = url::driver_url(file, "ro").map_err(ConnectError::File)?;
                // Settings of ours would be written into the file.
                let mut reader = AnyConnection::connect(&url).await?;
                let is_ours = is_migrated(&mut reader).await?;
                reader.close().await?;
                if !is_ours {
                    return Err(ConnectError::Schema);
                }
                Self::sqlite(file, Waits::default()).await
            }
            DatabaseUrl::Postgres(postgres) => {
                let db = Self::postgres(postgres, Waits::default()).await?;
                let is_ours = is_migrated(&mut *db.pool.acquire().await?).await?;
                if is_ours {
                    Ok(db)
                } else {
                    Err(ConnectError::Schema)
                }
            }
        }
    }

    async fn sqlite(file: &Path, waits: Waits) -> Result<Self, ConnectError> {
        sqlx::any::install_default_drivers();
        let reserve = Arc::new(Reserve::beside(file));
        let url = url::driver_url(file, "rwc").map_err(ConnectError::File)?;
        // WAL lets readers go on beside the writer; with it NORMAL still survives a crash of the program, and FULL
        // also one of the machine, which a logged-out session deserves.
        let settings = format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
             PRAGMA busy_timeout = {};",
            waits.lock.as_millis()
        );
        // A single connection fails with the cause, where a pool would try again until its time-out.
        let mut first = AnyConnection::connect(&url).await?;
        first.execute(sqlx::raw_sql(AssertSqlSafe(&*settings))).await?;
        first.close().await?;
        let pool = options(SQLITE_CONNECTIONS, waits, settings).connect(&url).await?;
        Ok(Self {
            pool,
            dialect: Dialect::Sqlite,
            reserve: Some(reserve),
        })
    }

    async fn postgres(postgres: &Postgres, waits: Waits) -> Result<Self, ConnectError> {
        sqlx::any::install_default_drivers();
        let mut failure = None;
        for url in postgres.attempts() {
            let first = tokio::time::timeout(CONNECT, AnyConnection::connect(url)).await;
            match first.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
                Ok(first) => {
                    // Closed before the pool opens, since the server may allow no second connection.
                    first.close().await?;
                    let settings = format!("SET lock_timeout = {}", waits.lock.as_millis());
                    let pool = options(POSTGRES_CONNECTIONS, waits, settings)
                        .connect(url)
                        .await?;
                    return Ok(Self {
                        pool,
                        dialect: Dialect::Postgres,
                        reserve: None,
                    });
                }
                // The first attempt's error is kept: it is the one that fits the `sslmode`.
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        Err(failure.unwrap_or(sqlx::Error::PoolTimedOut).into())
    }

    /// Brings the schema up to date. Replicas that start together take turns.
    ///
    /// # Errors
    /// When a migration fails, or the database is newer than this program.
    pub async fn migrate(&self) -> Result<(), sqlx::migrate::MigrateError> {
        let mut connection = self.pool.acquire().await?;
        match self.dialect {
            Dialect::Sqlite => {
                MIGRATIONS.run(&mut *connection).await?;
                connection.execute(sqlx::raw_sql(SQLITE_GUARDS)).await?;
            }
            Dialect::Postgres => {
                // As long as another replica's migration takes.
                connection.execute("SET lock_timeout = 0").await?;
                MIGRATIONS.run(&mut *connection).await?;
                connection.execute(sqlx::raw_sql(POSTGRES_GUARDS)).await?;
                connection.close().await?;
            }
        }
        Ok(())
    }

    /// For single statements.
    #[must_use]
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// A transaction that means to write. On SQLite it takes the write lock at once: one that reads first and
    /// writes later would be refused instead of queued when another has written meanwhile.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn begin(&self) -> Result<sqlx::Transaction<'static, Any>, sqlx::Error> {
        match self.dialect {
            Dialect::Sqlite => self.pool.begin_with("BEGIN IMMEDIATE").await,
            Dialect::Postgres => self.pool.begin().await,
        }
    }

    /// How much room the database's disk has, where that can be seen from here.
    #[must_use]
    pub fn space(&self) -> Space {
        self.reserve
            .as_ref()
            .map_or(Space::Ample, |reserve| reserve.space())
    }

    /// Makes room for deletions after a write was refused for want of it.
    pub fn release_reserve(&self) {
        if let Some(reserve) = &self.reserve {
            reserve.release();
        }
    }

    /// # Errors
    /// When no answer comes.
    pub async fn ping(&self) -> Result<(), sqlx::Error> {
        self.pool.acquire().await?.ping().await
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Whether the schema is that of this program.
async fn is_migrated(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    let applied = sqlx::query_scalar("SELECT version FROM _sqlx_migrations")
        .fetch_all(connection)
        .await;
    match applied {
        Ok(applied) => Ok(applied.len() == MIGRATIONS.iter().count()
            && MIGRATIONS.iter().all(|step| applied.contains(&step.version))),
        // The table of migrations is missing, or the file is not a database.
        Err(error) if condition(&error) == Condition::Faulty => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes the file where it is missing, and its folder, for nobody else on this machine: there are password hashes in
/// it. SQLite gives the files beside it the same mode.
fn make_private(file: &Path) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(file)?;
    Ok(())
}

/// `settings` are run on each new connection.
fn options(connections: u32, waits: Waits, settings: String) -> AnyPoolOptions {
    let settings: Arc<str> = settings.into();
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(waits.connection)
        .after_connect(move |connection: &mut AnyConnection, _| {
            let settings = Arc::clone(&settings);
            Box::pin(async move {
                connection
                    .execute(sqlx::raw_sql(AssertSqlSafe(&*settings)))
                    .await?;
                Ok(())
            })
        })
}

/// Whether `error` says that a row of the same key is already there: how a duplicate is told from a fault.
#[must_use]
pub fn is_duplicate(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// Whether `error` says that a row is already there by this unique index on an expression. (SQLite names no index on
/// plain columns.)
#[must_use]
pub fn violates(error: &sqlx::Error, index: &str) -> bool {
    is_duplicate(error)
        && error.as_database_error().is_some_and(|error| {
            error.constraint() == Some(index) || error.message().contains(&format!("'{index}'"))
        })
}

/// A value that this program would never have written.
#[must_use]
pub fn unreadable(column: &'static str) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: "not a value of this program".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test]
    async fn a_new_sqlite_file_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let file = data.join("forepeak.db");
        let db = Database::connect(&DatabaseUrl::Sqlite(file.clone()))
            .await
            .unwrap();
        db.migrate().await.unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&data), 0o700);
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(&data.join("forepeak.db-wal")), 0o600);
        db.close().await;
    }
}
