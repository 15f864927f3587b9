//! Requests that no SDK would make, signed by version 4.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use http::{HeaderMap, Method, StatusCode};

/// Signs and sends requests as one key, to one endpoint.
#[derive(Clone)]
pub(crate) struct RawClient {
    pub(crate) endpoint: String,
    id: String,
    secret: String,
    region: String,
    http: reqwest::Client,
}

/// An answer, its body read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) async fn read(answer: reqwest::Response) -> Self {
        Self {
            status: answer.status(),
            headers: answer.headers().clone(),
            body: answer.text().await.unwrap(),
        }
    }

    /// The text of the first element of this name.
    pub(crate) fn element(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.body.split_once(&format!("<{name}>"))?;
        Some(rest.split_once(&format!("</{name}>"))?.0)
    }

    /// The error's code, or the status where there is none.
    pub(crate) fn code(&self) -> String {
        match self.element("Code") {
            Some(code) if !self.status.is_success() => code.to_owned(),
            _ => self.status.as_u16().to_string(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl RawClient {
    pub(crate) fn new(endpoint: &str, id: &str, secret: &str) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            id: id.to_owned(),
            secret: secret.to_owned(),
            region: "us-east-1".to_owned(),
            http: reqwest::Client::new(),
        }
    }

    pub(crate) fn in_region(&self, region: &str) -> Self {
        Self {
            region: region.to_owned(),
            ..self.clone()
        }
    }

    /// Sends a request for a path and query that are encoded already; all headers are signed.
    pub(crate) async fn send(
        &self,
        method: Method,
        target: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let url = format!("{}{target}", self.endpoint);
        let identity = Credentials::new(&self.id, &self.secret, None, None, "test").into();
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(now())
            .settings(settings)
            .build()
            .unwrap();
        let mut all = headers.to_vec();
        let payload = match headers.iter().find(|(name, _)| *name == "x-amz-content-sha256") {
            Some((_, kind)) => SignableBody::Precomputed((*kind).to_owned()),
            None => {
                all.push(("x-amz-content-sha256", "UNSIGNED-PAYLOAD"));
                SignableBody::UnsignedPayload
            }
        };
        let signable = SignableRequest::new(method.as_str(), &url, all.iter().copied(), payload);
        let (instructions, _) = sign(signable.unwrap(), &params.into()).unwrap().into_parts();
        let mut request = self.http.request(method, &url);
        for (name, value) in all {
            request = request.header(name, value);
        }
        for (name, value) in instructions.headers() {
            request = request.header(name, value);
        }
        Answer::read(request.body(body.into()).send().await.unwrap()).await
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the signature is judged by the system's clock"
)]
fn now() -> SystemTime {
    SystemTime::now()
}
