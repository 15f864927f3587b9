//! The second stage: `s3s` reads the input of an operation, calls it and writes its answer.

use std::ops::RangeInclusive;

use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use s3s::auth::{S3Auth, SecretKey};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, S3Error, S3Result, TrailingHeaders, s3_error};

use super::operations::Operation;
use super::query::Query;
use super::rewrite;
use crate::Store;
use crate::keys::access::{Access, Caller, denied};
use crate::service::Service;
use crate::service::raw::RawRequest;

/// A request that may be carried out.
pub(super) struct Prepared {
    pub(super) caller: Caller,
    pub(super) operation: &'static Operation,
    pub(super) method: Method,
    /// Encoded.
    pub(super) path: String,
    pub(super) query: Query,
    pub(super) headers: HeaderMap,
    /// The region in the signature's scope.
    pub(super) region: Option<String>,
    pub(super) trailers: Option<TrailingHeaders>,
    /// How long the body may be.
    pub(super) length: RangeInclusive<u64>,
    pub(super) body: Body,
}

/// Carries operations out.
#[derive(Clone)]
pub(super) struct Operations(S3Service);

impl Operations {
    pub(super) fn new(store: &Store) -> Self {
        let mut builder = S3ServiceBuilder::new(Service::new(store));
        // Its access control runs only where there is authentication.
        builder.set_auth(NoSecrets);
        builder.set_access(Access);
        Self(builder.build())
    }

    pub(super) async fn carry_out(&self, prepared: Prepared) -> S3Result<Response<Body>> {
        let Prepared {
            caller,
            operation,
            method,
            path,
            query,
            mut headers,
            region,
            trailers,
            length,
            body,
        } = prepared;
        // The service reads it, because s3s would have a date.
        let passed = query.encode(|name| operation.takes(name) && name != "response-expires");
        let raw = RawRequest {
            headers: headers.clone(),
            query,
            region,
            trailers,
            length,
        };
        rewrite::narrow(&mut headers);
        let target = if passed.is_empty() {
            path
        } else {
            format!("{path}?{passed}")
        };
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = target.parse().map_err(S3Error::internal_error)?;
        *request.headers_mut() = headers;
        request.extensions_mut().insert(caller);
        request.extensions_mut().insert(raw);
        request.extensions_mut().insert(operation);
        let answer = self.0.call(request).await.map_err(|error| {
            tracing::error!(?error, operation = operation.name, "an operation has no answer");
            s3_error!(
                InternalError,
                "We encountered an internal error. Please try again."
            )
        })?;
        Ok(finish(operation, answer))
    }
}

/// What `s3s` writes otherwise than S3.
fn finish(operation: &Operation, mut answer: Response<Body>) -> Response<Body> {
    match operation.name {
        // It has one status for the whole and a part.
        "HeadObject"
            if answer.status() == StatusCode::OK && answer.headers().contains_key(header::CONTENT_RANGE) =>
        {
            *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        // The one document whose ETag has no quotes.
        "GetObjectAttributes" => {
            if let Some(document) = answer.body().bytes() {
                let document = String::from_utf8_lossy(&document);
                let plain = document
                    .replace("<ETag>\"", "<ETag>")
                    .replace("\"</ETag>", "</ETag>");
                *answer.body_mut() = Body::from(plain);
            }
        }
        _ => {}
    }
    answer
}

/// The second stage has nobody's secret: what comes to it has been verified.
struct NoSecrets;

#[async_trait::async_trait]
impl S3Auth for NoSecrets {
    async fn get_secret_key(&self, _: &str) -> S3Result<SecretKey> {
        Err(denied())
    }
}

#[cfg(test)]
mod tests {
    use super::super::operations::{Content, OPERATIONS, Target};
    use super::*;
    use crate::{Config, Store};
    use std::sync::Arc;

    /// What `agree` would refuse at every request for the operation.
    #[tokio::test]
    async fn s3s_chooses_the_operations_of_the_table() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(Config::new(dir.path())).await.unwrap();
        let operations = Operations::new(&store);
        let caller = Caller(Arc::new(store.root_key().clone()));
        for operation in OPERATIONS.iter().filter(|row| row.fixed.is_none()) {
            let path = match operation.target {
                Target::Service => "/",
                Target::Bucket => "/b-b",
                Target::Object => "/b-b/k",
            };
            let (query, headers) = operation.example();
            let prepared = Prepared {
                caller: caller.clone(),
                operation,
                method: operation.method.into(),
                path: path.to_owned(),
                query: Query::parse(Some(&query)).unwrap(),
                headers,
                region: None,
                trailers: None,
                length: 0..=u64::MAX,
                body: match operation.content {
                    // Any document will do: it is read after the operation has been chosen.
                    Content::Xml(_) => Body::from("<a/>".to_owned()),
                    Content::None | Content::Bytes => Body::empty(),
                },
            };
            let answer = operations.carry_out(prepared).await.unwrap();
            assert_ne!(answer.status(), StatusCode::NOT_IMPLEMENTED, "{}", operation.name);
        }
    }
}
