//! UploadPart, UploadPartCopy, ListParts.

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::conditions::{Conditions, etag};
use super::copy::{digest, find_source, source};
use super::list::page_size;
use super::put::receive;
use super::raw::RawRequest;
use super::{
    LARGEST_PUT, Service, check_part_number, checksums, error, owner, shown, timestamp, to_i64, uploads,
};
use crate::blobs::{self, Digester};
use crate::meta::records::Checksum as Kept;
use crate::meta::uploads::{NewPart, PartContent};

pub(super) async fn put(
    service: &Service,
    req: S3Request<UploadPartInput>,
) -> S3Result<S3Response<UploadPartOutput>> {
    let raw = RawRequest::of(&req)?.clone();
    let input = req.input;
    check_part_number(input.part_number)?;
    let upload = uploads::find(service, &input.bucket, &input.key, &input.upload_id).await?;
    // The upload's algorithm is kept whatever the part was sent with, so that the whole has one.
    let algorithm = upload
        .checksum
        .map_or(checksums::DEFAULT, |(algorithm, _)| algorithm);
    let (written, declared) =
        receive(service, &raw, input.body, input.content_length, Some(algorithm)).await?;
    let kept = checksums::kept(&written.digests, algorithm);
    let answer = checksums::kept(&written.digests, declared.algorithm().unwrap_or(algorithm));
    let new = NewPart {
        number: input.part_number,
        modified: service.now(),
        size: written.len,
        etag: hex::encode(written.digests.md5),
        checksum: kept,
    };
    let etag = etag(&new.etag);
    service
        .meta
        .put_part(
            input.bucket,
            input.key,
            upload.handle,
            new,
            PartContent::Blob(written.blob),
        )
        .await
        .map_err(error::respond)?;
    let sums = checksums::shown(answer.as_ref());
    Ok(S3Response::new(UploadPartOutput {
        checksum_crc32: sums.checksum_crc32,
        checksum_crc32c: sums.checksum_crc32c,
        checksum_crc64nvme: sums.checksum_crc64nvme,
        checksum_sha1: sums.checksum_sha1,
        checksum_sha256: sums.checksum_sha256,
        e_tag: Some(etag),
        ..Default::default()
    }))
}

/// The bytes are read to be hashed, and shared instead of written again.
pub(super) async fn copy(
    service: &Service,
    req: S3Request<UploadPartCopyInput>,
) -> S3Result<S3Response<UploadPartCopyOutput>> {
    let conditions = Conditions::of_source(&RawRequest::of(&req)?.headers);
    let input = req.input;
    check_part_number(input.part_number)?;
    let upload = uploads::find(service, &input.bucket, &input.key, &input.upload_id).await?;
    let (source_bucket, source_key, source_version) = source(&input.copy_source)?;
    let pin = service.blobs.pin();
    let (kept_in, version) = find_source(service, source_bucket, source_key, source_version).await?;
    conditions.check_source(&version)?;
    let (start, end) = match &input.copy_source_range {
        None => (0, version.size),
        Some(range) => range_of(range, version.size)?,
    };
    if end - start > LARGEST_PUT {
        return Err(s3_error!(EntityTooLarge, "A part has at most 5 GiB"));
    }
    let pieces = service.meta.pieces(version.id).await.map_err(error::respond)?;
    let pieces = blobs::slice(&pieces, start, end);
    let algorithm = upload
        .checksum
        .map_or(checksums::DEFAULT, |(algorithm, _)| algorithm);
    let digests = digest(service, pieces.clone(), pin, Digester::new(&[algorithm])).await?;
    let checksum = checksums::kept(&digests, algorithm);
    let new = NewPart {
        number: input.part_number,
        modified: service.now(),
        size: end - start,
        etag: hex::encode(digests.md5),
        checksum: checksum.clone(),
    };
    let (etag, modified) = (etag(&new.etag), new.modified);
    let content = PartContent::Shared {
        version: version.id,
        pieces,
    };
    service
        .meta
        .put_part(input.bucket, input.key, upload.handle, new, content)
        .await
        .map_err(error::respond)?;
    let sums = checksums::shown(checksum.as_ref().filter(|_| upload.checksum.is_some()));
    Ok(S3Response::new(UploadPartCopyOutput {
        copy_part_result: Some(CopyPartResult {
            checksum_crc32: sums.checksum_crc32,
            checksum_crc32c: sums.checksum_crc32c,
            checksum_crc64nvme: sums.checksum_crc64nvme,
            checksum_sha1: sums.checksum_sha1,
            checksum_sha256: sums.checksum_sha256,
            e_tag: Some(etag),
            last_modified: Some(timestamp(modified)),
        }),
        copy_source_version_id: shown(&kept_in, version.version_id()),
        ..Default::default()
    }))
}

/// `bytes=first-last`, both inside the source; nothing else is allowed here.
fn range_of(text: &str, size: u64) -> S3Result<(u64, u64)> {
    let bounds = text.strip_prefix("bytes=").and_then(|text| text.split_once('-'));
    let bounds =
        bounds.and_then(|(first, last)| Some((first.parse::<u64>().ok()?, last.parse::<u64>().ok()?)));
    match bounds {
        Some((first, last)) if first <= last && last < size => Ok((first, last + 1)),
        Some(_) => Err(s3_error!(InvalidRange, "The requested range is not satisfiable")),
        None => Err(s3_error!(
            InvalidArgument,
            "The x-amz-copy-source-range value must be of the form bytes=first-last"
        )),
    }
}

pub(super) async fn list(
    service: &Service,
    req: S3Request<ListPartsInput>,
) -> S3Result<S3Response<ListPartsOutput>> {
    let input = req.input;
    let limit = page_size(input.max_parts)?;
    let after = input.part_number_marker.unwrap_or(0);
    let mut parts = service
        .meta
        .parts(uploads::handle(&input.upload_id)?.id, after, limit + 1)
        .await
        .map_err(error::respond)?;
    // Looked for after its parts were read: an upload that is there still had them all, while one that ends in
    // between would look as if it had none.
    let upload = uploads::find(service, &input.bucket, &input.key, &input.upload_id).await?;
    let truncated = limit > 0 && parts.len() > limit;
    parts.truncate(limit);
    let last = parts.last().map(|part| part.number);
    let chosen = upload.checksum.is_some();
    Ok(S3Response::new(ListPartsOutput {
        bucket: Some(input.bucket),
        checksum_algorithm: upload
            .checksum
            .map(|(algorithm, _)| checksums::algorithm(algorithm)),
        checksum_type: upload.checksum.map(|(_, kind)| checksums::kind(kind)),
        initiator: Some(Initiator {
            display_name: owner().display_name,
            id: owner().id,
        }),
        is_truncated: Some(truncated),
        key: Some(input.key),
        max_parts: i32::try_from(limit).ok(),
        next_part_number_marker: last,
        owner: Some(owner()),
        part_number_marker: Some(after),
        parts: Some(
            parts
                .into_iter()
                .map(|part| {
                    let sums: Checksum = checksums::shown(part.checksum.as_ref().filter(|_: &&Kept| chosen));
                    Part {
                        checksum_crc32: sums.checksum_crc32,
                        checksum_crc32c: sums.checksum_crc32c,
                        checksum_crc64nvme: sums.checksum_crc64nvme,
                        checksum_sha1: sums.checksum_sha1,
                        checksum_sha256: sums.checksum_sha256,
                        e_tag: Some(etag(&part.etag)),
                        last_modified: Some(timestamp(part.modified)),
                        part_number: Some(part.number),
                        size: Some(to_i64(part.size)),
                    }
                })
                .collect(),
        ),
        storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
        upload_id: Some(input.upload_id),
        ..Default::default()
    }))
}
