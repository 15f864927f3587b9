//! Uploads in parts.

use app::contract::{BucketName, Checksum, ChecksumAlgorithm, UserKey};
use aws_sdk_s3::{
    operation::upload_part::builders::UploadPartFluentBuilder,
    primitives::ByteStream,
    types::{self, CompletedMultipartUpload, CompletedPart},
};

use super::{
    S3Store,
    answer::{Digests, etag, length, size},
    error::store_error,
    headers::with_headers,
    objects::{self, if_match, if_none_match},
    timeouts::while_sending,
};
use crate::platform::object_store::{
    ListedPart, ObjectHeaders, PartToJoin, PartToStore, Precondition, StoreError, Written,
};

impl S3Store {
    /// Starts a multipart upload and answers storage's id of it.
    #[tracing::instrument(level = "debug", name = "s3.create_upload", skip_all, fields(%bucket))]
    pub async fn create_upload(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        headers: &ObjectHeaders,
        checksum: Option<ChecksumAlgorithm>,
    ) -> Result<String, StoreError> {
        with_headers!(self.client.create_multipart_upload(), headers)
            .bucket(bucket.as_str())
            .key(key.as_str())
            .set_expires(objects::expires(headers))
            .set_checksum_algorithm(checksum.map(algorithm))
            .send()
            .await
            .map_err(store_error)?
            .upload_id
            .filter(|id| !id.is_empty())
            .ok_or_else(|| StoreError::Unexpected("an upload without an id".to_owned()))
    }

    /// Stores one part; with `checksum`, the algorithm that the upload began with, storage verifies it. The part that
    /// is answered has its size and, with an algorithm, its checksum.
    #[tracing::instrument(level = "debug", name = "s3.upload_part", skip_all, fields(%bucket, part = part.part_number))]
    pub async fn upload_part(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        part: PartToStore<'_>,
    ) -> Result<ListedPart, StoreError> {
        let checksum = match part.checksum {
            None => None,
            Some(algorithm) => Some(part.payload.checksum(algorithm).await?),
        };
        let request = self
            .client
            .upload_part()
            .bucket(bucket.as_str())
            .key(key.as_str())
            .upload_id(part.upload_id)
            .part_number(part.part_number.into())
            .content_length(length(part.payload.len())?)
            .body(ByteStream::new(part.payload.body()));
        let stored = with_checksum(request, checksum.as_ref())
            .customize()
            .config_override(while_sending())
            .send()
            .await
            .map_err(store_error)?;
        Ok(ListedPart {
            part_number: part.part_number.into(),
            size: Some(part.payload.len()),
            etag: etag(stored.e_tag()),
            checksum,
        })
    }

    /// All parts that storage has of an upload, in ascending order; [`StoreError::NotFound`] when there is no such
    /// upload (any more).
    #[tracing::instrument(level = "debug", name = "s3.list_parts", skip_all, fields(%bucket))]
    pub async fn list_parts(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        upload_id: &str,
    ) -> Result<Vec<ListedPart>, StoreError> {
        let mut parts: Vec<ListedPart> = Vec::new();
        let mut marker = None;
        loop {
            let page = self
                .client
                .list_parts()
                .bucket(bucket.as_str())
                .key(key.as_str())
                .upload_id(upload_id)
                .set_part_number_marker(marker.clone())
                .send()
                .await
                .map_err(store_error)?;
            let listed: Vec<_> = page.parts().iter().map(listed_part).collect::<Result<_, _>>()?;
            let last = listed.iter().map(|part| part.part_number).max();
            parts.extend(listed);
            let next = last.and_then(|last| {
                let named = page.next_part_number_marker().map(str::to_owned);
                match page.is_truncated() {
                    Some(false) => None,
                    Some(true) => Some(named.unwrap_or_else(|| last.to_string())),
                    // An empty page will tell that this was the last.
                    None => named,
                }
            });
            if next.is_none() || next == marker {
                break;
            }
            marker = next;
        }
        parts.sort_by_key(|part| part.part_number);
        Ok(parts)
    }

    /// How many bytes storage holds of an unfinished upload; 0 once it has ended.
    #[tracing::instrument(level = "debug", name = "s3.uploaded_bytes", skip_all, fields(%bucket))]
    pub async fn uploaded_bytes(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        upload_id: &str,
    ) -> Result<u64, StoreError> {
        match self.list_parts(bucket, key, upload_id).await {
            Ok(parts) => Ok(parts.iter().filter_map(|part| part.size).sum()),
            Err(StoreError::NotFound) => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Makes the object out of its parts, which must ascend.
    #[tracing::instrument(level = "debug", name = "s3.complete_upload", skip_all, fields(%bucket, parts = parts.len()))]
    pub async fn complete_upload(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        upload_id: &str,
        parts: &[PartToJoin],
        precondition: &Precondition,
    ) -> Result<Written, StoreError> {
        let parts = parts.iter().map(completed).collect::<Result<_, _>>()?;
        let written = self
            .client
            .complete_multipart_upload()
            .bucket(bucket.as_str())
            .key(key.as_str())
            .upload_id(upload_id)
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build())
            .set_if_none_match(if_none_match(precondition))
            .set_if_match(if_match(precondition))
            .customize()
            // Storage may take minutes to join ten thousand parts.
            .config_override(while_sending())
            .send()
            .await
            .map_err(store_error)?;
        self.written(bucket, key, written.e_tag(), written.version_id())
            .await
    }

    /// Forgets an upload and its parts; one that is gone already is no error.
    #[tracing::instrument(level = "debug", name = "s3.abort_upload", skip_all, fields(%bucket))]
    pub async fn abort_upload(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        upload_id: &str,
    ) -> Result<(), StoreError> {
        let aborted = self
            .client
            .abort_multipart_upload()
            .bucket(bucket.as_str())
            .key(key.as_str())
            .upload_id(upload_id)
            .send()
            .await;
        match aborted.map_err(store_error) {
            Ok(_) | Err(StoreError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

pub(super) fn with_checksum(
    request: UploadPartFluentBuilder,
    checksum: Option<&Checksum>,
) -> UploadPartFluentBuilder {
    let Some(Checksum { algorithm, value }) = checksum else {
        return request;
    };
    match algorithm {
        ChecksumAlgorithm::Crc32 => request.checksum_crc32(value),
        ChecksumAlgorithm::Crc32C => request.checksum_crc32_c(value),
        ChecksumAlgorithm::Crc64Nvme => request.checksum_crc64_nvme(value),
        ChecksumAlgorithm::Sha1 => request.checksum_sha1(value),
        ChecksumAlgorithm::Sha256 => request.checksum_sha256(value),
    }
}

fn listed_part(part: &types::Part) -> Result<ListedPart, StoreError> {
    let number = part.part_number().and_then(|number| u32::try_from(number).ok());
    let digests = Digests {
        crc64_nvme: part.checksum_crc64_nvme(),
        sha256: part.checksum_sha256(),
        crc32_c: part.checksum_crc32_c(),
        crc32: part.checksum_crc32(),
        sha1: part.checksum_sha1(),
    };
    Ok(ListedPart {
        part_number: number.ok_or_else(|| StoreError::Unexpected("a part without a number".to_owned()))?,
        size: size(part.size()),
        etag: etag(part.e_tag()),
        checksum: digests.of_part(),
    })
}

fn completed(part: &PartToJoin) -> Result<CompletedPart, StoreError> {
    let number = i32::try_from(part.part_number)
        .map_err(|_| StoreError::InvalidParts("a part number beyond 10,000".to_owned()))?;
    let builder = CompletedPart::builder().part_number(number).e_tag(&part.etag);
    Ok(match &part.checksum {
        None => builder,
        Some(Checksum { algorithm, value }) => match algorithm {
            ChecksumAlgorithm::Crc32 => builder.checksum_crc32(value),
            ChecksumAlgorithm::Crc32C => builder.checksum_crc32_c(value),
            ChecksumAlgorithm::Crc64Nvme => builder.checksum_crc64_nvme(value),
            ChecksumAlgorithm::Sha1 => builder.checksum_sha1(value),
            ChecksumAlgorithm::Sha256 => builder.checksum_sha256(value),
        },
    }
    .build())
}

fn algorithm(algorithm: ChecksumAlgorithm) -> types::ChecksumAlgorithm {
    match algorithm {
        ChecksumAlgorithm::Crc32 => types::ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C => types::ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Crc64Nvme => types::ChecksumAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1 => types::ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256 => types::ChecksumAlgorithm::Sha256,
    }
}
