//! CreateMultipartUpload, AbortMultipartUpload, ListMultipartUploads.

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::list::{Encoding, behind, delimiter, page_size};
use super::raw::RawRequest;
use super::{Service, checksums, error, heads, owner, timestamp};
use crate::blobs::Algorithm;
use crate::meta::listing::Cursor;
use crate::meta::records::{ChecksumKind, Handle, Upload};

/// An upload id that is none of ours names an upload that does not exist.
pub(super) fn handle(upload_id: &str) -> S3Result<Handle> {
    Handle::parse(upload_id).ok_or_else(|| error::refused(&crate::meta::Refusal::NoSuchUpload))
}

/// The upload of this bucket and key.
pub(super) async fn find(service: &Service, bucket: &str, key: &str, upload_id: &str) -> S3Result<Upload> {
    let bucket = service.bucket(bucket).await?;
    let handle = handle(upload_id)?;
    match service
        .meta
        .upload(bucket.id, key, handle)
        .await
        .map_err(error::respond)?
    {
        Some(upload) => Ok(upload),
        None => Err(error::refused(&crate::meta::Refusal::NoSuchUpload)),
    }
}

pub(super) async fn create(
    service: &Service,
    req: S3Request<CreateMultipartUploadInput>,
) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
    heads::refuse_unsupported!(req.input)?;
    let head = heads::head!(req.input, &RawRequest::of(&req)?.headers)?;
    let input = req.input;
    let tags = heads::parse_tags(input.tagging.as_deref())?;
    let checksum = chosen(
        input.checksum_algorithm.as_ref().map(ChecksumAlgorithm::as_str),
        input.checksum_type.as_ref().map(ChecksumType::as_str),
    )?;
    let handle = service
        .meta
        .begin_upload(
            input.bucket.clone(),
            input.key.clone(),
            checksum,
            head,
            tags,
            service.now(),
        )
        .await
        .map_err(error::respond)?;
    Ok(S3Response::new(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        checksum_algorithm: checksum.map(|(algorithm, _)| checksums::algorithm(algorithm)),
        checksum_type: checksum.map(|(_, kind)| checksums::kind(kind)),
        key: Some(input.key),
        upload_id: Some(handle.to_string()),
        ..Default::default()
    }))
}

/// Which algorithm goes with which kind: CRC64NVME only over the whole, SHA only over the parts.
fn chosen(algorithm: Option<&str>, kind: Option<&str>) -> S3Result<Option<(Algorithm, ChecksumKind)>> {
    let Some(name) = algorithm else {
        return match kind {
            None => Ok(None),
            Some(_) => Err(s3_error!(
                InvalidRequest,
                "A checksum type needs a checksum algorithm"
            )),
        };
    };
    let algorithm = checksums::parse_name(name)?;
    let kind = match (algorithm, kind) {
        (Algorithm::Crc64Nvme, None | Some("FULL_OBJECT")) => ChecksumKind::FullObject,
        (Algorithm::Crc32 | Algorithm::Crc32c, Some("FULL_OBJECT")) => ChecksumKind::FullObject,
        (Algorithm::Crc32 | Algorithm::Crc32c, None | Some("COMPOSITE")) => ChecksumKind::Composite,
        (Algorithm::Sha1 | Algorithm::Sha256, None | Some("COMPOSITE")) => ChecksumKind::Composite,
        _ => {
            return Err(s3_error!(
                InvalidRequest,
                "The checksum type cannot be used with the {} checksum algorithm.",
                algorithm.name()
            ));
        }
    };
    Ok(Some((algorithm, kind)))
}

pub(super) async fn abort(
    service: &Service,
    req: S3Request<AbortMultipartUploadInput>,
) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
    let input = req.input;
    let handle = handle(&input.upload_id)?;
    service
        .meta
        .abort_upload(input.bucket, input.key, handle)
        .await
        .map_err(error::respond)?;
    Ok(S3Response::new(AbortMultipartUploadOutput::default()))
}

pub(super) async fn list(
    service: &Service,
    req: S3Request<ListMultipartUploadsInput>,
) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
    let input = req.input;
    let encoding = Encoding::of(input.encoding_type.as_ref())?;
    let limit = page_size(input.max_uploads)?;
    let delimiter = delimiter(input.delimiter.as_deref());
    let prefix = input.prefix.clone().unwrap_or_default();
    let bucket = service.bucket(&input.bucket).await?;
    let key_marker = input.key_marker.as_deref().filter(|key| !key.is_empty());
    let id_marker = input.upload_id_marker.as_deref().filter(|id| !id.is_empty());
    let cursor = match (key_marker, id_marker) {
        (Some(key), Some(id)) => Cursor::Within {
            key: key.to_owned(),
            id: handle(id)?.id,
        },
        (key, _) => behind(key, &prefix, delimiter.as_deref()),
    };
    let page = service
        .meta
        .list_uploads(bucket.id, &prefix, delimiter.as_deref(), cursor, limit)
        .await
        .map_err(error::respond)?;
    let (next_key, next_id) = match (&page.next, page.uploads.last()) {
        (Some(Cursor::Within { key, .. }), Some(last)) => {
            (Some(encoding.write(key.clone())), Some(last.handle.to_string()))
        }
        (Some(Cursor::AfterPrefix(prefix)), _) => (Some(encoding.write(prefix.clone())), None),
        _ => (None, None),
    };
    let truncated = limit > 0 && page.next.is_some();
    Ok(S3Response::new(ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        common_prefixes: Some(
            page.common_prefixes
                .into_iter()
                .map(|prefix| CommonPrefix {
                    prefix: Some(encoding.write(prefix)),
                })
                .collect(),
        ),
        delimiter: delimiter.map(|text| encoding.write(text)),
        encoding_type: input.encoding_type,
        is_truncated: Some(truncated),
        key_marker: input.key_marker.map(|key| encoding.write(key)),
        max_uploads: i32::try_from(limit).ok(),
        next_key_marker: next_key.filter(|_| truncated),
        next_upload_id_marker: next_id.filter(|_| truncated),
        prefix: input.prefix.map(|prefix| encoding.write(prefix)),
        upload_id_marker: input.upload_id_marker,
        uploads: Some(
            page.uploads
                .into_iter()
                .map(|upload| shown(upload, encoding))
                .collect(),
        ),
        ..Default::default()
    }))
}

fn shown(upload: Upload, encoding: Encoding) -> MultipartUpload {
    MultipartUpload {
        checksum_algorithm: upload
            .checksum
            .map(|(algorithm, _)| checksums::algorithm(algorithm)),
        checksum_type: upload.checksum.map(|(_, kind)| checksums::kind(kind)),
        initiated: Some(timestamp(upload.initiated)),
        initiator: Some(Initiator {
            display_name: owner().display_name,
            id: owner().id,
        }),
        key: Some(encoding.write(upload.key)),
        owner: Some(owner()),
        storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
        upload_id: Some(upload.handle.to_string()),
    }
}
