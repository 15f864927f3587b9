//! Servers to test against and clients to test with.

pub(crate) mod ports;
pub(crate) mod raw;
pub(crate) mod seaweed;
pub(crate) mod store;
pub(crate) mod tools;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

/// A client of path-style addresses without retries.
pub(crate) fn client(endpoint: &str, id: &str, secret: &str, token: Option<&str>) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new(
            id,
            secret,
            token.map(ToOwned::to_owned),
            None,
            "test",
        ))
        .force_path_style(true)
        .retry_config(RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}

/// The S3 error code of a refused call; `ok` when it was not refused. An answer without a body (HEAD,
/// 304) gives its status.
pub(crate) fn code<T, E>(outcome: &Result<T, SdkError<E>>) -> String
where
    E: ProvideErrorMetadata + std::fmt::Debug,
{
    match outcome {
        Ok(_) => "ok".to_owned(),
        Err(error) => match error.as_service_error().and_then(ProvideErrorMetadata::code) {
            Some(code) if code != "NotFound" => code.to_owned(),
            _ => error.raw_response().map_or_else(
                || format!("no answer: {error:?}"),
                |raw| raw.status().as_u16().to_string(),
            ),
        },
    }
}

/// Reproducible bytes that do not repeat within a buffer.
pub(crate) fn bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut out = Vec::with_capacity(len + 8);
    while out.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.extend_from_slice(&state.to_le_bytes());
    }
    out.truncate(len);
    out
}
