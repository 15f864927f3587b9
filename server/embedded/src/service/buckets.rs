//! Buckets and their versioning.

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::{Service, error, owner, timestamp};
use crate::keys::access::Caller;
use crate::meta::records::Versioning;

/// Shows the buckets that the caller has a grant about.
pub(super) async fn list(
    service: &Service,
    req: S3Request<ListBucketsInput>,
) -> S3Result<S3Response<ListBucketsOutput>> {
    let caller = Caller::of(&req)?;
    let prefix = req.input.prefix.as_deref().unwrap_or_default();
    let after = req.input.continuation_token.as_deref().unwrap_or_default();
    let limit = usize::try_from(req.input.max_buckets.unwrap_or(10_000))
        .unwrap_or(0)
        .clamp(1, 10_000);
    let mut known: Vec<Bucket> = service
        .meta
        .buckets()
        .await
        .map_err(error::respond)?
        .into_iter()
        .filter(|bucket| {
            caller.0.knows_bucket(&bucket.name)
                && bucket.name.starts_with(prefix)
                && bucket.name.as_str() > after
        })
        .map(|bucket| Bucket {
            bucket_region: Some(service.config.region.clone()),
            creation_date: Some(timestamp(bucket.created_at)),
            name: Some(bucket.name),
        })
        .collect();
    let more = known.len() > limit;
    known.truncate(limit);
    Ok(S3Response::new(ListBucketsOutput {
        continuation_token: if more {
            known.last().and_then(|bucket| bucket.name.clone())
        } else {
            None
        },
        buckets: Some(known),
        owner: Some(owner()),
        prefix: req.input.prefix,
    }))
}

pub(super) async fn create(
    service: &Service,
    req: S3Request<CreateBucketInput>,
) -> S3Result<S3Response<CreateBucketOutput>> {
    if req.input.object_lock_enabled_for_bucket == Some(true) {
        return Err(s3_error!(NotImplemented, "Object lock is not offered"));
    }
    let versioning = if service.config.versioned {
        Versioning::Enabled
    } else {
        Versioning::Off
    };
    let location = format!("/{}", req.input.bucket);
    service
        .meta
        .create_bucket(req.input.bucket, versioning, service.now())
        .await
        .map_err(error::respond)?;
    Ok(S3Response::new(CreateBucketOutput {
        location: Some(location),
    }))
}

pub(super) async fn head(
    service: &Service,
    req: S3Request<HeadBucketInput>,
) -> S3Result<S3Response<HeadBucketOutput>> {
    service.bucket(&req.input.bucket).await?;
    Ok(S3Response::new(HeadBucketOutput {
        bucket_region: Some(service.config.region.clone()),
        ..Default::default()
    }))
}

pub(super) async fn delete(
    service: &Service,
    req: S3Request<DeleteBucketInput>,
) -> S3Result<S3Response<DeleteBucketOutput>> {
    service
        .meta
        .delete_bucket(req.input.bucket)
        .await
        .map_err(error::respond)?;
    Ok(S3Response::with_status(
        DeleteBucketOutput::default(),
        http::StatusCode::NO_CONTENT,
    ))
}

pub(super) async fn location(
    service: &Service,
    req: S3Request<GetBucketLocationInput>,
) -> S3Result<S3Response<GetBucketLocationOutput>> {
    service.bucket(&req.input.bucket).await?;
    let region = &service.config.region;
    Ok(S3Response::new(GetBucketLocationOutput {
        // S3 says nothing for the region that was the only one once.
        location_constraint: (region != "us-east-1").then(|| BucketLocationConstraint::from(region.clone())),
    }))
}

pub(super) async fn versioning(
    service: &Service,
    req: S3Request<GetBucketVersioningInput>,
) -> S3Result<S3Response<GetBucketVersioningOutput>> {
    let status = match service.bucket(&req.input.bucket).await?.versioning {
        Versioning::Off => None,
        Versioning::Enabled => Some(BucketVersioningStatus::ENABLED),
        Versioning::Suspended => Some(BucketVersioningStatus::SUSPENDED),
    };
    Ok(S3Response::new(GetBucketVersioningOutput {
        status: status.map(BucketVersioningStatus::from_static),
        ..Default::default()
    }))
}

pub(super) async fn set_versioning(
    service: &Service,
    req: S3Request<PutBucketVersioningInput>,
) -> S3Result<S3Response<PutBucketVersioningOutput>> {
    let status = req.input.versioning_configuration.status;
    let versioning = match status.as_ref().map(BucketVersioningStatus::as_str) {
        Some(BucketVersioningStatus::ENABLED) => Versioning::Enabled,
        Some(BucketVersioningStatus::SUSPENDED) => Versioning::Suspended,
        _ => return Err(s3_error!(MalformedXML, "The status must be Enabled or Suspended")),
    };
    service
        .meta
        .set_versioning(req.input.bucket, versioning)
        .await
        .map_err(error::respond)?;
    Ok(S3Response::new(PutBucketVersioningOutput::default()))
}
