//! A database of its own for one test, migrated, gone afterwards.

use server::platform::database::{Database, DatabaseUrl, Waits};
use sqlx::{AnyConnection, Connection};
use tempfile::TempDir;

use super::postgres;

pub(crate) enum TestDatabase {
    Sqlite(TempDir),
    Postgres(postgres::Schema),
}

impl TestDatabase {
    pub(crate) async fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    pub(crate) async fn postgres() -> Self {
        Self::Postgres(postgres::Schema::create().await)
    }

    /// PostgreSQL's, for those who come between it and the program.
    pub(crate) fn schema(&self) -> &postgres::Schema {
        match self {
            Self::Postgres(schema) => schema,
            Self::Sqlite(_) => panic!("built with PostgreSQL"),
        }
    }

    /// The kinds of the jobs that wait or run. None where the test has made the database unusable. On a thread and a
    /// connection of its own: a destructor cannot wait for those of the test.
    pub(crate) fn open_jobs(&self) -> Vec<String> {
        let url = match self {
            Self::Sqlite(folder) => format!("sqlite:{}?mode=ro", folder.path().join("forepeak.db").display()),
            Self::Postgres(schema) => schema.url(),
        };
        let read = async move {
            let mut connection = AnyConnection::connect(&url).await?;
            sqlx::query_scalar(
                "SELECT kind FROM jobs WHERE state IN ('queued', 'running') ORDER BY created_at_ms",
            )
            .fetch_all(&mut connection)
            .await
        };
        std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(read).unwrap_or_default()
        })
        .join()
        .unwrap()
    }

    /// Another pool on the same database: another replica.
    pub(crate) async fn connect(&self, waits: Waits) -> Database {
        let url = match self {
            Self::Sqlite(folder) => DatabaseUrl::Sqlite(folder.path().join("forepeak.db")),
            Self::Postgres(schema) => DatabaseUrl::parse(&schema.url()).unwrap(),
        };
        let db = Database::connect_with(&url, waits).await.unwrap();
        db.migrate().await.unwrap();
        db
    }
}
