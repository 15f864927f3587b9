//! Those who call: nobody in particular, a script with a token, a browser with a cookie.

use app::{contract::UserId, features::auth::types::TokenResponse};
use axum::{Router, body::Body, extract::ConnectInfo};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::{net::SocketAddr, sync::Mutex};
use tower::ServiceExt;

use super::{Answer, Form};

/// Sends requests into the router, with headers that go along each time.
#[derive(Clone)]
pub(crate) struct Client {
    router: Router,
    headers: HeaderMap,
    peer: Option<SocketAddr>,
}

impl Client {
    pub(crate) fn new(router: Router) -> Self {
        Self {
            router,
            headers: HeaderMap::new(),
            peer: None,
        }
    }

    /// Connected from this address.
    #[must_use]
    pub(crate) fn from(mut self, address: &str) -> Self {
        self.peer = Some(SocketAddr::new(address.parse().unwrap(), 50_000));
        self
    }

    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        let value = HeaderValue::from_str(value.as_ref()).unwrap();
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    #[must_use]
    pub(crate) fn bearer(self, token: &str) -> Self {
        self.with("authorization", format!("Bearer {token}"))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, Body::empty(), None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.request(
            Method::POST,
            path,
            body.to_string().into(),
            Some("application/json"),
        )
        .await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        let body = body.to_string().into();
        self.request(Method::PATCH, path, body, Some("application/json"))
            .await
    }

    pub(crate) async fn delete_json(&self, path: &str, body: Value) -> Answer {
        self.request(
            Method::DELETE,
            path,
            body.to_string().into(),
            Some("application/json"),
        )
        .await
    }

    /// `body` is encoded already: `username=ada&password=…`.
    pub(crate) async fn form(&self, path: &str, body: &str) -> Answer {
        let kind = Some("application/x-www-form-urlencoded");
        let sized = self.clone().with("content-length", body.len().to_string());
        sized
            .request(Method::POST, path, body.to_owned().into(), kind)
            .await
    }

    pub(crate) async fn request(
        &self,
        method: Method,
        path: &str,
        body: Body,
        content_type: Option<&str>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !self.headers.contains_key(header::HOST) {
            request = request.header(header::HOST, "127.0.0.1:8000");
        }
        if let Some(kind) = content_type {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        self.send(request.body(body).unwrap()).await
    }

    /// A form as curl would send it.
    pub(crate) async fn post_form(&self, path: &str, form: Form) -> Answer {
        let kind = Form::content_type();
        self.request(Method::POST, path, form.bytes().into(), Some(&kind))
            .await
    }

    /// For requests that no helper makes.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        Answer::read(self.begin(request).await).await
    }

    /// An answer whose body comes as long as it is read.
    pub(crate) async fn open(&self, path: &str) -> Response<Body> {
        let mut request = Request::get(path).header(header::HOST, "127.0.0.1:8000");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        self.begin(request.body(Body::empty()).unwrap()).await
    }

    async fn begin(&self, mut request: Request<Body>) -> Response<Body> {
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        self.router.clone().oneshot(request).await.unwrap()
    }
}

/// A script of one person: every request carries their access token.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) id: UserId,
    pub(crate) username: String,
    pub(crate) tokens: TokenResponse,
    pub(crate) client: Client,
}

impl User {
    /// A whole key of this user's: `users/<uuid>/<path>`.
    pub(crate) fn key(&self, path: &str) -> String {
        format!("users/{}/{path}", self.id)
    }

    /// The same, as it stands in a query string.
    pub(crate) fn query_key(&self, path: &str) -> String {
        utf8_percent_encode(&self.key(path), NON_ALPHANUMERIC).to_string()
    }

    /// Stores a small file through the server and answers its whole key.
    pub(crate) async fn upload(&self, path: &str, content_type: &str, bytes: &[u8]) -> String {
        let key = self.key(path);
        let form = Form::new().file("file", content_type, bytes).text("key", &key);
        let answer = self.client.post_form("/api/s3/upload", form).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        key
    }
}

impl std::ops::Deref for User {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// Keeps the cookies that it is given and sends them back, as same-origin requests of a page do.
pub(crate) struct Browser {
    client: Client,
    cookie: Mutex<Option<String>>,
}

impl Browser {
    pub(crate) fn new(router: Router) -> Self {
        Self {
            client: Client::new(router).with("sec-fetch-site", "same-origin"),
            cookie: Mutex::new(None),
        }
    }

    /// `name=value` of the cookie that the browser holds.
    pub(crate) fn cookie(&self) -> Option<String> {
        self.cookie.lock().unwrap().clone()
    }

    /// The same cookie, in hands that set other headers.
    pub(crate) fn stolen_by(&self, client: Client) -> Client {
        client.with("cookie", self.cookie().expect("a cookie to steal"))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let client = self.client();
        self.keep(client.get(path).await)
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        let client = self.client();
        self.keep(client.post(path, body).await)
    }

    pub(crate) async fn form(&self, path: &str, body: &str) -> Answer {
        let client = self.client();
        self.keep(client.form(path, body).await)
    }

    fn client(&self) -> Client {
        match self.cookie() {
            Some(cookie) => self.client.clone().with("cookie", cookie),
            None => self.client.clone(),
        }
    }

    fn keep(&self, answer: Answer) -> Answer {
        if let Some(set) = answer.header("set-cookie") {
            let pair = set.split(';').next().unwrap().to_owned();
            let removed = set.contains("Max-Age=0") || pair.ends_with('=');
            *self.cookie.lock().unwrap() = (!removed).then_some(pair);
        }
        answer
    }
}
