//! Uploads in parts.

use app::{
    contract::{BucketName, UserKey},
    features::{files::types::ChecksumAlgorithm, uploads::types::StoredPart},
};
use aws_sdk_s3::{
    Client,
    primitives::ByteStream,
    types::{self, CompletedMultipartUpload, CompletedPart},
};

use super::{
    checksum_of, client::while_sending, error::store_error, length, objects::if_none_match, size, unquoted,
};
use crate::platform::object_store::{ObjectHeaders, PartToStore, Precondition, StoreError, Written};

pub(super) async fn create(
    client: &Client,
    bucket: &BucketName,
    key: &UserKey,
    headers: &ObjectHeaders,
    checksum: Option<ChecksumAlgorithm>,
) -> Result<String, StoreError> {
    client
        .create_multipart_upload()
        .bucket(bucket.as_str())
        .key(key.as_str())
        .set_content_type(headers.content_type.clone())
        .set_metadata(Some(headers.metadata.clone().into_iter().collect()))
        .set_checksum_algorithm(checksum.map(algorithm))
        .send()
        .await
        .map_err(store_error)?
        .upload_id
        .ok_or_else(|| StoreError::Unexpected("an upload without an id".to_owned()))
}

pub(super) async fn upload_part(
    client: &Client,
    bucket: &BucketName,
    key: &UserKey,
    part: PartToStore<'_>,
) -> Result<StoredPart, StoreError> {
    let stored = client
        .upload_part()
        .bucket(bucket.as_str())
        .key(key.as_str())
        .upload_id(part.upload_id)
        .part_number(part.part_number.into())
        .set_checksum_algorithm(part.checksum.map(algorithm))
        .content_length(length(part.payload.len())?)
        .body(ByteStream::new(part.payload.body()))
        .customize()
        .config_override(while_sending())
        .send()
        .await
        .map_err(store_error)?;
    Ok(StoredPart {
        part_number: part.part_number.into(),
        size: part.payload.len(),
        etag: unquoted(stored.e_tag()),
        checksum: checksum_of(
            stored.checksum_crc64_nvme(),
            stored.checksum_sha256(),
            stored.checksum_crc32_c(),
            stored.checksum_crc32(),
            stored.checksum_sha1(),
        ),
    })
}

pub(super) async fn list_parts(
    client: &Client,
    bucket: &BucketName,
    key: &UserKey,
    upload_id: &str,
) -> Result<Vec<StoredPart>, StoreError> {
    let mut parts = Vec::new();
    let mut marker = None;
    loop {
        let page = client
            .list_parts()
            .bucket(bucket.as_str())
            .key(key.as_str())
            .upload_id(upload_id)
            .set_part_number_marker(marker)
            .send()
            .await
            .map_err(store_error)?;
        for part in page.parts() {
            let number = part.part_number().and_then(|number| u32::try_from(number).ok());
            parts.push(StoredPart {
                part_number: number
                    .ok_or_else(|| StoreError::Unexpected("a part without a number".to_owned()))?,
                size: size(part.size()),
                etag: unquoted(part.e_tag()),
                checksum: checksum_of(
                    part.checksum_crc64_nvme(),
                    part.checksum_sha256(),
                    part.checksum_crc32_c(),
                    part.checksum_crc32(),
                    part.checksum_sha1(),
                ),
            });
        }
        match (page.is_truncated(), page.next_part_number_marker()) {
            (Some(true), Some(next)) if !page.parts().is_empty() => marker = Some(next.to_owned()),
            _ => return Ok(parts),
        }
    }
}

pub(super) async fn complete(
    client: &Client,
    bucket: &BucketName,
    key: &UserKey,
    upload_id: &str,
    parts: &[StoredPart],
    precondition: Precondition,
) -> Result<Written, StoreError> {
    let parts = parts.iter().map(completed).collect::<Result<_, _>>()?;
    let written = client
        .complete_multipart_upload()
        .bucket(bucket.as_str())
        .key(key.as_str())
        .upload_id(upload_id)
        .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build())
        .set_if_none_match(if_none_match(precondition))
        .customize()
        // Storage may take minutes to join ten thousand parts.
        .config_override(while_sending())
        .send()
        .await
        .map_err(store_error)?;
    Ok(Written {
        etag: unquoted(written.e_tag()),
        version_id: written.version_id,
    })
}

fn completed(part: &StoredPart) -> Result<CompletedPart, StoreError> {
    let number = i32::try_from(part.part_number)
        .map_err(|_| StoreError::InvalidParts("a part number beyond 10,000".to_owned()))?;
    let builder = CompletedPart::builder().part_number(number).e_tag(&part.etag);
    Ok(match &part.checksum {
        None => builder,
        Some(checksum) => match checksum.algorithm {
            ChecksumAlgorithm::Crc32 => builder.checksum_crc32(&checksum.value),
            ChecksumAlgorithm::Crc32C => builder.checksum_crc32_c(&checksum.value),
            ChecksumAlgorithm::Crc64Nvme => builder.checksum_crc64_nvme(&checksum.value),
            ChecksumAlgorithm::Sha1 => builder.checksum_sha1(&checksum.value),
            ChecksumAlgorithm::Sha256 => builder.checksum_sha256(&checksum.value),
        },
    }
    .build())
}

pub(super) async fn abort(
    client: &Client,
    bucket: &BucketName,
    key: &UserKey,
    upload_id: &str,
) -> Result<(), StoreError> {
    let aborted = client
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

fn algorithm(algorithm: ChecksumAlgorithm) -> types::ChecksumAlgorithm {
    match algorithm {
        ChecksumAlgorithm::Crc32 => types::ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C => types::ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Crc64Nvme => types::ChecksumAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1 => types::ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256 => types::ChecksumAlgorithm::Sha256,
    }
}
