//! What stands between a right signature and an operation.
//!
//! A request is held to the table of operations, the caller to their grants, the signature to the bucket's region;
//! documents are read and compared with their digests.

use std::sync::Arc;

use http::{Extensions, HeaderMap, Method, Response, Uri, header};
use s3s::path::{S3Path, parse_path_style};
use s3s::region::Region;
use s3s::route::S3Route;
use s3s::{Body, S3Request, S3Response, S3Result, s3_error};

use super::dispatch::{Operations, Prepared};
use super::operations::{Content, Operation, Target};
use super::query::Query;
use super::region::{self, Regions};
use super::{document, rewrite};
use crate::keys::KeyTable;
use crate::keys::access::{self, Caller};
use crate::service::{self, Service};

/// Takes every request whose signature is right, and those without one.
pub(super) struct Gate {
    pub(super) keys: Arc<KeyTable>,
    pub(super) operations: Operations,
    pub(super) service: Service,
    pub(super) regions: Arc<Regions>,
}

#[async_trait::async_trait]
impl S3Route for Gate {
    fn is_match(&self, _: &Method, _: &Uri, _: &HeaderMap, _: &mut Extensions) -> bool {
        true
    }

    async fn check_access(&self, req: &mut S3Request<Body>) -> S3Result<()> {
        let caller = access::identify(&self.keys, req)?;
        req.extensions.insert(caller);
        Ok(())
    }

    async fn call(&self, req: S3Request<Body>) -> S3Result<S3Response<Body>> {
        let caller = Caller::of(&req)?.clone();
        let mut headers = req.headers;
        let query = Query::parse(req.uri.query())?;
        // Version 2 signs no such parameters.
        if !query.has("Signature") {
            rewrite::adopt_parameters(&query, &mut headers)?;
        }
        let (target, bucket, key) = named(&req.uri)?;
        if target == Target::Object {
            service::check_key(&key)?;
        }
        let operation = Operation::of(&req.method, target, &query, &headers)?;
        rewrite::check_overrides(&query)?;
        access::require(&caller, operation.needs, &bucket, &key)?;
        // A signature of version 2 names none.
        let region = req.region.as_ref().map(Region::as_str);
        if let Some(scope) = region
            && let Some(expected) = self.regions.expected(scope, operation, &bucket).await?
        {
            return Ok(passed_on(region::wrong(&req.uri, scope, &expected)));
        }
        if let Some(fixed) = operation.fixed {
            let object = (target == Target::Object).then_some((key.as_str(), query.get("versionId")));
            self.service.find(&bucket, object).await?;
            return fixed.answer();
        }
        let body = match operation.content {
            Content::None => Body::empty(),
            Content::Bytes => {
                // Without either header there is no body at all.
                if headers.contains_key(header::TRANSFER_ENCODING)
                    && !headers.contains_key("x-amz-decoded-content-length")
                {
                    return Err(s3_error!(
                        MissingContentLength,
                        "You must provide the Content-Length HTTP header."
                    ));
                }
                req.input
            }
            Content::Xml(elements) => {
                let trailers = req.trailing_headers.as_ref();
                let document = document::read(operation, elements, &headers, trailers, req.input).await?;
                headers.insert(header::CONTENT_LENGTH, document.len().into());
                Body::from(document)
            }
        };
        let prepared = Prepared {
            caller,
            operation,
            method: req.method,
            path: req.uri.path().to_owned(),
            query,
            headers,
            region: region.map(ToOwned::to_owned),
            trailers: req.trailing_headers,
            length: 0..=u64::MAX,
            body,
        };
        Ok(passed_on(self.operations.carry_out(prepared).await?))
    }
}

fn passed_on(answer: Response<Body>) -> S3Response<Body> {
    let (parts, body) = answer.into_parts();
    S3Response {
        output: body,
        status: Some(parts.status),
        headers: parts.headers,
        extensions: parts.extensions,
    }
}

/// What a path names: the bucket and the key are empty where it names none.
pub(super) fn named(uri: &Uri) -> S3Result<(Target, String, String)> {
    let invalid = || s3_error!(InvalidURI, "Couldn't parse the specified URI.");
    let path = percent_encoding::percent_decode_str(uri.path())
        .decode_utf8()
        .map_err(|_| invalid())?;
    Ok(match parse_path_style(&path).map_err(|_| invalid())? {
        S3Path::Root => (Target::Service, String::new(), String::new()),
        S3Path::Bucket { bucket } => (Target::Bucket, bucket.into(), String::new()),
        S3Path::Object { bucket, key } => (Target::Object, bucket.into(), key.into()),
    })
}
