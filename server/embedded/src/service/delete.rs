//! DeleteObject and DeleteObjects.

use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};

use super::conditions::precondition;
use super::list::Encoding;
use super::raw::RawRequest;
use super::{Service, check_key, error, which};
use crate::keys::Permission;
use crate::keys::access::Caller;
use crate::meta::objects::Target;
use crate::meta::versions::{EntityTags, Precondition};
use crate::protocol::outside_xml;

/// Keys that one request may delete.
const MOST: usize = 1000;

pub(super) async fn one(
    service: &Service,
    req: S3Request<DeleteObjectInput>,
) -> S3Result<S3Response<DeleteObjectOutput>> {
    let condition = precondition(&RawRequest::of(&req)?.headers)?;
    let input = req.input;
    let which = which(input.version_id.as_deref())?;
    let target = Target {
        key: input.key,
        which,
        condition,
    };
    let outcomes = service
        .meta
        .delete(input.bucket, vec![target], service.now())
        .await
        .map_err(error::respond)?;
    let deleted = match outcomes.into_iter().next() {
        Some(Ok(deleted)) => deleted,
        Some(Err(refusal)) => return Err(error::refused(&refusal)),
        None => return Err(s3_error!(InternalError)),
    };
    Ok(S3Response::with_status(
        DeleteObjectOutput {
            delete_marker: deleted.marker.then_some(true),
            version_id: deleted.version_id.or(input.version_id),
            ..Default::default()
        },
        http::StatusCode::NO_CONTENT,
    ))
}

pub(super) async fn many(
    service: &Service,
    req: S3Request<DeleteObjectsInput>,
) -> S3Result<S3Response<DeleteObjectsOutput>> {
    let caller = Caller::of(&req)?.clone();
    let bucket = service.bucket(&req.input.bucket).await?;
    let objects = req.input.delete.objects;
    if objects.is_empty() || objects.len() > MOST {
        return Err(s3_error!(MalformedXML, "A request deletes 1 to 1000 objects"));
    }
    let mut errors = Vec::new();
    let mut named = Vec::with_capacity(objects.len());
    let mut targets = Vec::with_capacity(objects.len());
    for object in objects {
        match target(&caller, &bucket.name, &object) {
            Ok(target) => {
                named.push(object);
                targets.push(target);
            }
            Err(error) => errors.push(failed(&object, &error)),
        }
    }
    let outcomes = service
        .meta
        .delete(bucket.name, targets, service.now())
        .await
        .map_err(error::respond)?;
    let mut deleted = Vec::with_capacity(named.len());
    for (object, outcome) in named.into_iter().zip(outcomes) {
        match outcome {
            Ok(done) => deleted.push(DeletedObject {
                delete_marker: done.marker.then_some(true),
                delete_marker_version_id: if done.marker { done.version_id } else { None },
                key: Some(readable(object.key)),
                version_id: object.version_id,
            }),
            Err(refusal) => errors.push(failed(&object, &error::refused(&refusal))),
        }
    }
    let quiet = req.input.delete.quiet == Some(true);
    Ok(S3Response::new(DeleteObjectsOutput {
        deleted: (!quiet).then_some(deleted),
        errors: (!errors.is_empty()).then_some(errors),
        ..Default::default()
    }))
}

/// Each key is decided by itself: one that the caller may not delete does not stop the others.
fn target(caller: &Caller, bucket: &str, object: &ObjectIdentifier) -> S3Result<Target> {
    check_key(&object.key)?;
    caller.require(bucket, &object.key, Permission::ReadWrite)?;
    // An id that this store never gave names a version that is not there, and so is deleted already.
    let which = which(object.version_id.as_deref())?;
    let condition = Precondition {
        matches: object
            .e_tag
            .as_ref()
            .map(|etag| EntityTags::one(etag.value().to_owned())),
        differs: None,
    };
    Ok(Target {
        key: object.key.clone(),
        which,
        condition,
    })
}

fn failed(object: &ObjectIdentifier, error: &S3Error) -> Error {
    Error {
        code: Some(error.code().as_str().to_owned()),
        key: Some(readable(object.key.clone())),
        message: error.message().map(ToOwned::to_owned),
        version_id: object.version_id.clone(),
    }
}

/// A key as strict readers of XML can read it. A listing has `encoding-type=url` for keys that XML cannot carry; this
/// answer has not, and an answer that cannot be read would come after everything has been deleted.
fn readable(key: String) -> String {
    if key.contains(outside_xml) {
        Encoding::URL.write(key)
    } else {
        key
    }
}
