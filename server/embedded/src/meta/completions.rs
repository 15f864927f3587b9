//! Completing uploads, and remembering for a while what was answered: a client that lost the answer asks
//! again, and is told the same.

use sqlx::Row as _;

use super::records::{Bucket, Checksum, Handle, Part, Upload, optional_json, to_json};
use super::uploads::{end, parts_of, upload_of};
use super::versions::{self, Made, NewVersion, Precondition};
use super::{Meta, MetaError, Refusal, WriteCx, bucket_of, pieces};

/// How long an answer is remembered, in milliseconds: a day, as long as any client retries.
const REMEMBERED: i64 = 24 * 60 * 60 * 1000;

/// What is answered to a completion, the first time and every time after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Completed {
    /// Without quotes. It follows from the list of parts, so another list is another completion.
    pub(crate) etag: String,
    pub(crate) checksum: Option<Checksum>,
    /// As S3 writes it; `None` in a bucket that keeps no versions.
    pub(crate) version_id: Option<String>,
}

/// Which upload is completed, and as what.
#[derive(Debug)]
pub(crate) struct Completion {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) handle: Handle,
    pub(crate) condition: Precondition,
    /// The ETag that the listed parts make.
    pub(crate) etag: String,
    /// Milliseconds since 1970.
    pub(crate) now: i64,
}

impl Meta {
    /// Turns the parts named by `assemble` into an object and ends the upload. `assemble` sees all the
    /// parts that have been received and decides which become the object. An upload that was completed
    /// with the same parts before is answered as it was then, whatever became of the object.
    pub(crate) async fn complete_upload<A>(
        &self,
        completion: Completion,
        assemble: A,
    ) -> Result<Completed, MetaError>
    where
        A: FnOnce(Upload, &[Part]) -> Result<(NewVersion, Vec<i64>), Refusal> + Send + 'static,
    {
        let completed = self
            .write(move |cx| {
                Box::pin(async move {
                    let bucket = bucket_of(cx, &completion.bucket).await?;
                    let begun =
                        match upload_of(cx, &completion.bucket, &completion.key, completion.handle).await {
                            Err(MetaError::Refused(Refusal::NoSuchUpload)) => {
                                return before(cx, &bucket, &completion).await;
                            }
                            found => found?,
                        };
                    versions::check_write(cx, &bucket, &completion.key, &completion.condition).await?;
                    let received = parts_of(cx, completion.handle.id).await?;
                    let (new, owners) = assemble(begun, &received)?;
                    let mut received = pieces::pieces_of_parts(cx, completion.handle.id).await?;
                    let content: Vec<_> = owners
                        .iter()
                        .flat_map(|part| received.remove(part).unwrap_or_default())
                        .collect();
                    let (etag, checksum) = (new.etag.clone(), new.checksum.clone());
                    let Made { version_id } = versions::add(cx, &bucket, new, &content).await?;
                    end(cx, completion.handle.id).await?;
                    let completed = Completed {
                        etag,
                        checksum,
                        version_id,
                    };
                    remember(cx, &bucket, &completion, &completed).await?;
                    Ok(completed)
                })
            })
            .await?;
        self.clear_what_ended().await;
        Ok(completed)
    }
}

/// What the same completion was answered before.
async fn before(cx: &mut WriteCx, bucket: &Bucket, completion: &Completion) -> Result<Completed, MetaError> {
    let row = sqlx::query(
        "SELECT etag, checksum, version_id FROM completions
         WHERE upload = $1 AND nonce = $2 AND bucket = $3 AND key = $4 AND etag = $5",
    )
    .bind(completion.handle.id)
    .bind(completion.handle.nonce)
    .bind(bucket.id)
    .bind(&completion.key)
    .bind(&completion.etag)
    .fetch_optional(&mut cx.conn)
    .await?
    .ok_or(Refusal::NoSuchUpload)?;
    Ok(Completed {
        etag: row.try_get(0)?,
        checksum: optional_json(row.try_get(1)?)?,
        version_id: row.try_get(2)?,
    })
}

async fn remember(
    cx: &mut WriteCx,
    bucket: &Bucket,
    completion: &Completion,
    completed: &Completed,
) -> Result<(), MetaError> {
    sqlx::query("DELETE FROM completions WHERE completed < $1")
        .bind(completion.now - REMEMBERED)
        .execute(&mut cx.conn)
        .await?;
    sqlx::query(
        "INSERT INTO completions (upload, nonce, bucket, key, completed, etag, checksum, version_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(completion.handle.id)
    .bind(completion.handle.nonce)
    .bind(bucket.id)
    .bind(&completion.key)
    .bind(completion.now)
    .bind(&completed.etag)
    .bind(completed.checksum.as_ref().map(to_json).transpose()?)
    .bind(&completed.version_id)
    .execute(&mut cx.conn)
    .await?;
    Ok(())
}
