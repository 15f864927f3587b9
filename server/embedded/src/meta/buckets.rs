//! Buckets: rows of their own, few, looked up by name.

use sqlx::Row as _;

use super::records::{Bucket, Versioning};
use super::{Meta, MetaError, Refusal, bucket_of, uploads};

impl Meta {
    /// The bucket of this name.
    pub(crate) async fn bucket(&self, name: &str) -> Result<Option<Bucket>, MetaError> {
        let row =
            sqlx::query("SELECT id, name, created_at, versioning, cors, region FROM buckets WHERE name = $1")
                .bind(name)
                .fetch_optional(self.reader())
                .await?;
        Ok(row.as_ref().map(Bucket::from_row).transpose()?)
    }

    /// All buckets by name.
    pub(crate) async fn buckets(&self) -> Result<Vec<Bucket>, MetaError> {
        let rows =
            sqlx::query("SELECT id, name, created_at, versioning, cors, region FROM buckets ORDER BY name")
                .fetch_all(self.reader())
                .await?;
        Ok(rows.iter().map(Bucket::from_row).collect::<Result<_, _>>()?)
    }

    /// Makes a bucket that keeps no versions.
    pub(crate) async fn create_bucket(
        &self,
        name: String,
        region: String,
        created_at: i64,
    ) -> Result<(), MetaError> {
        self.write(move |cx| {
            Box::pin(async move {
                let made = sqlx::query(
                    "INSERT INTO buckets (name, created_at, versioning, region) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (name) DO NOTHING",
                )
                .bind(name)
                .bind(created_at)
                .bind(Versioning::Off.as_str())
                .bind(region)
                .execute(&mut cx.conn)
                .await?;
                if made.rows_affected() == 0 {
                    return Err(Refusal::BucketExists.into());
                }
                Ok(())
            })
        })
        .await
    }

    /// Removes a bucket without versions and delete markers. Its unfinished uploads are aborted.
    pub(crate) async fn delete_bucket(&self, name: String) -> Result<(), MetaError> {
        // Not in one transaction: there may be any number of uploads, with 10,000 parts each.
        while !self.delete_bucket_without_uploads(name.clone()).await? {
            self.clear_ended_uploads().await?;
        }
        Ok(())
    }

    /// `false` when there were uploads. They have been ended, and the bucket is still there.
    async fn delete_bucket_without_uploads(&self, name: String) -> Result<bool, MetaError> {
        self.write_even_if_full(move |cx| {
            Box::pin(async move {
                let bucket = bucket_of(cx, &name).await?;
                let full: i64 = sqlx::query("SELECT EXISTS (SELECT 1 FROM versions WHERE bucket = $1)")
                    .bind(bucket.id)
                    .fetch_one(&mut cx.conn)
                    .await?
                    .try_get(0)?;
                if full == 1 {
                    return Err(Refusal::BucketNotEmpty.into());
                }
                if uploads::end_all(cx, bucket.id).await? {
                    return Ok(false);
                }
                sqlx::query("DELETE FROM buckets WHERE id = $1")
                    .bind(bucket.id)
                    .execute(&mut cx.conn)
                    .await?;
                Ok(true)
            })
        })
        .await
    }

    pub(crate) async fn set_versioning(&self, name: String, versioning: Versioning) -> Result<(), MetaError> {
        self.write(move |cx| {
            Box::pin(async move {
                let bucket = bucket_of(cx, &name).await?;
                sqlx::query("UPDATE buckets SET versioning = $1 WHERE id = $2")
                    .bind(versioning.as_str())
                    .bind(bucket.id)
                    .execute(&mut cx.conn)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Sets or, with `None`, removes the bucket's own CORS rules.
    pub(crate) async fn set_cors(&self, name: String, cors: Option<String>) -> Result<(), MetaError> {
        self.write(move |cx| {
            Box::pin(async move {
                let bucket = bucket_of(cx, &name).await?;
                sqlx::query("UPDATE buckets SET cors = $1 WHERE id = $2")
                    .bind(cors)
                    .bind(bucket.id)
                    .execute(&mut cx.conn)
                    .await?;
                Ok(())
            })
        })
        .await
    }
}
