//! Buckets and their versioning.

use s3s::dto::*;
use s3s::region::Region;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::raw::RawRequest;
use super::{Service, error, owner, timestamp};
use crate::config::CLASSIC_REGION;
use crate::keys::access::Caller;
use crate::meta::records::Versioning;
use crate::meta::{MetaError, Refusal};

/// Shows the buckets that the caller has a grant about.
pub(super) async fn list(
    service: &Service,
    req: S3Request<ListBucketsInput>,
) -> S3Result<S3Response<ListBucketsOutput>> {
    let caller = Caller::of(&req)?;
    let prefix = req.input.prefix.as_deref().unwrap_or_default();
    let region = req.input.bucket_region.as_deref();
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
                && region.is_none_or(|region| service.region_of(bucket) == region)
        })
        .map(|bucket| Bucket {
            bucket_region: Some(service.region_of(&bucket).to_owned()),
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
    let scope = RawRequest::of(&req)?.region.clone();
    let input = req.input;
    refuse_unsupported(&input)?;
    let constraint = input
        .create_bucket_configuration
        .and_then(|configuration| configuration.location_constraint);
    let region = match constraint.as_ref().map(BucketLocationConstraint::as_str) {
        None | Some("") => service.config.region.clone(),
        // The name of a time when there were two.
        Some("EU") => "eu-west-1".to_owned(),
        Some(name) => Region::new(name.into())
            .map(|region| region.as_str().to_owned())
            .map_err(|_| {
                s3_error!(
                    InvalidLocationConstraint,
                    "The specified location-constraint is not valid"
                )
            })?,
    };
    if scope.is_some_and(|scope| scope != CLASSIC_REGION && scope != region) {
        return Err(s3_error!(
            IllegalLocationConstraintException,
            "The {region} location constraint is incompatible for the region that the request was signed for"
        ));
    }
    let made = service
        .meta
        .create_bucket(input.bucket.clone(), region.clone(), service.now())
        .await;
    match made {
        Err(MetaError::Refused(Refusal::BucketExists)) if region == CLASSIC_REGION => {
            // Where S3 began, making one's own bucket again succeeds and changes nothing.
            if service.region_of(&service.bucket(&input.bucket).await?) != CLASSIC_REGION {
                return Err(error::refused(&Refusal::BucketExists));
            }
        }
        made => made.map_err(error::respond)?,
    }
    Ok(S3Response::new(CreateBucketOutput {
        location: Some(format!("/{}", input.bucket)),
    }))
}

/// Only the values that change nothing: nothing is public, nothing is locked, and the bucket owns its objects.
fn refuse_unsupported(input: &CreateBucketInput) -> S3Result<()> {
    if input.object_lock_enabled_for_bucket == Some(true) {
        return Err(s3_error!(NotImplemented, "Object lock is not offered"));
    }
    let acl = input.acl.as_ref().map(BucketCannedACL::as_str);
    if acl.is_some_and(|acl| acl != BucketCannedACL::PRIVATE) {
        return Err(s3_error!(
            InvalidBucketAclWithObjectOwnership,
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
        ));
    }
    let ownership = input.object_ownership.as_ref().map(ObjectOwnership::as_str);
    if ownership.is_some_and(|ownership| ownership != ObjectOwnership::BUCKET_OWNER_ENFORCED) {
        return Err(s3_error!(
            InvalidArgument,
            "The only ObjectOwnership is BucketOwnerEnforced"
        ));
    }
    Ok(())
}

pub(super) async fn head(
    service: &Service,
    req: S3Request<HeadBucketInput>,
) -> S3Result<S3Response<HeadBucketOutput>> {
    let bucket = service.bucket(&req.input.bucket).await?;
    Ok(S3Response::new(HeadBucketOutput {
        bucket_region: Some(service.region_of(&bucket).to_owned()),
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
    let bucket = service.bucket(&req.input.bucket).await?;
    let region = service.region_of(&bucket);
    Ok(S3Response::new(GetBucketLocationOutput {
        // S3 says nothing for the region that was the only one once.
        location_constraint: (region != CLASSIC_REGION)
            .then(|| BucketLocationConstraint::from(region.to_owned())),
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
    let configuration = req.input.versioning_configuration;
    let mfa = configuration.mfa_delete.as_ref().map(MFADelete::as_str);
    if mfa.is_some_and(|mfa| mfa != MFADelete::DISABLED) {
        return Err(s3_error!(
            NotImplemented,
            "Deletions cannot ask for a second factor"
        ));
    }
    let status = configuration.status;
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
