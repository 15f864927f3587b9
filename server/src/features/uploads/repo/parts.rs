//! What was signed for each part.

use std::collections::BTreeMap;

use sqlx::AnyConnection;
use uuid::Uuid;

use crate::platform::database::{
    Database,
    column::signed,
    rows::{list, placeholders},
};

/// What a part must be for storage to take it under the URL that was signed for it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(in super::super) struct SignedPart {
    #[sqlx(try_from = "i64")]
    pub part_number: u32,
    #[sqlx(try_from = "i64")]
    pub size: u64,
    /// In the upload's algorithm.
    pub checksum: Option<String>,
}

/// Records what is signed. A part that was signed before with another checksum is known by neither.
#[tracing::instrument(level = "debug", name = "sql.uploads.parts.record_signed", skip_all, fields(%upload, parts = parts.len()))]
pub(in super::super) async fn record_signed(
    connection: &mut AnyConnection,
    upload: Uuid,
    parts: &[SignedPart],
) -> Result<(), sqlx::Error> {
    const SAME_OR_NONE: &str =
        "CASE WHEN upload_parts.checksum = excluded.checksum THEN excluded.checksum END";
    record(connection, upload, parts, SAME_OR_NONE).await
}

/// Records a part that storage has just taken from us.
#[tracing::instrument(level = "debug", name = "sql.uploads.parts.record_stored", skip_all, fields(%upload, part = part.part_number))]
pub(in super::super) async fn record_stored(
    db: &Database,
    upload: Uuid,
    part: SignedPart,
) -> Result<(), sqlx::Error> {
    let mut connection = db.pool().acquire().await?;
    record(&mut connection, upload, &[part], "excluded.checksum").await
}

/// `checksum` is the SQL of the checksum that a part keeps when it was recorded before.
async fn record(
    connection: &mut AnyConnection,
    upload: Uuid,
    parts: &[SignedPart],
    checksum: &str,
) -> Result<(), sqlx::Error> {
    let text = format!(
        "INSERT INTO upload_parts (upload_id, part_number, size, checksum) VALUES {}
         ON CONFLICT (upload_id, part_number) DO UPDATE SET size = excluded.size, checksum = {checksum}",
        placeholders(parts.len(), 1, 3)
    );
    let mut query = sqlx::query(sqlx::AssertSqlSafe(text)).bind(upload.to_string());
    for part in parts {
        query = query
            .bind(i64::from(part.part_number))
            .bind(signed(part.size))
            .bind(part.checksum.clone());
    }
    query.execute(connection).await?;
    Ok(())
}

/// What was recorded of these parts of an upload: their bytes.
#[tracing::instrument(level = "debug", name = "sql.uploads.parts.sizes_of", skip_all)]
pub(in super::super) async fn sizes_of(
    connection: &mut AnyConnection,
    upload: Uuid,
    numbers: &[u32],
) -> Result<BTreeMap<u32, u64>, sqlx::Error> {
    #[derive(sqlx::FromRow)]
    struct Size {
        #[sqlx(try_from = "i64")]
        part_number: u32,
        #[sqlx(try_from = "i64")]
        size: u64,
    }
    let text = format!(
        "SELECT part_number, size FROM upload_parts WHERE upload_id = $1 AND part_number IN ({})",
        list(2..2 + numbers.len())
    );
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(text)).bind(upload.to_string());
    for number in numbers {
        query = query.bind(i64::from(*number));
    }
    let sizes: Vec<Size> = query.fetch_all(connection).await?;
    Ok(sizes
        .into_iter()
        .map(|size| (size.part_number, size.size))
        .collect())
}

/// All that was recorded of an upload, by part number.
#[tracing::instrument(level = "debug", name = "sql.uploads.parts.signed_parts", skip_all, fields(%upload))]
pub(in super::super) async fn signed_parts(
    db: &Database,
    upload: Uuid,
) -> Result<BTreeMap<u32, SignedPart>, sqlx::Error> {
    let parts: Vec<SignedPart> =
        sqlx::query_as("SELECT part_number, size, checksum FROM upload_parts WHERE upload_id = $1")
            .bind(upload.to_string())
            .fetch_all(db.pool())
            .await?;
    Ok(parts.into_iter().map(|part| (part.part_number, part)).collect())
}
