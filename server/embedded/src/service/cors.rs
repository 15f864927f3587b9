//! A bucket's own CORS rules.

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::{Service, error};
use crate::cors::Rule;

const METHODS: [&str; 5] = ["GET", "PUT", "POST", "DELETE", "HEAD"];

pub(super) async fn get(
    service: &Service,
    req: S3Request<GetBucketCorsInput>,
) -> S3Result<S3Response<GetBucketCorsOutput>> {
    let bucket = service.bucket(&req.input.bucket).await?;
    let Some(text) = bucket.cors else {
        return Err(s3_error!(
            NoSuchCORSConfiguration,
            "The CORS configuration does not exist"
        ));
    };
    let rules: Vec<Rule> = serde_json::from_str(&text).map_err(s3s::S3Error::internal_error)?;
    let rules = rules
        .into_iter()
        .map(|rule| CORSRule {
            allowed_headers: (!rule.headers.is_empty()).then_some(rule.headers),
            allowed_methods: rule.methods,
            allowed_origins: rule.origins,
            expose_headers: rule.expose.filter(|names| !names.is_empty()),
            id: rule.id,
            max_age_seconds: rule.max_age.and_then(|seconds| i32::try_from(seconds).ok()),
        })
        .collect();
    Ok(S3Response::new(GetBucketCorsOutput {
        cors_rules: Some(rules),
    }))
}

pub(super) async fn put(
    service: &Service,
    req: S3Request<PutBucketCorsInput>,
) -> S3Result<S3Response<PutBucketCorsOutput>> {
    let rules = req.input.cors_configuration.cors_rules;
    if rules.is_empty() || rules.len() > 100 {
        return Err(s3_error!(MalformedXML, "A CORS configuration has 1 to 100 rules"));
    }
    let rules = rules.into_iter().map(rule).collect::<S3Result<Vec<_>>>()?;
    let text = serde_json::to_string(&rules).map_err(s3s::S3Error::internal_error)?;
    service
        .meta
        .set_cors(req.input.bucket, Some(text))
        .await
        .map_err(error::respond)?;
    Ok(S3Response::new(PutBucketCorsOutput::default()))
}

pub(super) async fn delete(
    service: &Service,
    req: S3Request<DeleteBucketCorsInput>,
) -> S3Result<S3Response<DeleteBucketCorsOutput>> {
    service
        .meta
        .set_cors(req.input.bucket, None)
        .await
        .map_err(error::respond)?;
    Ok(S3Response::with_status(
        DeleteBucketCorsOutput::default(),
        http::StatusCode::NO_CONTENT,
    ))
}

fn rule(rule: CORSRule) -> S3Result<Rule> {
    if let Some(method) = rule
        .allowed_methods
        .iter()
        .find(|method| !METHODS.contains(&method.as_str()))
    {
        return Err(s3_error!(
            InvalidRequest,
            "Found unsupported HTTP method in CORS config: {method}"
        ));
    }
    let headers = rule.allowed_headers.unwrap_or_default();
    for pattern in rule.allowed_origins.iter().chain(&headers) {
        if pattern.matches('*').count() > 1 {
            return Err(s3_error!(
                InvalidRequest,
                "{pattern:?} can not have more than one wildcard."
            ));
        }
    }
    if rule.allowed_methods.is_empty() || rule.allowed_origins.is_empty() {
        return Err(s3_error!(
            MalformedXML,
            "A CORS rule names at least one method and one origin"
        ));
    }
    Ok(Rule {
        id: rule.id,
        origins: rule.allowed_origins,
        methods: rule.allowed_methods,
        headers,
        expose: Some(rule.expose_headers.unwrap_or_default()),
        max_age: rule
            .max_age_seconds
            .and_then(|seconds| u32::try_from(seconds).ok()),
    })
}
