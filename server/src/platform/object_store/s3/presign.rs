//! Presigned URLs. Each is good for one method on one key (and version, or part number), for exactly the size
//! and headers it was asked for, and for a short time: all of it is under the signature.

use std::time::Duration;

use app::{
    contract::{BucketName, UserKey},
    features::files::types::{Checksum, ChecksumAlgorithm},
};
use aws_sdk_s3::{
    Client,
    operation::put_object::builders::PutObjectFluentBuilder,
    presigning::{PresignedRequest, PresigningConfig},
};

use super::{
    answer::length,
    error::store_error,
    multipart::with_checksum,
    objects::{expires, if_match, if_none_match},
};
use crate::platform::object_store::{GetAnswer, PartToPresign, Presigned, PutToSign, StoreError};

pub(super) async fn get(
    presigner: &Client,
    bucket: &BucketName,
    key: &UserKey,
    answer: GetAnswer<'_>,
    lifetime: Duration,
) -> Result<Presigned, StoreError> {
    presigner
        .get_object()
        .bucket(bucket.as_str())
        .key(key.as_str())
        .set_version_id(answer.version.map(str::to_owned))
        .response_content_type(answer.content_type)
        .response_content_disposition(answer.content_disposition)
        .presigned(expiring(lifetime)?)
        .await
        .map(|request| presigned(&request))
        .map_err(store_error)
}

pub(super) async fn put(
    presigner: &Client,
    bucket: &BucketName,
    key: &UserKey,
    put: PutToSign<'_>,
    lifetime: Duration,
) -> Result<Presigned, StoreError> {
    let request = presigner
        .put_object()
        .bucket(bucket.as_str())
        .key(key.as_str())
        .content_length(length(put.size)?)
        .set_content_type(put.headers.content_type.clone())
        .set_content_encoding(put.headers.content_encoding.clone())
        .set_content_language(put.headers.content_language.clone())
        .set_content_disposition(put.headers.content_disposition.clone())
        .set_cache_control(put.headers.cache_control.clone())
        .set_expires(expires(put.headers))
        .set_metadata(Some(put.headers.metadata.clone().into_iter().collect()))
        .set_if_none_match(if_none_match(put.precondition))
        .set_if_match(if_match(put.precondition));
    match put.checksum {
        Some(checksum) => put_with_checksum(request, checksum),
        None => request,
    }
    .presigned(expiring(lifetime)?)
    .await
    .map(|request| presigned(&request))
    .map_err(store_error)
}

fn put_with_checksum(request: PutObjectFluentBuilder, checksum: &Checksum) -> PutObjectFluentBuilder {
    match checksum.algorithm {
        ChecksumAlgorithm::Crc32 => request.checksum_crc32(&checksum.value),
        ChecksumAlgorithm::Crc32C => request.checksum_crc32_c(&checksum.value),
        ChecksumAlgorithm::Crc64Nvme => request.checksum_crc64_nvme(&checksum.value),
        ChecksumAlgorithm::Sha1 => request.checksum_sha1(&checksum.value),
        ChecksumAlgorithm::Sha256 => request.checksum_sha256(&checksum.value),
    }
}

pub(super) async fn part(
    presigner: &Client,
    bucket: &BucketName,
    key: &UserKey,
    part: PartToPresign<'_>,
    lifetime: Duration,
) -> Result<Presigned, StoreError> {
    let request = presigner
        .upload_part()
        .bucket(bucket.as_str())
        .key(key.as_str())
        .upload_id(part.upload_id)
        .part_number(part.part_number.into())
        .content_length(length(part.size)?);
    with_checksum(request, part.checksum)
        .presigned(expiring(lifetime)?)
        .await
        .map(|request| presigned(&request))
        .map_err(store_error)
}

fn expiring(lifetime: Duration) -> Result<PresigningConfig, StoreError> {
    PresigningConfig::expires_in(lifetime).map_err(|error| StoreError::Unexpected(error.to_string()))
}

fn presigned(request: &PresignedRequest) -> Presigned {
    Presigned {
        url: request.uri().to_owned(),
        headers: request
            .headers()
            .filter(|(name, _)| !matches!(*name, "host" | "content-length"))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    }
}
