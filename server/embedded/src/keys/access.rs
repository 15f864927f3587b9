//! Decides every access, before the request's body is read where the path shows enough, else right
//! after it was parsed. What an operation needs is in the table of operations.

use std::sync::Arc;

use s3s::access::{S3Access, S3AccessContext};
use s3s::dto::{
    CopyObjectInput, CopySource, GetObjectInput, ListMultipartUploadsInput, ListObjectVersionsInput,
    ListObjectsInput, ListObjectsV2Input, UploadPartCopyInput,
};
use s3s::{Body, S3Error, S3Request, S3Result, s3_error};
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;

use super::signed;
use crate::keys::{AccessKey, KeyTable, Permission};
use crate::protocol::{Needs, agree};

/// Who is calling; put into the request's extensions once it has been established.
#[derive(Clone, Debug)]
pub(crate) struct Caller(pub(crate) Arc<AccessKey>);

impl Caller {
    /// The caller of an authorised request.
    pub(crate) fn of<T>(req: &S3Request<T>) -> S3Result<&Self> {
        req.extensions.get::<Self>().ok_or_else(denied)
    }

    /// Refuses unless `needed` may be done to the object.
    pub(crate) fn require(&self, bucket: &str, key: &str, needed: Permission) -> S3Result<()> {
        if self.0.allows_key(bucket, key, needed) {
            Ok(())
        } else {
            Err(denied())
        }
    }
}

pub(crate) fn denied() -> S3Error {
    s3_error!(AccessDenied, "Access Denied")
}

/// The caller of a request whose signature is right.
pub(crate) fn identify(keys: &KeyTable, req: &S3Request<Body>) -> S3Result<Caller> {
    let Some(credentials) = &req.credentials else {
        return Err(denied());
    };
    signed::check(&req.method, &req.uri, &req.headers)?;
    let key = keys.usable(&credentials.access_key).ok_or_else(denied)?;
    let token = req.headers.get("x-amz-security-token");
    let token = match token.and_then(|value| value.to_str().ok()) {
        Some(token) => Some(token.to_owned()),
        None => signed::query_value(&req.uri, "X-Amz-Security-Token"),
    };
    check_session_token(&key, token.as_deref())?;
    Ok(Caller(key))
}

/// Refuses unless the caller may do what needs this, as far as the path tells.
pub(crate) fn require(caller: &Caller, needs: Needs, bucket: &str, object: &str) -> S3Result<()> {
    let key = &caller.0;
    let allowed = match needs {
        Needs::Key => true,
        Needs::Knowing | Needs::Listing | Needs::EachKey => key.knows_bucket(bucket),
        Needs::OfObject(needed) => key.allows_key(bucket, object, needed),
        Needs::OfBucket(needed) => key.allows_bucket(bucket, needed),
    };
    if allowed { Ok(()) } else { Err(denied()) }
}

/// Access control of what only the parsed input shows: the prefix of a listing, the source of a copy.
pub(crate) struct Access;

#[async_trait::async_trait]
impl S3Access for Access {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        agree(cx)
    }

    async fn list_objects(&self, req: &mut S3Request<ListObjectsInput>) -> S3Result<()> {
        require_listing(req, &req.input.bucket, req.input.prefix.as_deref())
    }

    async fn list_objects_v2(&self, req: &mut S3Request<ListObjectsV2Input>) -> S3Result<()> {
        require_listing(req, &req.input.bucket, req.input.prefix.as_deref())
    }

    async fn list_object_versions(&self, req: &mut S3Request<ListObjectVersionsInput>) -> S3Result<()> {
        require_listing(req, &req.input.bucket, req.input.prefix.as_deref())
    }

    async fn list_multipart_uploads(&self, req: &mut S3Request<ListMultipartUploadsInput>) -> S3Result<()> {
        require_listing(req, &req.input.bucket, req.input.prefix.as_deref())
    }

    async fn copy_object(&self, req: &mut S3Request<CopyObjectInput>) -> S3Result<()> {
        require_source(req, &req.input.copy_source)
    }

    async fn upload_part_copy(&self, req: &mut S3Request<UploadPartCopyInput>) -> S3Result<()> {
        require_source(req, &req.input.copy_source)
    }

    async fn get_object(&self, req: &mut S3Request<GetObjectInput>) -> S3Result<()> {
        // The path was decided on already; this repeats it on what will be read, at no cost.
        Caller::of(req)?.require(&req.input.bucket, &req.input.key, Permission::Read)
    }
}

/// A listing shows keys that start with its prefix, so the key must be allowed to read all of those.
fn require_listing<T>(req: &S3Request<T>, bucket: &str, prefix: Option<&str>) -> S3Result<()> {
    Caller::of(req)?.require(bucket, prefix.unwrap_or_default(), Permission::Read)
}

fn require_source<T>(req: &S3Request<T>, source: &CopySource) -> S3Result<()> {
    match source {
        CopySource::Bucket { bucket, key, .. } => Caller::of(req)?.require(bucket, key, Permission::Read),
        _ => Err(s3_error!(
            NotImplemented,
            "Only a bucket and a key can be copied from"
        )),
    }
}

/// A key with a session token is good only together with it; one without must not be given one.
pub(crate) fn check_session_token(key: &AccessKey, given: Option<&str>) -> S3Result<()> {
    let matches = match (&key.session_token, given) {
        (None, None) => true,
        (Some(token), Some(given)) => bool::from(token.expose_secret().as_bytes().ct_eq(given.as_bytes())),
        _ => false,
    };
    if matches {
        Ok(())
    } else {
        Err(s3_error!(
            InvalidToken,
            "The provided token is malformed or otherwise not valid."
        ))
    }
}
