//! ACLs that are set. Only the owner has rights, so the ones that say just that are taken, and change nothing: clients
//! set them as a matter of course.

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::{Service, get::find, heads};

pub(super) async fn of_bucket(
    service: &Service,
    req: S3Request<PutBucketAclInput>,
) -> S3Result<S3Response<PutBucketAclOutput>> {
    let input = req.input;
    service.bucket(&input.bucket).await?;
    check(input.acl.as_ref().map(BucketCannedACL::as_str))?;
    Ok(S3Response::new(PutBucketAclOutput::default()))
}

pub(super) async fn of_object(
    service: &Service,
    req: S3Request<PutObjectAclInput>,
) -> S3Result<S3Response<PutObjectAclOutput>> {
    let input = req.input;
    find(service, &input.bucket, &input.key, input.version_id.as_deref()).await?;
    check(input.acl.as_ref().map(ObjectCannedACL::as_str))?;
    Ok(S3Response::new(PutObjectAclOutput::default()))
}

fn check(acl: Option<&str>) -> S3Result<()> {
    match acl {
        Some(acl) => heads::check_acl(acl),
        None => Err(s3_error!(
            MissingSecurityHeader,
            "Your request was missing a required header"
        )),
    }
}
