//! A request's headers and query as they came, and what came behind its body.

use std::ops::RangeInclusive;

use http::HeaderMap;
use s3s::{S3Request, S3Result, TrailingHeaders, s3_error};

use crate::protocol::Query;

/// An extension of every request that reaches an operation. `s3s` reads some headers more narrowly than S3 does;
/// those are taken from here.
#[derive(Debug, Clone)]
pub(crate) struct RawRequest {
    pub(crate) headers: HeaderMap,
    pub(crate) query: Query,
    /// The region in the signature's scope; version 2 has none.
    pub(crate) region: Option<String>,
    pub(crate) trailers: Option<TrailingHeaders>,
    /// How long the body may be.
    pub(crate) length: RangeInclusive<u64>,
}

impl RawRequest {
    pub(super) fn of<T>(req: &S3Request<T>) -> S3Result<&Self> {
        // The gate puts it there.
        req.extensions.get().ok_or_else(|| s3_error!(InternalError))
    }
}
