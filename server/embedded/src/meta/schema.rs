//! The tables. A version of the schema is a step in [`STEPS`]; steps are added, never changed.

use sqlx::sqlite::SqliteConnection;
use sqlx::{Executor as _, Row as _};

const STEPS: &[&str] = &[
    "
CREATE TABLE keys (
    access_key_id TEXT PRIMARY KEY,
    secret TEXT NOT NULL,
    session_token TEXT,
    grants TEXT NOT NULL,
    status TEXT NOT NULL,
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    label TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE buckets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    versioning TEXT NOT NULL CHECK (versioning IN ('off', 'enabled', 'suspended')),
    cors TEXT
) STRICT;

-- One row per version or delete marker. `id` rises with every write in the store, so the newest
-- version of a key has the largest. `nonce` is NULL for the version that S3 calls 'null'.
CREATE TABLE versions (
    id INTEGER PRIMARY KEY,
    bucket INTEGER NOT NULL REFERENCES buckets (id),
    key TEXT NOT NULL,
    nonce INTEGER,
    latest INTEGER NOT NULL,
    marker INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    checksum TEXT,
    head TEXT NOT NULL,
    tags TEXT,
    parts TEXT
) STRICT;
-- What a listing walks: current objects, no delete marker, no old version.
CREATE UNIQUE INDEX live ON versions (bucket, key) WHERE latest = 1 AND marker = 0;
-- What a listing of versions walks: each key's newest first.
CREATE UNIQUE INDEX history ON versions (bucket, key, id DESC);
CREATE UNIQUE INDEX nulls ON versions (bucket, key) WHERE nonce IS NULL;

CREATE TABLE uploads (
    id INTEGER PRIMARY KEY,
    bucket INTEGER NOT NULL REFERENCES buckets (id),
    key TEXT NOT NULL,
    nonce INTEGER NOT NULL,
    initiated INTEGER NOT NULL,
    checksum TEXT,
    head TEXT NOT NULL,
    tags TEXT
) STRICT;
CREATE UNIQUE INDEX uploads_by_key ON uploads (bucket, key, id);
CREATE INDEX uploads_by_age ON uploads (initiated);

CREATE TABLE parts (
    upload INTEGER NOT NULL REFERENCES uploads (id),
    number INTEGER NOT NULL,
    id INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    checksum TEXT,
    PRIMARY KEY (upload, number)
) STRICT, WITHOUT ROWID;

-- The bytes of a version or a part (`owner`), in order: slices of blobs. Several owners may share a
-- blob, so a copy moves no bytes; a blob without a slice is rubbish.
CREATE TABLE pieces (
    owner INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    blob INTEGER NOT NULL,
    start INTEGER NOT NULL,
    len INTEGER NOT NULL,
    PRIMARY KEY (owner, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX pieces_by_blob ON pieces (blob);
",
    "
-- What was answered to each completed upload, for a client that did not hear it and asks again.
CREATE TABLE completions (
    upload INTEGER NOT NULL,
    nonce INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    key TEXT NOT NULL,
    completed INTEGER NOT NULL,
    etag TEXT NOT NULL,
    checksum TEXT,
    version_id TEXT,
    PRIMARY KEY (upload, nonce)
) STRICT, WITHOUT ROWID;
CREATE INDEX completions_by_age ON completions (completed);
",
    "
-- Where the bucket was made; NULL: in the store's own region.
ALTER TABLE buckets ADD COLUMN region TEXT;
",
    "
-- 1: completed or aborted. Nobody finds the upload any more; the rows of its parts go in several transactions.
ALTER TABLE uploads ADD COLUMN ended INTEGER NOT NULL DEFAULT 0;
CREATE INDEX ended_uploads ON uploads (id) WHERE ended = 1;
",
];

/// Applies the steps that the file has not seen, each in a transaction with its number.
pub(super) async fn migrate(conn: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let applied: i64 = sqlx::query("PRAGMA user_version")
        .fetch_one(&mut *conn)
        .await?
        .try_get(0)?;
    let applied = usize::try_from(applied).unwrap_or(usize::MAX);
    for (index, step) in STEPS.iter().enumerate().skip(applied) {
        let number = index + 1;
        let script = format!("BEGIN IMMEDIATE; {step} PRAGMA user_version = {number}; COMMIT;");
        conn.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(script))).await?;
    }
    Ok(())
}

/// The largest id in use, from which new ones count.
pub(super) async fn largest_id(conn: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query(
        "SELECT max(coalesce((SELECT max(id) FROM versions), 0),
                    coalesce((SELECT max(id) FROM uploads), 0),
                    coalesce((SELECT max(id) FROM parts), 0),
                    coalesce((SELECT max(owner) FROM pieces), 0))",
    )
    .fetch_one(conn)
    .await?
    .try_get(0)
}
