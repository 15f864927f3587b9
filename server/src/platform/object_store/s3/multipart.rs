//! Uploads in parts.

use app::{
    contract::{BucketName, UserKey},
    features::files::types::{Checksum, ChecksumAlgorithm},
};
use aws_sdk_s3::{
    Client,
    operation::upload_part::builders::UploadPartFluentBuilder,
    primitives::ByteStream,
    types::{self, CompletedMultipartUpload, CompletedPart},
};

use super::{
    answer::{Digests, etag, length, size},
    error::store_error,
    objects::{self, if_match, if_none_match},
    timeouts::while_sending,
};
use crate::platform::object_store::{
    ListedPart, ObjectHeaders, PartToJoin, PartToStore, Precondition, StoreError, Written,
};

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
        .set_content_encoding(headers.content_encoding.clone())
        .set_content_language(headers.content_language.clone())
        .set_content_disposition(headers.content_disposition.clone())
        .set_cache_control(headers.cache_control.clone())
        .set_expires(objects::expires(headers))
        .set_metadata(Some(headers.metadata.clone().into_iter().collect()))
        .set_checksum_algorithm(checksum.map(algorithm))
        .send()
        .await
        .map_err(store_error)?
        .upload_id
        .filter(|id| !id.is_empty())
        .ok_or_else(|| StoreError::Unexpected("an upload without an id".to_owned()))
}

pub(super) async fn upload_part(
    client: &Client,
    bucket: &BucketName,
    key: &UserKey,
    part: PartToStore<'_>,
) -> Result<ListedPart, StoreError> {
    let checksum = match part.checksum {
        None => None,
        Some(algorithm) => Some(part.payload.checksum(algorithm).await?),
    };
    let request = client
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

pub(super) async fn list_parts(
    client: &Client,
    bucket: &BucketName,
    key: &UserKey,
    upload_id: &str,
) -> Result<Vec<ListedPart>, StoreError> {
    let mut parts: Vec<ListedPart> = Vec::new();
    let mut marker = None;
    loop {
        let page = client
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

pub(super) async fn complete(
    client: &Client,
    bucket: &BucketName,
    key: &UserKey,
    upload_id: &str,
    parts: &[PartToJoin],
    precondition: &Precondition,
) -> Result<Written, StoreError> {
    let parts = parts.iter().map(completed).collect::<Result<_, _>>()?;
    let written = client
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
    objects::written(client, bucket, key, written.e_tag(), written.version_id()).await
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
