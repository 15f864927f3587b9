//! What stands between a right signature and an operation.
//!
//! `s3s` is used twice: the first service verifies signatures and takes chunks off bodies, the second reads inputs,
//! calls the operation and writes its answer. In between a request is held to the table of operations, the caller to
//! their grants, the signature to the bucket's region; documents are read and compared with their digests.

use std::sync::Arc;

use http::{Extensions, HeaderMap, Method, Request, Response, StatusCode, Uri, header};
use s3s::access::S3AccessContext;
use s3s::auth::{S3Auth, SecretKey};
use s3s::path::{S3Path, parse_path_style};
use s3s::region::Region;
use s3s::route::S3Route;
use s3s::service::S3Service;
use s3s::{Body, S3Request, S3Response, S3Result, s3_error};

use super::operations::{Content, Operation, Target};
use super::query::Query;
use super::region::{self, Regions};
use super::{document, rewrite};
use crate::keys::KeyTable;
use crate::keys::access::{self, Caller};
use crate::service::Service;
use crate::service::raw::RawRequest;

/// Takes every request whose signature is right, and those without one.
pub(super) struct Gate {
    pub(super) keys: Arc<KeyTable>,
    pub(super) operations: S3Service,
    pub(super) service: Service,
    pub(super) regions: Regions,
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
        if key.contains('\0') {
            return Err(s3_error!(InvalidURI, "A key has no NUL"));
        }
        let operation = Operation::of(&req.method, target, &query, &headers)?;
        rewrite::check_overrides(&query)?;
        access::require(&caller, operation.needs, &bucket, &key)?;
        // A signature of version 2 names none.
        let scope = req.region.as_ref().map(Region::as_str);
        if let Some(scope) = scope
            && let Some(expected) = self.regions.expected(scope, operation, &bucket).await?
        {
            return Ok(passed_on(region::wrong(&req.uri, scope, &expected)));
        }

        if let Some(fixed) = operation.fixed {
            let object =
                (operation.target == Target::Object).then_some((key.as_str(), query.get("versionId")));
            self.service.find(&bucket, object).await?;
            return fixed.answer();
        }
        let body = match operation.content {
            Content::None => Body::empty(),
            Content::Bytes => req.input,
            Content::Xml(elements) => {
                let trailers = req.trailing_headers.as_ref();
                let document = document::read(operation, elements, &headers, trailers, req.input).await?;
                headers.insert(header::CONTENT_LENGTH, document.len().into());
                Body::from(document)
            }
        };
        let raw = RawRequest {
            headers: headers.clone(),
            query,
            region: req.region.map(|region| region.as_str().to_owned()),
            trailers: req.trailing_headers,
        };
        rewrite::narrow(&mut headers);
        let mut inner = Request::new(body);
        *inner.method_mut() = req.method;
        // The service reads it, because s3s would have a date.
        let passed = |name: &str| operation.takes(name) && name != "response-expires";
        *inner.uri_mut() = with_query(&req.uri, &raw.query.encode(passed))?;
        *inner.headers_mut() = headers;
        *inner.extensions_mut() = req.extensions;
        inner.extensions_mut().insert(raw);
        inner.extensions_mut().insert(operation);
        let answer = self.operations.call(inner).await.map_err(|error| {
            tracing::error!(?error, operation = operation.name, "an operation has no answer");
            s3_error!(
                InternalError,
                "We encountered an internal error. Please try again."
            )
        })?;
        let mut answer = passed_on(answer);
        // s3s has one status for it.
        if operation.name == "HeadObject"
            && answer.status == Some(StatusCode::OK)
            && answer.headers.contains_key(header::CONTENT_RANGE)
        {
            answer.status = Some(StatusCode::PARTIAL_CONTENT);
        }
        // The one document whose ETag has no quotes.
        if operation.name == "GetObjectAttributes"
            && let Some(document) = answer.output.bytes()
        {
            let document = String::from_utf8_lossy(&document);
            let plain = document
                .replace("<ETag>\"", "<ETag>")
                .replace("\"</ETag>", "</ETag>");
            answer.output = Body::from(plain);
        }
        Ok(answer)
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
fn named(uri: &Uri) -> S3Result<(Target, String, String)> {
    // The first stage has read the path already.
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

fn with_query(uri: &Uri, query: &str) -> S3Result<Uri> {
    let path = uri.path();
    let target = if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    };
    target.parse().map_err(s3s::S3Error::internal_error)
}

/// The second stage has nobody's secret: what comes to it has been verified.
pub(super) struct NoSecrets;

#[async_trait::async_trait]
impl S3Auth for NoSecrets {
    async fn get_secret_key(&self, _: &str) -> S3Result<SecretKey> {
        Err(access::denied())
    }
}

/// Refuses unless `s3s` chose the operation that the gate chose. It would be a fault of the table, not of the request.
pub(crate) fn agree(cx: &mut S3AccessContext<'_>) -> S3Result<()> {
    let name = cx.s3_op().name().to_owned();
    let chosen = cx.extensions_mut().get::<&'static Operation>();
    if chosen.is_some_and(|operation| operation.name == name) {
        return Ok(());
    }
    tracing::error!(?chosen, name, "the table and s3s choose another operation");
    Err(s3_error!(
        NotImplemented,
        "This store does not offer the operation"
    ))
}
