//! The region in a signature's scope.

use http::{HeaderMap, Uri};
use s3s::region::Region;
use s3s::{Body, S3Error, S3Result};

use super::answer;
use super::operations::{Operation, Target};
use crate::config::CLASSIC_REGION;
use crate::keys::signed;
use crate::meta::Meta;

/// The region that a signature of version 4 names, whether it is right or not.
fn scope(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let credential = match signed::query_value(uri, "X-Amz-Credential") {
        Some(credential) => credential,
        None => headers
            .get(http::header::AUTHORIZATION)?
            .to_str()
            .ok()?
            .strip_prefix("AWS4-HMAC-SHA256")?
            .split(',')
            .find_map(|field| field.trim().strip_prefix("Credential="))?
            .to_owned(),
    };
    // Access key, date, region, service, end; the key may contain slashes.
    credential.rsplit('/').nth(2).map(ToOwned::to_owned)
}

/// The answer to a scope that `s3s` would take for no region at all. Clients that guess learn from it what to name.
pub(super) fn refuse_unreadable(uri: &Uri, headers: &HeaderMap, own: &str) -> Option<http::Response<Body>> {
    let named = scope(uri, headers)?;
    Region::new(named.as_str().into())
        .is_err()
        .then(|| wrong(uri, &named, own))
}

/// Regions as the gate sees them.
pub(super) struct Regions {
    pub(super) meta: Meta,
    /// The store's own.
    pub(super) own: String,
}

impl Regions {
    /// The region that the scope should have named, unless it may name the one that it does.
    pub(super) async fn expected(
        &self,
        scope: &str,
        operation: &Operation,
        bucket: &str,
    ) -> S3Result<Option<String>> {
        if scope == CLASSIC_REGION {
            return Ok(None);
        }
        let of = |bucket: crate::meta::records::Bucket| bucket.region.unwrap_or_else(|| self.own.clone());
        let expected = match operation.target {
            Target::Service => {
                let buckets = self.meta.buckets().await.map_err(S3Error::internal_error)?;
                let known = scope == self.own || buckets.into_iter().map(of).any(|region| region == scope);
                (!known).then(|| self.own.clone())
            }
            // Where there is no bucket, no region is wrong.
            Target::Bucket | Target::Object => self
                .meta
                .bucket(bucket)
                .await
                .map_err(S3Error::internal_error)?
                .map(of)
                .filter(|region| region != scope),
        };
        Ok(expected)
    }
}

/// As AWS says it: clients read the region and try again.
pub(super) fn wrong(uri: &Uri, named: &str, expected: &str) -> http::Response<Body> {
    let (code, what) = if signed::query_value(uri, "X-Amz-Credential").is_some() {
        (
            "AuthorizationQueryParametersError",
            "Error parsing the X-Amz-Credential parameter",
        )
    } else {
        (
            "AuthorizationHeaderMalformed",
            "The authorization header is malformed",
        )
    };
    answer::error(
        http::StatusCode::BAD_REQUEST,
        code,
        &format!("{what}; the region '{named}' is wrong; expecting '{expected}'"),
        &[("Region", expected)],
    )
}
