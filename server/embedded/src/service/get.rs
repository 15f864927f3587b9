//! GetObject and HeadObject.

use futures::TryStreamExt as _;
use http::{HeaderMap, HeaderValue, StatusCode};
use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use super::conditions::{Conditions, etag, last_modified, range_holds};
use super::raw::RawRequest;
use super::{Service, check_part_number, checksums, error, heads, shown, timestamp, to_i64, which};
use crate::blobs;
use crate::meta::records::{Bucket, Checksum, PartInfo, Version, Which};

/// The part of an object that is asked for.
struct Extent {
    start: u64,
    end: u64,
    /// `Content-Range`, when it is not the whole.
    range: Option<String>,
    /// How many parts the object has, when one was asked for by number and it came in parts.
    parts: Option<i32>,
    /// The checksum of exactly these bytes, if one is kept.
    checksum: Option<Checksum>,
}

pub(super) async fn get(
    service: &Service,
    req: S3Request<GetObjectInput>,
) -> S3Result<S3Response<GetObjectOutput>> {
    // Before the metadata is read, so that the blobs it names stay until they are sent.
    let pin = service.blobs.pin();
    let raw = RawRequest::of(&req)?.clone();
    let input = req.input;
    let (bucket, version) = find(service, &input.bucket, &input.key, input.version_id.as_deref()).await?;
    Conditions::of_read(&raw.headers).check_read(&version)?;
    let range = input.range.filter(|_| range_holds(&raw.headers, &version));
    let extent = extent(service, &version, range, input.part_number).await?;
    let pieces = service.meta.pieces(version.id).await.map_err(error::respond)?;
    let pieces = blobs::slice(&pieces, extent.start, extent.end);
    let key = version.key.clone();
    let stream = blobs::read(service.blobs.clone(), pieces, pin)
        .inspect_err(move |error| tracing::error!(%error, key, "an object's bytes cannot be read"));
    let head = head_output(&bucket, &version, &extent, input.checksum_mode.as_ref());
    let output = GetObjectOutput {
        accept_ranges: head.accept_ranges,
        body: Some(StreamingBlob::wrap(stream)),
        cache_control: head.cache_control,
        checksum_crc32: head.checksum_crc32,
        checksum_crc32c: head.checksum_crc32c,
        checksum_crc64nvme: head.checksum_crc64nvme,
        checksum_sha1: head.checksum_sha1,
        checksum_sha256: head.checksum_sha256,
        checksum_type: head.checksum_type,
        content_disposition: head.content_disposition,
        content_encoding: head.content_encoding,
        content_language: head.content_language,
        content_length: head.content_length,
        content_range: head.content_range,
        content_type: head.content_type,
        e_tag: head.e_tag,
        last_modified: head.last_modified,
        metadata: head.metadata,
        parts_count: head.parts_count,
        tag_count: tag_count(&version),
        version_id: head.version_id,
        website_redirect_location: head.website_redirect_location,
        ..Default::default()
    };
    Ok(S3Response::with_headers(output, verbatim(&raw, &version)))
}

pub(super) async fn head(
    service: &Service,
    req: S3Request<HeadObjectInput>,
) -> S3Result<S3Response<HeadObjectOutput>> {
    let raw = RawRequest::of(&req)?.clone();
    let input = req.input;
    let (bucket, version) = find(service, &input.bucket, &input.key, input.version_id.as_deref()).await?;
    Conditions::of_read(&raw.headers).check_read(&version)?;
    let range = input.range.filter(|_| range_holds(&raw.headers, &version));
    let extent = extent(service, &version, range, input.part_number).await?;
    let mut output = head_output(&bucket, &version, &extent, input.checksum_mode.as_ref());
    output.cache_control = input.response_cache_control.or(output.cache_control);
    output.content_disposition = input.response_content_disposition.or(output.content_disposition);
    output.content_encoding = input.response_content_encoding.or(output.content_encoding);
    output.content_language = input.response_content_language.or(output.content_language);
    output.content_type = input.response_content_type.or(output.content_type);
    let mut headers = verbatim(&raw, &version);
    if let Some(count) = tag_count(&version) {
        headers.insert("x-amz-tagging-count", count.into());
    }
    Ok(S3Response::with_headers(output, headers))
}

fn verbatim(raw: &RawRequest, version: &Version) -> HeaderMap {
    let asked = raw.query.get("response-expires");
    heads::verbatim(asked.or(version.head.expires.as_deref()))
}

fn tag_count(version: &Version) -> Option<i32> {
    (!version.tags.is_empty()).then(|| i32::try_from(version.tags.len()).unwrap_or(i32::MAX))
}

fn head_output(
    bucket: &Bucket,
    version: &Version,
    extent: &Extent,
    mode: Option<&ChecksumMode>,
) -> HeadObjectOutput {
    let wanted = mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
    let checksum = checksums::shown(extent.checksum.as_ref().filter(|_| wanted));
    HeadObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        cache_control: version.head.cache_control.clone(),
        checksum_crc32: checksum.checksum_crc32,
        checksum_crc32c: checksum.checksum_crc32c,
        checksum_crc64nvme: checksum.checksum_crc64nvme,
        checksum_sha1: checksum.checksum_sha1,
        checksum_sha256: checksum.checksum_sha256,
        checksum_type: checksum.checksum_type,
        content_disposition: version.head.content_disposition.clone(),
        content_encoding: version.head.content_encoding.clone(),
        content_language: version.head.content_language.clone(),
        content_length: Some(to_i64(extent.end - extent.start)),
        content_range: extent.range.clone(),
        content_type: Some(
            version
                .head
                .content_type
                .clone()
                .unwrap_or_else(|| "binary/octet-stream".to_owned()),
        ),
        e_tag: Some(etag(&version.etag)),
        last_modified: Some(timestamp(version.modified)),
        metadata: heads::user(&version.head),
        parts_count: extent.parts,
        version_id: shown(bucket, version.version_id()),
        website_redirect_location: version.head.website_redirect.clone(),
        ..Default::default()
    }
}

/// The version that a read is about. A delete marker is answered as S3 does: 404 when it is what hides
/// the key, 405 when it is asked for by its id.
pub(super) async fn find(
    service: &Service,
    bucket: &str,
    key: &str,
    version_id: Option<&str>,
) -> S3Result<(Bucket, Version)> {
    let bucket = service.bucket(bucket).await?;
    let which = which(version_id)?;
    match service
        .meta
        .version(bucket.id, key, which)
        .await
        .map_err(error::respond)?
    {
        None if which == Which::Current => Err(s3_error!(NoSuchKey, "The specified key does not exist.")),
        None => Err(s3_error!(NoSuchVersion, "The specified version does not exist.")),
        Some(version) if version.marker => {
            let mut error: S3Error = if which == Which::Current {
                s3_error!(NoSuchKey, "The specified key does not exist.")
            } else {
                s3_error!(
                    MethodNotAllowed,
                    "The specified method is not allowed against this resource."
                )
            };
            let mut headers = HeaderMap::new();
            headers.insert("x-amz-delete-marker", HeaderValue::from_static("true"));
            if let Ok(id) = HeaderValue::from_str(&version.version_id()) {
                headers.insert("x-amz-version-id", id);
            }
            if which != Which::Current {
                headers.insert(http::header::ALLOW, HeaderValue::from_static("DELETE"));
                headers.extend(last_modified(&version).map(|date| (http::header::LAST_MODIFIED, date)));
            }
            headers.insert(
                http::header::CONTENT_TYPE,
                HeaderValue::from_static("application/xml"),
            );
            error.set_headers(headers);
            Err(error)
        }
        Some(version) => Ok((bucket, version)),
    }
}

async fn extent(
    service: &Service,
    version: &Version,
    range: Option<Range>,
    part_number: Option<i32>,
) -> S3Result<Extent> {
    let size = version.size;
    match (range, part_number) {
        (None, None) => Ok(Extent {
            start: 0,
            end: size,
            range: None,
            parts: None,
            checksum: version.checksum.clone(),
        }),
        (Some(_), Some(_)) => Err(s3_error!(
            InvalidRequest,
            "Cannot specify both Range header and partNumber query parameter"
        )),
        (Some(range), None) => match range.check(size) {
            Ok(bytes) if bytes.start < bytes.end => Ok(Extent {
                start: bytes.start,
                end: bytes.end,
                range: Some(content_range(bytes.start, bytes.end, size)),
                parts: None,
                checksum: None,
            }),
            _ => Err(unsatisfiable(size)),
        },
        (None, Some(number)) => {
            let parts = service
                .meta
                .version_parts(version.id)
                .await
                .map_err(error::respond)?;
            part_extent(&parts, number, version)
        }
    }
}

fn part_extent(parts: &[PartInfo], number: i32, version: &Version) -> S3Result<Extent> {
    check_part_number(number)?;
    let size = version.size;
    if parts.is_empty() && number == 1 {
        return Ok(Extent {
            start: 0,
            end: size,
            range: (size > 0).then(|| content_range(0, size, size)),
            // S3 counts only the parts of multipart uploads.
            parts: None,
            checksum: version.checksum.clone(),
        });
    }
    let at = parts.iter().position(|part| part.number == number);
    let Some(at) = at else {
        let mut error = S3Error::with_message(
            S3ErrorCode::Custom("InvalidPartNumber".into()),
            "The requested partnumber is not satisfiable",
        );
        error.set_status_code(StatusCode::RANGE_NOT_SATISFIABLE);
        return Err(error);
    };
    let start: u64 = parts[..at].iter().map(|part| part.size).sum();
    let end = start + parts[at].size;
    Ok(Extent {
        start,
        end,
        range: (start < end).then(|| content_range(start, end, size)),
        parts: Some(i32::try_from(parts.len()).unwrap_or(i32::MAX)),
        checksum: part_checksum(&parts[at], version),
    })
}

/// S3 answers it with the checksum type of the whole object.
fn part_checksum(part: &PartInfo, version: &Version) -> Option<Checksum> {
    let whole = version.checksum.as_ref()?;
    Some(Checksum {
        value: part.checksum.clone()?,
        ..whole.clone()
    })
}

fn content_range(start: u64, end: u64, size: u64) -> String {
    format!("bytes {start}-{}/{size}", end - 1)
}

fn unsatisfiable(size: u64) -> S3Error {
    let mut error = s3_error!(InvalidRange, "The requested range is not satisfiable");
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(&format!("bytes */{size}")) {
        headers.insert(http::header::CONTENT_RANGE, value);
    }
    headers.insert(
        http::header::CONTENT_TYPE,
        HeaderValue::from_static("application/xml"),
    );
    error.set_headers(headers);
    error
}
