//! The browser's client of the REST API. Scripts use the same API; the browser authenticates by the session cookie.

mod error;
mod throttle;

pub use error::CallError;
pub use throttle::{Allowance, retry_when_throttled};

use gloo_net::http::{Headers, Request, RequestBuilder, Response};
use leptos::web_sys::{AbortSignal, RequestCache};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    contract::{ApiError, CONTINUATION_TOKEN_HEADER},
    routes,
};

#[derive(Clone, Debug)]
pub struct Answer<T> {
    pub body: T,
    /// Absent where requests are not limited.
    pub allowance: Option<Allowance>,
    /// The token of the next page, where the body is a bare array.
    pub continuation_token: Option<String>,
}

/// Aborting the signal ends the call with [`CallError::Unreachable`].
pub async fn get<T: DeserializeOwned>(
    path: &str,
    query: &impl Serialize,
    abort: Option<&AbortSignal>,
) -> Result<Answer<T>, CallError> {
    let query = query_string(query).ok_or(CallError::Unreadable { status: 0 })?;
    let url = match query.as_str() {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    };
    let request = prepared(Request::get(&url), abort).build();
    let response = send(request).await?;
    Ok(Answer {
        allowance: Allowance::of(&response.headers()),
        continuation_token: response.headers().get(CONTINUATION_TOKEN_HEADER),
        body: read(response).await?,
    })
}

/// As [`get`], with a JSON body.
pub async fn post<T: DeserializeOwned>(
    path: &str,
    body: &impl Serialize,
    abort: Option<&AbortSignal>,
) -> Result<T, CallError> {
    read(send(prepared(Request::post(path), abort).json(body)).await?).await
}

/// As [`post`].
pub async fn patch<T: DeserializeOwned>(
    path: &str,
    body: &impl Serialize,
    abort: Option<&AbortSignal>,
) -> Result<T, CallError> {
    read(send(prepared(Request::patch(path), abort).json(body)).await?).await
}

/// As [`post`].
pub async fn delete<T: DeserializeOwned>(
    path: &str,
    body: &impl Serialize,
    abort: Option<&AbortSignal>,
) -> Result<T, CallError> {
    read(send(prepared(Request::delete(path), abort).json(body)).await?).await
}

/// Whether the site answers at all. It needs no session, and counts against no limit.
pub async fn is_site_reachable() -> bool {
    let request = prepared(Request::get(routes::HEALTH), None).cache(RequestCache::NoStore);
    send(request.build()).await.is_ok()
}

/// Signs in again, within the page. A wrong password is [`CallError::SignedOut`].
pub async fn sign_in(username: &str, password: &str) -> Result<(), CallError> {
    let form = routes::Query::default()
        .with("username", username)
        .with("password", password);
    let request = prepared(Request::post(routes::SIGN_IN), None)
        .header("Accept", "application/json")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(form.to_string());
    send(request).await.map(|_| ())
}

/// A query type as it stands after the `?`. `None` if the type is not a flat set of fields.
#[must_use]
pub fn query_string(query: &impl Serialize) -> Option<String> {
    serde_urlencoded::to_string(query).ok()
}

/// The header shows the server that the request is not a form on another site.
fn prepared(request: RequestBuilder, abort: Option<&AbortSignal>) -> RequestBuilder {
    request.header("X-Requested-With", "forepeak").abort_signal(abort)
}

async fn send(request: Result<Request, gloo_net::Error>) -> Result<Response, CallError> {
    let request = request.map_err(|_| CallError::Unreadable { status: 0 })?;
    let response = request.send().await.map_err(|_| CallError::Unreachable)?;
    if response.ok() {
        return Ok(response);
    }
    let retry_after = number(&response.headers(), "Retry-After");
    let error = response.json::<ApiError>().await.ok();
    Err(CallError::of_answer(response.status(), error, retry_after))
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, CallError> {
    let status = response.status();
    response
        .json()
        .await
        .map_err(|_| CallError::Unreadable { status })
}

fn number<N: std::str::FromStr>(headers: &Headers, name: &str) -> Option<N> {
    headers.get(name)?.parse().ok()
}

/// Makes a future that runs in the browser's one thread `Send`.
///
/// # Errors
/// Those of the future; [`CallError::Cancelled`] if the future is dropped before its end.
pub fn detached<T: Send + 'static>(
    future: impl Future<Output = Result<T, CallError>> + 'static,
) -> impl Future<Output = Result<T, CallError>> + Send {
    let (done, result) = futures::channel::oneshot::channel();
    leptos::task::spawn_local(async move {
        // Refused once the page has changed and nothing waits for the result.
        let _ = done.send(future.await);
    });
    async move { result.await.unwrap_or(Err(CallError::Cancelled)) }
}
