//! PutObject: stream, hash, compare, make durable, commit, answer.

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::checksums::{self, Declared};
use super::conditions::{etag, precondition};
use super::raw::RawRequest;
use super::{LARGEST_PUT, Service, error, heads};
use crate::blobs::{Algorithm, Digester, Written};
use crate::meta::versions::NewVersion;

pub(super) async fn put(
    service: &Service,
    req: S3Request<PutObjectInput>,
) -> S3Result<S3Response<PutObjectOutput>> {
    heads::refuse_unsupported!(req.input)?;
    let raw = RawRequest::of(&req)?.clone();
    let condition = precondition(&raw.headers)?;
    let head = heads::head!(req.input, &raw.headers)?;
    let tags = heads::parse_tags(req.input.tagging.as_deref())?;
    let bucket = service.bucket(&req.input.bucket).await?;
    let key = req.input.key.clone();
    let (written, declared) = receive(service, &raw, req.input.body, req.input.content_length, None).await?;
    let checksum = checksums::kept(
        &written.digests,
        declared.algorithm().unwrap_or(checksums::DEFAULT),
    );
    let new = NewVersion {
        key,
        modified: service.now(),
        size: written.len,
        etag: hex::encode(written.digests.md5),
        checksum: checksum.clone(),
        head,
        tags,
        parts: None,
    };
    let etag = etag(&new.etag);
    let made = service
        .meta
        .put(bucket.name, new, written.blob, condition)
        .await
        .map_err(error::respond)?;
    let shown = checksums::shown(checksum.as_ref());
    Ok(S3Response::new(PutObjectOutput {
        checksum_crc32: shown.checksum_crc32,
        checksum_crc32c: shown.checksum_crc32c,
        checksum_crc64nvme: shown.checksum_crc64nvme,
        checksum_sha1: shown.checksum_sha1,
        checksum_sha256: shown.checksum_sha256,
        checksum_type: shown.checksum_type,
        e_tag: Some(etag),
        version_id: made.version_id,
        ..Default::default()
    }))
}

/// Stores a body and compares it with all that the request says about it. `also` is computed beside
/// what the client chose.
pub(super) async fn receive(
    service: &Service,
    raw: &RawRequest,
    body: Option<StreamingBlob>,
    length: Option<i64>,
    also: Option<Algorithm>,
) -> S3Result<(Written, Declared)> {
    let declared = Declared::read(&raw.headers)?;
    let longest = LARGEST_PUT.min(*raw.length.end());
    if length.is_some_and(|length| u64::try_from(length).is_ok_and(|length| length > longest)) {
        return Err(s3_error!(
            EntityTooLarge,
            "Your proposed upload exceeds the maximum allowed size"
        ));
    }
    let mut algorithms = vec![declared.algorithm().unwrap_or(checksums::DEFAULT)];
    algorithms.extend(also.filter(|also| !algorithms.contains(also)));
    let body = body.unwrap_or_else(|| StreamingBlob::new(s3s::Body::empty()));
    let written = service
        .blobs
        .store(body, Digester::new(&algorithms), longest)
        .await
        .map_err(error::unwritten)?;
    if length.is_some_and(|length| u64::try_from(length).is_ok_and(|length| length != written.len)) {
        return Err(s3_error!(
            IncompleteBody,
            "The body has not the length that its header says"
        ));
    }
    if written.len < *raw.length.start() {
        return Err(s3_error!(
            EntityTooSmall,
            "Your proposed upload is smaller than the minimum allowed size"
        ));
    }
    declared.verify(&written.digests, raw.trailers.as_ref())?;
    Ok((written, declared))
}
