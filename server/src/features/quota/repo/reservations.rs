//! The SQL of reservations.

use app::contract::{BucketName, UserId};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe};
use uuid::Uuid;

use crate::{
    features::quota::{Holder, holder::HolderColumns},
    platform::database::{
        column::{Nullable, signed},
        rows::placeholders,
    },
};

/// Rows of one statement.
const ROWS: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Kind {
    /// A write by a presigned URL.
    Put,
    /// An upload in parts.
    Upload,
    /// A write of the program itself.
    Write,
}

impl Kind {
    const fn text(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Upload => "upload",
            Self::Write => "write",
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0:?} is none of put, upload, write")]
pub(in super::super) struct UnknownKind(String);

impl TryFrom<String> for Kind {
    type Error = UnknownKind;

    fn try_from(text: String) -> Result<Self, UnknownKind> {
        [Self::Put, Self::Upload, Self::Write]
            .into_iter()
            .find(|kind| kind.text() == text)
            .ok_or(UnknownKind(text))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(in super::super) struct Row {
    #[sqlx(try_from = "String")]
    pub id: Uuid,
    #[sqlx(flatten, try_from = "HolderColumns")]
    pub holder: Holder,
    #[sqlx(try_from = "String")]
    pub kind: Kind,
    #[sqlx(try_from = "i64")]
    pub bytes: u64,
    #[sqlx(try_from = "Nullable<String, BucketName>")]
    pub bucket: Option<BucketName>,
    pub object_key: Option<String>,
    pub storage_id: Option<String>,
    pub replaces: Option<String>,
    #[sqlx(try_from = "i64")]
    pub frees: u64,
    pub created_at: i64,
    pub expires_at: Option<i64>,
}

const COLUMNS: &str = "id, holder_kind, holder_id, kind, bytes, bucket, object_key, storage_id, replaces, frees, \
                       created_at, expires_at";
const COLUMN_COUNT: usize = 12;

#[tracing::instrument(level = "debug", name = "sql.quota.reservations.insert", skip_all)]
pub(in super::super) async fn insert(
    connection: &mut AnyConnection,
    rows: &[Row],
) -> Result<(), sqlx::Error> {
    for rows in rows.chunks(ROWS) {
        let text = format!(
            "INSERT INTO storage_reservations ({COLUMNS}) VALUES {}",
            placeholders(rows.len(), 0, COLUMN_COUNT)
        );
        let mut query = sqlx::query(AssertSqlSafe(text));
        for row in rows {
            query = query
                .bind(row.id.to_string())
                .bind(row.holder.kind())
                .bind(row.holder.id())
                .bind(row.kind.text())
                .bind(signed(row.bytes))
                .bind(row.bucket.as_ref().map(|bucket| bucket.as_str().to_owned()))
                .bind(row.object_key.clone())
                .bind(row.storage_id.clone())
                .bind(row.replaces.clone())
                .bind(signed(row.frees))
                .bind(row.created_at)
                .bind(row.expires_at);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// The bytes of a reservation; `None` once it has ended.
#[tracing::instrument(level = "debug", name = "sql.quota.reservations.bytes_of", skip_all, fields(?holder, %id))]
pub(in super::super) async fn bytes_of(
    connection: &mut AnyConnection,
    holder: Holder,
    id: Uuid,
) -> Result<Option<u64>, sqlx::Error> {
    #[derive(sqlx::FromRow)]
    struct Size {
        #[sqlx(try_from = "i64")]
        bytes: u64,
    }
    let found: Option<Size> = sqlx::query_as(
        "SELECT bytes FROM storage_reservations WHERE id = $1 AND holder_kind = $2 AND holder_id = $3",
    )
    .bind(id.to_string())
    .bind(holder.kind())
    .bind(holder.id())
    .fetch_optional(connection)
    .await?;
    Ok(found.map(|size| size.bytes))
}

/// The holder of a reservation; `None` once it has ended.
#[tracing::instrument(level = "debug", name = "sql.quota.reservations.holder_of", skip_all, fields(%id))]
pub(in super::super) async fn holder_of(
    connection: &mut AnyConnection,
    id: Uuid,
) -> Result<Option<Holder>, sqlx::Error> {
    #[derive(sqlx::FromRow)]
    struct Of {
        #[sqlx(flatten, try_from = "HolderColumns")]
        holder: Holder,
    }
    let found: Option<Of> =
        sqlx::query_as("SELECT holder_kind, holder_id FROM storage_reservations WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(connection)
            .await?;
    Ok(found.map(|of| of.holder))
}

/// The ids of the reservations of a person's unfinished uploads, in the order of their holders.
#[tracing::instrument(level = "debug", name = "sql.quota.reservations.of_uploads_by", skip_all, fields(%user))]
pub(in super::super) async fn of_uploads_by(
    connection: &mut AnyConnection,
    user: UserId,
) -> Result<Vec<Uuid>, sqlx::Error> {
    #[derive(sqlx::FromRow)]
    struct Of {
        #[sqlx(try_from = "String")]
        id: Uuid,
    }
    let found: Vec<Of> = sqlx::query_as(
        "SELECT r.id FROM storage_reservations r JOIN uploads u ON u.id = r.id
         WHERE u.user_id = $1 ORDER BY r.holder_kind, r.holder_id, r.id",
    )
    .bind(user.to_string())
    .fetch_all(connection)
    .await?;
    Ok(found.into_iter().map(|of| of.id).collect())
}

/// Changes the size of a reservation and, if it expires, when.
#[tracing::instrument(level = "debug", name = "sql.quota.reservations.resize", skip_all, fields(%id))]
pub(in super::super) async fn resize(
    connection: &mut AnyConnection,
    id: Uuid,
    bytes: u64,
    expires_at: Option<i64>,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE storage_reservations SET bytes = $2, expires_at = $3 WHERE id = $1")
        .bind(id.to_string())
        .bind(signed(bytes))
        .bind(expires_at)
        .execute(connection)
        .await?;
    Ok(())
}

/// Adds storage's upload id to a reservation.
#[tracing::instrument(level = "debug", name = "sql.quota.reservations.name_upload", skip_all, fields(%id))]
pub(in super::super) async fn name_upload(
    connection: &mut AnyConnection,
    id: Uuid,
    storage_id: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE storage_reservations SET storage_id = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(storage_id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends a reservation by deleting its row.
#[tracing::instrument(level = "debug", name = "sql.quota.reservations.delete", skip_all, fields(%id))]
pub(in super::super) async fn delete(connection: &mut AnyConnection, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM storage_reservations WHERE id = $1")
        .bind(id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// The reservations of presigned URLs for these keys.
#[tracing::instrument(level = "debug", name = "sql.quota.reservations.puts_of", skip_all, fields(?holder))]
pub(in super::super) async fn puts_of(
    connection: &mut AnyConnection,
    holder: Holder,
    bucket: &BucketName,
    keys: &[&str],
) -> Result<Vec<Row>, sqlx::Error> {
    let mut found = Vec::new();
    for keys in keys.chunks(ROWS) {
        let places: Vec<_> = (4..4 + keys.len()).map(|n| format!("${n}")).collect();
        let text = format!(
            "SELECT {COLUMNS} FROM storage_reservations
             WHERE holder_kind = $1 AND holder_id = $2 AND bucket = $3 AND kind = 'put' AND object_key IN ({})",
            places.join(", ")
        );
        let mut query = sqlx::query_as(AssertSqlSafe(text))
            .bind(holder.kind())
            .bind(holder.id())
            .bind(bucket.as_str());
        for key in keys {
            query = query.bind(*key);
        }
        found.extend(query.fetch_all(&mut *connection).await?);
    }
    Ok(found)
}

/// Those of presigned URLs into a bucket, whoever's they are.
#[tracing::instrument(level = "debug", name = "sql.quota.reservations.puts_into", skip_all, fields(%bucket))]
pub(in super::super) async fn puts_into(
    connection: &mut AnyConnection,
    bucket: &BucketName,
) -> Result<Vec<Row>, sqlx::Error> {
    let text = format!("SELECT {COLUMNS} FROM storage_reservations WHERE bucket = $1 AND kind = 'put'");
    sqlx::query_as(AssertSqlSafe(text))
        .bind(bucket.as_str())
        .fetch_all(connection)
        .await
}

/// Expired reservations whose ids come behind `after`, in the order of their ids.
#[tracing::instrument(level = "debug", name = "sql.quota.reservations.expired", skip_all)]
pub(in super::super) async fn expired(
    pool: &AnyPool,
    now: i64,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    let text = format!(
        "SELECT {COLUMNS} FROM storage_reservations WHERE expires_at <= $1 AND id > $2 ORDER BY id LIMIT $3"
    );
    sqlx::query_as(AssertSqlSafe(text))
        .bind(now)
        .bind(after.map(|id| id.to_string()).unwrap_or_default())
        .bind(limit)
        .fetch_all(pool)
        .await
}

#[tracing::instrument(level = "debug", name = "sql.quota.reservations.all_of", skip_all, fields(?holder))]
pub(in super::super) async fn all_of(
    connection: &mut AnyConnection,
    holder: Holder,
) -> Result<Vec<Row>, sqlx::Error> {
    let text =
        format!("SELECT {COLUMNS} FROM storage_reservations WHERE holder_kind = $1 AND holder_id = $2");
    sqlx::query_as(AssertSqlSafe(text))
        .bind(holder.kind())
        .bind(holder.id())
        .fetch_all(connection)
        .await
}
