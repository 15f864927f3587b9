//! What was signed for each part.

use std::collections::BTreeMap;

use sqlx::Row;
use uuid::Uuid;

use super::signed;
use crate::platform::database::Database;

/// What a part must be for storage to take it under the URL that was signed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct SignedPart {
    pub part_number: u32,
    pub size: u64,
    /// In the upload's algorithm.
    pub checksum: Option<String>,
}

/// Records what is signed. A part that was signed before with another checksum is known by neither.
pub(in super::super) async fn record_signed(
    db: &Database,
    upload: Uuid,
    parts: &[SignedPart],
) -> Result<(), sqlx::Error> {
    const SAME_OR_NONE: &str =
        "CASE WHEN upload_parts.checksum = excluded.checksum THEN excluded.checksum END";
    record(db, upload, parts, SAME_OR_NONE).await
}

/// Records a part that storage has just taken from us.
pub(in super::super) async fn record_stored(
    db: &Database,
    upload: Uuid,
    part: SignedPart,
) -> Result<(), sqlx::Error> {
    record(db, upload, &[part], "excluded.checksum").await
}

/// `checksum` is the SQL of the checksum that a part keeps when it was recorded before.
async fn record(
    db: &Database,
    upload: Uuid,
    parts: &[SignedPart],
    checksum: &str,
) -> Result<(), sqlx::Error> {
    // `QueryBuilder` writes placeholders that PostgreSQL does not read through `Any`.
    let rows: Vec<_> = (0..parts.len())
        .map(|row| format!("($1, ${}, ${}, ${})", 3 * row + 2, 3 * row + 3, 3 * row + 4))
        .collect();
    let text = format!(
        "INSERT INTO upload_parts (upload_id, part_number, size, checksum) VALUES {}
         ON CONFLICT (upload_id, part_number) DO UPDATE SET size = excluded.size, checksum = {checksum}",
        rows.join(", ")
    );
    let mut query = sqlx::query(sqlx::AssertSqlSafe(text)).bind(upload.to_string());
    for part in parts {
        query = query
            .bind(i64::from(part.part_number))
            .bind(signed(part.size))
            .bind(part.checksum.clone());
    }
    query.execute(db.pool()).await?;
    Ok(())
}

/// All that was recorded of an upload, by part number.
pub(in super::super) async fn signed_parts(
    db: &Database,
    upload: Uuid,
) -> Result<BTreeMap<u32, SignedPart>, sqlx::Error> {
    let rows = sqlx::query("SELECT part_number, size, checksum FROM upload_parts WHERE upload_id = $1")
        .bind(upload.to_string())
        .fetch_all(db.pool())
        .await?;
    let undecodable = |error| sqlx::Error::Decode(Box::new(error));
    rows.iter()
        .map(|row| {
            let part_number = u32::try_from(row.try_get::<i64, _>("part_number")?).map_err(undecodable)?;
            let size = u64::try_from(row.try_get::<i64, _>("size")?).map_err(undecodable)?;
            let checksum = row.try_get("checksum")?;
            let part = SignedPart {
                part_number,
                size,
                checksum,
            };
            Ok((part_number, part))
        })
        .collect()
}
