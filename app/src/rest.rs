//! The browser's way to the REST API: the one that scripts use, with the session cookie.

use gloo_net::http::{Request, RequestBuilder, Response};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    contract::{ApiError, ErrorCode},
    features::files::types::CONTINUATION_TOKEN_HEADER,
    routes::Query,
};

/// Why there is no answer to show, in words for the reader.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Failure {
    #[error("The server cannot be reached. Check your connection.")]
    Unreachable,
    #[error("You have been signed out.")]
    SignedOut,
    /// Seconds to wait before asking again.
    #[error("Too many requests. Going on in {0} seconds.")]
    Throttled(u32),
    #[error("{0}")]
    Refused(ApiError),
    #[error("The server's answer could not be read.")]
    Unreadable,
    /// The page has moved on; there is nobody to tell.
    #[error("Cancelled.")]
    Cancelled,
}

impl Failure {
    /// Whether the thing asked for does not exist.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Refused(error) if error.code == ErrorCode::ResourceNotFound)
    }
}

/// How many requests the server still grants, from its `X-RateLimit` headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    pub remaining: u32,
    /// When it is granted anew, in seconds of the Unix epoch.
    pub reset: i64,
}

#[derive(Clone, Debug)]
pub struct Answer<T> {
    pub body: T,
    /// Absent where requests are not limited.
    pub allowance: Option<Allowance>,
    /// Of answers that are bare arrays: there is more.
    pub continuation_token: Option<String>,
}

/// # Errors
/// [`Failure`]
pub async fn get<T: DeserializeOwned>(path: &str, query: &Query) -> Result<Answer<T>, Failure> {
    let url = if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    };
    read(Request::get(&url).send().await).await
}

/// # Errors
/// [`Failure`]
pub async fn post<T: DeserializeOwned>(path: &str, body: &impl Serialize) -> Result<T, Failure> {
    send(Request::post(path), body).await
}

/// # Errors
/// [`Failure`]
pub async fn delete<T: DeserializeOwned>(path: &str, body: &impl Serialize) -> Result<T, Failure> {
    send(Request::delete(path), body).await
}

async fn send<T: DeserializeOwned>(request: RequestBuilder, body: &impl Serialize) -> Result<T, Failure> {
    let request = request.json(body).map_err(|_| Failure::Unreadable)?;
    read(request.send().await).await.map(|answer| answer.body)
}

async fn read<T: DeserializeOwned>(sent: Result<Response, gloo_net::Error>) -> Result<Answer<T>, Failure> {
    let response = sent.map_err(|_| Failure::Unreachable)?;
    let number = |name: &str| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.parse::<i64>().ok())
    };
    if !response.ok() {
        let refusal = response.json::<ApiError>().await;
        return Err(match response.status() {
            401 => Failure::SignedOut,
            429 => Failure::Throttled(
                number("Retry-After")
                    .and_then(|n| u32::try_from(n).ok())
                    .unwrap_or(10),
            ),
            _ => refusal.map_or(Failure::Unreadable, Failure::Refused),
        });
    }
    let allowance = number("X-RateLimit-Remaining")
        .and_then(|n| u32::try_from(n).ok())
        .zip(number("X-RateLimit-Reset"))
        .map(|(remaining, reset)| Allowance { remaining, reset });
    let continuation_token = response.headers().get(CONTINUATION_TOKEN_HEADER);
    let body = response.json().await.map_err(|_| Failure::Unreadable)?;
    Ok(Answer {
        body,
        allowance,
        continuation_token,
    })
}

/// Lets a future that lives in the browser's one thread be awaited where `Send` is asked for.
///
/// # Errors
/// Those of the future; [`Failure::Cancelled`] if it is dropped half way.
pub fn detached<T: Send + 'static>(
    future: impl Future<Output = Result<T, Failure>> + 'static,
) -> impl Future<Output = Result<T, Failure>> + Send {
    let (done, result) = futures::channel::oneshot::channel();
    leptos::task::spawn_local(async move {
        // Nobody waits any more: the page has moved on.
        let _ = done.send(future.await);
    });
    async move { result.await.unwrap_or(Err(Failure::Cancelled)) }
}
