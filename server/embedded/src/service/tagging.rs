//! An object's tags.

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result};

use super::{Service, error, get::find, heads, shown, which};
use crate::meta::records::Tags;

pub(super) async fn get(
    service: &Service,
    req: S3Request<GetObjectTaggingInput>,
) -> S3Result<S3Response<GetObjectTaggingOutput>> {
    let input = req.input;
    let (bucket, version) = find(service, &input.bucket, &input.key, input.version_id.as_deref()).await?;
    let version_id = shown(&bucket, version.version_id());
    let tag_set = version
        .tags
        .into_iter()
        .map(|(key, value)| Tag {
            key: Some(key),
            value: Some(value),
        })
        .collect();
    Ok(S3Response::new(GetObjectTaggingOutput { tag_set, version_id }))
}

pub(super) async fn put(
    service: &Service,
    req: S3Request<PutObjectTaggingInput>,
) -> S3Result<S3Response<PutObjectTaggingOutput>> {
    let input = req.input;
    let tags: Tags = input
        .tagging
        .tag_set
        .into_iter()
        .map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default()))
        .collect();
    let tags = heads::check_tags(tags)?;
    let which = which(input.version_id.as_deref())?;
    let made = service
        .meta
        .set_tags(input.bucket, input.key, which, tags)
        .await
        .map_err(error::respond)?;
    Ok(S3Response::new(PutObjectTaggingOutput {
        version_id: made.version_id,
    }))
}

pub(super) async fn delete(
    service: &Service,
    req: S3Request<DeleteObjectTaggingInput>,
) -> S3Result<S3Response<DeleteObjectTaggingOutput>> {
    let input = req.input;
    let which = which(input.version_id.as_deref())?;
    let made = service
        .meta
        .set_tags(input.bucket, input.key, which, Tags::new())
        .await
        .map_err(error::respond)?;
    Ok(S3Response::with_status(
        DeleteObjectTaggingOutput {
            version_id: made.version_id,
        },
        http::StatusCode::NO_CONTENT,
    ))
}
