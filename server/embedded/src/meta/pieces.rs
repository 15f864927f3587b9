//! Which slices of which blobs an owner (a version or a part) is made of.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::records::{signed, unsigned};
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
        start: unsigned(row.try_get(1)?),
        len: unsigned(row.try_get(2)?),
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

/// Gives a new owner its pieces.
pub(super) async fn insert(cx: &mut WriteCx, owner: i64, pieces: &[Piece]) -> Result<(), MetaError> {
    for (ordinal, piece) in (0_i64..).zip(pieces) {
        sqlx::query("INSERT INTO pieces (owner, ordinal, blob, start, len) VALUES ($1, $2, $3, $4, $5)")
            .bind(owner)
            .bind(ordinal)
            .bind(piece.blob)
            .bind(signed(piece.start))
            .bind(signed(piece.len))
            .execute(&mut cx.conn)
            .await?;
    }
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
