//! Asks storage for one key of the bucket, and looks at what comes back: whether it is S3's, and what time it is there.

use std::sync::{Arc, Mutex, PoisonError};

use app::contract::BucketName;
use aws_sdk_s3::{
    config::{http::HttpResponse, retry::RetryConfig},
    error::{ProvideErrorMetadata, SdkError},
    operation::list_objects_v2::ListObjectsV2Error,
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::BeforeDeserializationInterceptorContextRef},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{
    config_bag::ConfigBag,
    date_time::{DateTime, Format},
};

use super::S3Store;
use crate::platform::{
    clock::{Clock, SystemClock},
    error_text::{in_one_line, root_cause},
    object_store::{Probe, ProbeError},
    tls_failure::TlsFailure,
};

impl S3Store {
    /// Whether the bucket can be reached with our credentials, or what is in the way. A listing rather than a HEAD: a
    /// HEAD has no body, so any web server would pass, and a refusal would not say why.
    #[tracing::instrument(level = "debug", name = "s3.probe", skip_all, fields(%bucket))]
    pub async fn probe(&self, bucket: &BucketName) -> Result<Probe, ProbeError> {
        let date = DateHeader::default();
        let once = aws_sdk_s3::config::Builder::new().retry_config(RetryConfig::disabled());
        let listed = self
            .client
            .list_objects_v2()
            .bucket(bucket.as_str())
            .max_keys(1)
            .customize()
            .interceptor(date.clone())
            .config_override(once)
            .send()
            .await;
        match listed {
            Ok(listed) if listed.name() == Some(bucket.as_str()) => Ok(Probe {
                // The SDK signs by the machine's clock, whatever clock the rest of the program is given.
                clock_ahead: date
                    .unix()
                    .map(|theirs| SystemClock.now().unix_timestamp() - theirs),
            }),
            Ok(_) => Err(ProbeError::NotStorage("it lists another bucket".to_owned())),
            Err(error) => Err(failure(&error)),
        }
    }
}

fn failure(error: &SdkError<ListObjectsV2Error, HttpResponse>) -> ProbeError {
    match error {
        SdkError::ServiceError(service) => refusal(service.err(), service.raw()),
        SdkError::ResponseError(response) => not_storage(response.raw().status().as_u16()),
        error => no_answer(error),
    }
}

/// By S3's codes (<https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>).
fn refusal(error: &ListObjectsV2Error, raw: &HttpResponse) -> ProbeError {
    let status = raw.status().as_u16();
    let Some(code) = error.code() else {
        return if status >= 500 {
            ProbeError::Failing(format!("status {status}"))
        } else {
            not_storage(status)
        };
    };
    match code {
        "NoSuchBucket" => ProbeError::NoSuchBucket,
        "InvalidAccessKeyId" | "InvalidClientTokenId" => ProbeError::UnknownKey,
        "SignatureDoesNotMatch" => ProbeError::WrongSecret,
        "RequestTimeTooSkewed" | "RequestExpired" => ProbeError::Clock,
        "AuthorizationHeaderMalformed" | "PermanentRedirect" | "AuthorizationQueryParametersError" => {
            let region = raw.headers().get("x-amz-bucket-region").map(str::to_owned);
            ProbeError::WrongRegion(region)
        }
        _ if status >= 500 => ProbeError::Failing(format!("status {status}, {code}")),
        code => ProbeError::Denied(code.to_owned()),
    }
}

fn not_storage(status: u16) -> ProbeError {
    ProbeError::NotStorage(format!("its answer, of status {status}, is not S3's"))
}

/// The SDK's connector and rustls tell their failures apart by words alone.
fn no_answer(error: &SdkError<ListObjectsV2Error, HttpResponse>) -> ProbeError {
    let text = in_one_line(error);
    let has = |words: &[&str]| words.iter().any(|words| text.contains(words));
    if has(&["credential", "no providers in chain"]) {
        ProbeError::NoCredentials
    } else if TlsFailure::of_text(&text) == Some(TlsFailure::NoTls) || text.contains("HandshakeNotComplete") {
        ProbeError::NoTls
    } else if text.contains("invalid peer certificate") {
        ProbeError::Certificate(root_cause(error))
    } else if has(&["timeout", "timed out"]) {
        ProbeError::Unreachable("no answer in time".to_owned())
    } else {
        ProbeError::Unreachable(root_cause(error))
    }
}

/// Keeps the `Date` of the answer, be it a success or not.
#[derive(Clone, Debug, Default)]
struct DateHeader(Arc<Mutex<Option<String>>>);

impl DateHeader {
    fn unix(&self) -> Option<i64> {
        let date = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let date = DateTime::from_str(date.as_deref()?, Format::HttpDate);
        date.ok().map(|date| date.secs())
    }
}

impl Intercept for DateHeader {
    fn name(&self) -> &'static str {
        "DateHeader"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date").map(str::to_owned);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = date;
        Ok(())
    }
}
