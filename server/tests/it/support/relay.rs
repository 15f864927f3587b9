//! What the proxies between the application and its storage share: a port of their own, passing requests on, refusals.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    response::Response,
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, response};
use tokio::{net::TcpListener, task::AbortHandle};

/// A proxy that listens until this is dropped.
pub(super) struct Proxy {
    pub(super) endpoint: String,
    serving: AbortHandle,
}

impl Proxy {
    pub(super) async fn start(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            endpoint,
            serving: serving.abort_handle(),
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The storage that requests are passed on to.
pub(super) struct Target {
    endpoint: String,
    http: reqwest::Client,
}

/// Storage's answer, which the proxy has read to its end.
pub(super) struct Answer {
    status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Target {
    pub(super) fn new(endpoint: &str) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            http: reqwest::Client::new(),
        }
    }

    /// The host that was signed goes along.
    pub(super) async fn answer(&self, request: Request) -> Answer {
        let (parts, body) = request.into_parts();
        let url = format!("{}{}", self.endpoint, parts.uri.path_and_query().unwrap());
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let answer = self
            .http
            .request(parts.method, url)
            .headers(parts.headers)
            .body(body)
            .send()
            .await
            .unwrap();
        Answer {
            status: answer.status(),
            headers: answer.headers().clone(),
            body: answer.bytes().await.unwrap(),
        }
    }
}

impl Answer {
    /// Status and headers, without these.
    pub(super) fn head(&self, left_out: &[&str]) -> response::Builder {
        const FRAMING: [&str; 2] = ["transfer-encoding", "connection"];
        let mut head = Response::builder().status(self.status);
        for (name, value) in &self.headers {
            if !FRAMING.contains(&name.as_str()) && !left_out.contains(&name.as_str()) {
                head = head.header(name, value);
            }
        }
        head
    }
}

/// An error in the way of S3.
pub(super) fn refusal(status: u16, code: &str) -> Response {
    Response::builder()
        .status(status)
        .header("content-type", "application/xml")
        .body(Body::from(format!(
            "<Error><Code>{code}</Code><Message>By the proxy of the tests</Message></Error>"
        )))
        .unwrap()
}
