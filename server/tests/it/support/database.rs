//! A database of its own for one test, migrated, gone afterwards.

use server::platform::database::{Database, DatabaseUrl, Waits};
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
