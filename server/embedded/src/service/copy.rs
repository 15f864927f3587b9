//! CopyObject: a new version that shares its source's blobs. No bytes are written; they are read only
//! when the caller asks for a checksum that the source lacks.

use futures::TryStreamExt as _;
use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use super::checksums;
use super::conditions::{Conditions, etag, precondition};
use super::raw::RawRequest;
use super::{Service, error, get::find, heads, shown, timestamp};
use crate::blobs::{self, Digester, Digests, Piece, Pin};
use crate::meta::objects::Copy;
use crate::meta::records::{Bucket, Head, Version};

/// A copy source as bucket, key and version.
pub(super) fn source(source: &CopySource) -> S3Result<(&str, &str, Option<&str>)> {
    match source {
        CopySource::Bucket {
            bucket,
            key,
            version_id,
        } => Ok((bucket, key, version_id.as_deref())),
        _ => Err(s3_error!(
            NotImplemented,
            "Only a bucket and a key can be copied from"
        )),
    }
}

/// The version that is copied from.
pub(super) async fn find_source(
    service: &Service,
    bucket: &str,
    key: &str,
    version_id: Option<&str>,
) -> S3Result<(Bucket, Version)> {
    find(service, bucket, key, version_id).await.map_err(|error| {
        if *error.code() == S3ErrorCode::MethodNotAllowed {
            s3_error!(
                InvalidRequest,
                "The source of a copy request may not specifically refer to a delete marker by version id."
            )
        } else {
            error
        }
    })
}

pub(super) async fn copy(
    service: &Service,
    req: S3Request<CopyObjectInput>,
) -> S3Result<S3Response<CopyObjectOutput>> {
    heads::refuse_unsupported!(req.input)?;
    let raw = RawRequest::of(&req)?.clone();
    let condition = precondition(&raw.headers)?;
    let conditions = Conditions::of_source(&raw.headers);
    let input = req.input;
    let (source_bucket, source_key, source_version) = source(&input.copy_source)?;
    service.bucket(&input.bucket).await?;
    let pin = service.blobs.pin();
    let (kept_in, version) = find_source(service, source_bucket, source_key, source_version).await?;
    conditions.check_source(&version)?;
    let replaces = |directive: Option<&str>| match directive {
        None | Some("COPY") => Ok(false),
        Some("REPLACE") => Ok(true),
        Some(_) => Err(s3_error!(InvalidArgument, "Unknown directive")),
    };
    let replaces_head = replaces(input.metadata_directive.as_ref().map(MetadataDirective::as_str))?;
    let head = if replaces_head {
        heads::head!(input, &raw.headers)?
    } else {
        // Where it leads to is each object's own.
        Head {
            website_redirect: input.website_redirect_location.clone(),
            ..version.head.clone()
        }
    };
    let tags = if replaces(input.tagging_directive.as_ref().map(TaggingDirective::as_str))? {
        Some(heads::parse_tags(input.tagging.as_deref())?)
    } else {
        None
    };
    let wanted = match &input.checksum_algorithm {
        Some(name) => Some(checksums::parse_name(name.as_str())?),
        None => None,
    };
    let onto_itself = source_bucket == input.bucket && source_key == input.key && version.latest;
    let changes = replaces_head
        || wanted.is_some()
        || input.storage_class.is_some()
        || input.website_redirect_location.is_some();
    if onto_itself && !changes {
        return Err(s3_error!(
            InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."
        ));
    }
    let checksum = match wanted {
        Some(algorithm)
            if version
                .checksum
                .as_ref()
                .is_none_or(|kept| kept.algorithm != algorithm) =>
        {
            let pieces = service.meta.pieces(version.id).await.map_err(error::respond)?;
            let digests = digest(service, pieces, pin, Digester::new(&[algorithm])).await?;
            checksums::kept(&digests, algorithm)
        }
        _ => None,
    };
    let modified = service.now();
    let result = checksums::shown(checksum.as_ref().or(version.checksum.as_ref()));
    let made = service
        .meta
        .copy(
            Copy {
                source_bucket: source_bucket.to_owned(),
                source_key: source_key.to_owned(),
                source_id: version.id,
                bucket: input.bucket.clone(),
                key: input.key.clone(),
                head,
                tags,
                checksum,
                modified,
            },
            condition,
        )
        .await
        .map_err(error::respond)?;
    Ok(S3Response::new(CopyObjectOutput {
        copy_object_result: Some(CopyObjectResult {
            checksum_crc32: result.checksum_crc32,
            checksum_crc32c: result.checksum_crc32c,
            checksum_crc64nvme: result.checksum_crc64nvme,
            checksum_sha1: result.checksum_sha1,
            checksum_sha256: result.checksum_sha256,
            checksum_type: result.checksum_type,
            e_tag: Some(etag(&version.etag)),
            last_modified: Some(timestamp(modified)),
        }),
        copy_source_version_id: shown(&kept_in, version.version_id()),
        version_id: made.version_id,
        ..Default::default()
    }))
}

/// Hashes stored bytes without copying them.
pub(super) async fn digest(
    service: &Service,
    pieces: Vec<Piece>,
    pin: Pin,
    digester: Digester,
) -> S3Result<Digests> {
    let stream = blobs::read(service.blobs.clone(), pieces, pin);
    let digester = stream
        .try_fold(digester, |mut digester, bytes| async move {
            tokio::task::spawn_blocking(move || {
                digester.update(&bytes);
                digester
            })
            .await
            .map_err(std::io::Error::other)
        })
        .await
        .map_err(S3Error::internal_error)?;
    Ok(digester.finish())
}
