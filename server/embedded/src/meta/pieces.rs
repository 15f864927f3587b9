//! Which slices of which blobs an owner (a version or a part) is made of.

use std::collections::HashMap;

use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{QueryBuilder, Row as _};

use super::records::{signed, size};
use super::{Meta, MetaError, WriteCx};
use crate::blobs::{BlobId, Piece};

impl Meta {
    /// The owner's bytes, in order.
    pub(crate) async fn pieces(&self, owner: i64) -> Result<Vec<Piece>, MetaError> {
        let rows = sqlx::query("SELECT blob, start, len FROM pieces WHERE owner = $1 ORDER BY ordinal")
            .bind(owner)
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(piece).collect()
    }

    /// The blobs in `from..to` that anything refers to.
    pub(crate) async fn referenced_blobs(&self, from: BlobId, to: BlobId) -> Result<Vec<BlobId>, MetaError> {
        let rows = sqlx::query("SELECT DISTINCT blob FROM pieces WHERE blob >= $1 AND blob < $2")
            .bind(from)
            .bind(to)
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// The largest number of a blob in use; 0 when there is none.
    pub(crate) async fn largest_blob(&self) -> Result<BlobId, MetaError> {
        let row = sqlx::query("SELECT coalesce(max(blob), 0) FROM pieces")
            .fetch_one(self.reader())
            .await?;
        Ok(row.try_get(0)?)
    }
}

fn piece(row: &SqliteRow) -> Result<Piece, MetaError> {
    Ok(Piece {
        blob: row.try_get(0)?,
        start: size(row, 1)?,
        len: size(row, 2)?,
    })
}

/// The owner's pieces as the open transaction sees them.
pub(super) async fn pieces_of(cx: &mut WriteCx, owner: i64) -> Result<Vec<Piece>, MetaError> {
    let rows = sqlx::query("SELECT blob, start, len FROM pieces WHERE owner = $1 ORDER BY ordinal")
        .bind(owner)
        .fetch_all(&mut cx.conn)
        .await?;
    rows.iter().map(piece).collect()
}

/// The pieces of all parts of an upload, by the id of their part.
pub(super) async fn pieces_of_parts(
    cx: &mut WriteCx,
    upload: i64,
) -> Result<HashMap<i64, Vec<Piece>>, MetaError> {
    let rows = sqlx::query(
        "SELECT blob, start, len, owner FROM pieces WHERE owner IN (SELECT id FROM parts WHERE upload = $1)
         ORDER BY owner, ordinal",
    )
    .bind(upload)
    .fetch_all(&mut cx.conn)
    .await?;
    let mut by_part: HashMap<i64, Vec<Piece>> = HashMap::new();
    for row in &rows {
        by_part.entry(row.try_get(3)?).or_default().push(piece(row)?);
    }
    Ok(by_part)
}

/// Rows in one statement. One at a time takes most of a second for the largest of objects, and nobody else can write
/// meanwhile.
const ROWS: usize = 500;

/// Gives a new owner its pieces.
pub(super) async fn insert(cx: &mut WriteCx, owner: i64, pieces: &[Piece]) -> Result<(), MetaError> {
    let mut ordinals = 0_i64..;
    for pieces in pieces.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO pieces (owner, ordinal, blob, start, len) ");
        query.push_values(pieces.iter().zip(&mut ordinals), |mut row, (piece, ordinal)| {
            row.push_bind(owner)
                .push_bind(ordinal)
                .push_bind(piece.blob)
                .push_bind(signed(piece.start))
                .push_bind(signed(piece.len));
        });
        // Objects of one piece are most of all; the others would fill the cache of statements.
        let common = pieces.len() == 1 || pieces.len() == ROWS;
        query.build().persistent(common).execute(&mut cx.conn).await?;
    }
    Ok(())
}

/// Takes the pieces of the parts of an upload away, up to the part `last`, and frees the blobs that nothing else
/// refers to.
pub(super) async fn remove_of_parts(cx: &mut WriteCx, upload: i64, last: i32) -> Result<(), MetaError> {
    let orphans = sqlx::query(
        "WITH gone AS MATERIALIZED (SELECT id FROM parts WHERE upload = $1 AND number <= $2)
         SELECT DISTINCT p.blob FROM gone JOIN pieces p ON p.owner = gone.id
         WHERE NOT EXISTS (SELECT 1 FROM pieces q WHERE q.blob = p.blob AND q.owner NOT IN (SELECT id FROM gone))",
    )
    .bind(upload)
    .bind(last)
    .fetch_all(&mut cx.conn)
    .await?;
    for row in orphans {
        cx.free(row.try_get(0)?);
    }
    sqlx::query(
        "DELETE FROM pieces WHERE owner IN (SELECT id FROM parts WHERE upload = $1 AND number <= $2)",
    )
    .bind(upload)
    .bind(last)
    .execute(&mut cx.conn)
    .await?;
    Ok(())
}

/// Takes the owner's pieces away and frees the blobs that no one else refers to.
pub(super) async fn remove(cx: &mut WriteCx, owner: i64) -> Result<(), MetaError> {
    let orphans = sqlx::query(
        "SELECT DISTINCT p.blob FROM pieces p WHERE p.owner = $1
         AND NOT EXISTS (SELECT 1 FROM pieces q WHERE q.blob = p.blob AND q.owner <> $1)",
    )
    .bind(owner)
    .fetch_all(&mut cx.conn)
    .await?;
    for row in orphans {
        cx.free(row.try_get(0)?);
    }
    sqlx::query("DELETE FROM pieces WHERE owner = $1")
        .bind(owner)
        .execute(&mut cx.conn)
        .await?;
    Ok(())
}
