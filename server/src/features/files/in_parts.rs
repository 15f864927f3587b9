//! Copies an object in parts while its request waits, because it is too large for one CopyObject.

use std::collections::BTreeMap;

use app::contract::{BucketName, UserKey};
use futures::{StreamExt, TryStreamExt, stream};

use crate::platform::object_store::{
    CopySource, ObjectHeaders, PartToCopy, PartToJoin, Precondition, S3Store, StoreError, Written,
    copied_parts,
};

/// Parts that are copied at a time.
const CONCURRENCY: usize = 16;

/// The destination of the copy, and what is stored beside its bytes.
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
    /// Copies an object of `size` bytes. A copy that fails leaves nothing behind.
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
        let copies = copied_parts(size, self.largest_part).map(|(part_number, range)| {
            let part = PartToCopy {
                source,
                range,
                upload_id: upload,
                part_number,
            };
            async move {
                let copied = store.copy_part(bucket, key, part).await?;
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
