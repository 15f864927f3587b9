//! An object copied in parts while somebody waits for it, because it is too large for one copy.

use std::collections::BTreeMap;

use app::contract::{BucketName, UserKey};
use futures::{StreamExt, TryStreamExt, stream};

use crate::platform::object_store::{
    CopySource, ObjectHeaders, PartToJoin, Precondition, S3Store, StoreError, Written,
};

/// Parts that are copied at a time.
const CONCURRENCY: usize = 16;
const MIB: u64 = 1024 * 1024;
/// S3's bounds on a part, and on how many there are.
const SMALLEST_PART: u64 = 5 * MIB;
const MOST_PARTS: u64 = 10_000;
/// Of a copy, that storage makes by itself.
const PART: u64 = 512 * MIB;

/// Where the copy goes, and what it bears beside its bytes.
pub(super) struct InParts<'a> {
    pub store: &'a S3Store,
    pub bucket: &'a BucketName,
    pub key: &'a UserKey,
    pub headers: &'a ObjectHeaders,
    pub tags: &'a BTreeMap<String, String>,
    pub storage_class: Option<&'a str>,
    pub largest_part: u64,
}

impl InParts<'_> {
    /// Copies an object of `size` bytes. Nothing is left of a copy that fails.
    pub(super) async fn copy(
        &self,
        source: CopySource<'_>,
        size: u64,
        precondition: &Precondition,
    ) -> Result<Written, StoreError> {
        let Self {
            store, bucket, key, ..
        } = self;
        let upload = store
            .create_copying_upload(bucket, key, self.headers, self.tags, self.storage_class)
            .await?;
        let copied = self.parts(source, size, &upload, precondition).await;
        if copied.is_err()
            && let Err(error) = store.abort_upload(bucket, key, &upload).await
        {
            tracing::warn!(%error, "the parts of a copy that failed stay until they are reaped");
        }
        copied
    }

    async fn parts(
        &self,
        source: CopySource<'_>,
        size: u64,
        upload: &str,
        precondition: &Precondition,
    ) -> Result<Written, StoreError> {
        let Self {
            store, bucket, key, ..
        } = self;
        let part = self
            .largest_part
            .clamp(SMALLEST_PART, PART)
            .max(size.div_ceil(MOST_PARTS));
        let ranges = (1_u16..).zip((0..size).step_by(usize::try_from(part).unwrap_or(usize::MAX)));
        let copies = ranges.map(|(number, start)| {
            let range = start..size.min(start + part);
            async move {
                let copied = store
                    .copy_part(source, range, bucket, key, upload, number)
                    .await?;
                let etag = copied
                    .etag
                    .ok_or_else(|| StoreError::Unexpected("a copied part without an ETag".to_owned()))?;
                Ok::<_, StoreError>(PartToJoin {
                    part_number: copied.part_number,
                    etag,
                    checksum: copied.checksum,
                })
            }
        });
        let parts: Vec<PartToJoin> = stream::iter(copies).buffered(CONCURRENCY).try_collect().await?;
        store
            .complete_upload(bucket, key, upload, &parts, precondition)
            .await
    }
}
