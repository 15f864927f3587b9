//! The engine's API calls, with the session cookie.

use gloo_net::http::{Request as Http, RequestBuilder, Response};
use leptos::web_sys::AbortSignal;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    contract::{ApiError, BucketName, ErrorCode},
    features::{
        files::types::{CreateFolderRequest, ObjectPage},
        uploads::{
            engine::{Answer, CallError, Request},
            types::{UnfinishedUploadsResponse, UploadRef},
        },
    },
    routes::Query,
};

const API: &str = "/api/s3";

pub(super) async fn call(request: Request, abort: &AbortSignal) -> Result<Answer, CallError> {
    match request {
        Request::Plan(body) => read(send("/uploads", &body, abort).await?)
            .await
            .map(Answer::Plan),
        Request::Sign(body) => read(send("/multipart/parts", &body, abort).await?)
            .await
            .map(Answer::Sign),
        Request::Complete(body) => read(send("/multipart/complete", &body, abort).await?)
            .await
            .map(Answer::Complete),
        Request::ListParts(upload) => {
            let url = format!("{API}/multipart/parts?{}", query(&upload));
            read(get(&url, Some(abort)).await?).await.map(Answer::ListParts)
        }
        Request::Discard(upload) => {
            let request = headed(Http::delete(&format!("{API}/multipart"))).abort_signal(Some(abort));
            answer(json(request, &upload)?.send().await).await?;
            Ok(Answer::Discarded)
        }
    }
}

/// The caller's unfinished uploads.
pub(super) async fn unfinished() -> Result<UnfinishedUploadsResponse, CallError> {
    read(get(&format!("{API}/multipart"), None).await?).await
}

/// Makes an empty folder, unless it is there.
pub(super) async fn folder(key: &str, bucket: Option<&BucketName>) -> Result<(), CallError> {
    let body = CreateFolderRequest {
        prefix: key.to_owned(),
        bucket: bucket.cloned(),
    };
    let request = headed(Http::post(&format!("{API}/folder")));
    answer(json(request, &body)?.send().await).await.map(|_| ())
}

/// Whether anything lies under a prefix.
pub(super) async fn holds(prefix: &str, bucket: Option<&BucketName>) -> Result<bool, CallError> {
    let query = Query::default()
        .with("prefix", prefix)
        .with("max_keys", "1")
        .with("recursive", "true");
    let query = match bucket {
        Some(bucket) => query.with("bucket", bucket.as_str()),
        None => query,
    };
    let page: ObjectPage = read(get(&format!("{API}/objects?{query}"), None).await?).await?;
    Ok(!page.objects.is_empty())
}

/// Signs in again, within the page. `Err` says why not.
pub async fn sign_in(username: &str, password: &str) -> Result<(), String> {
    const UNREACHABLE: &str = "The server cannot be reached. Check your connection.";
    let form = Query::default()
        .with("username", username)
        .with("password", password)
        .to_string();
    let request = headed(Http::post("/sign-in"))
        .header("Accept", "application/json")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(form)
        .map_err(|_| UNREACHABLE.to_owned())?;
    match answer(request.send().await).await {
        Ok(_) => Ok(()),
        Err(CallError::Refused { error, .. }) => Err(error.detail),
        Err(CallError::SignedOut) => Err("That is not the right username and password.".to_owned()),
        Err(CallError::RateLimited { .. }) => {
            Err("Too many attempts. Wait a minute, then try again.".to_owned())
        }
        Err(CallError::Network | CallError::Unavailable(_)) => Err(UNREACHABLE.to_owned()),
    }
}

async fn send(path: &str, body: &impl Serialize, abort: &AbortSignal) -> Result<Response, CallError> {
    let request = headed(Http::post(&format!("{API}{path}"))).abort_signal(Some(abort));
    answer(json(request, body)?.send().await).await
}

async fn get(url: &str, abort: Option<&AbortSignal>) -> Result<Response, CallError> {
    answer(headed(Http::get(url)).abort_signal(abort).send().await).await
}

/// Says to the server that this is no form of another site's.
fn headed(request: RequestBuilder) -> RequestBuilder {
    request.header("X-Requested-With", "forepeak")
}

fn json(request: RequestBuilder, body: &impl Serialize) -> Result<Http, CallError> {
    request.json(body).map_err(|_| unreadable(0))
}

fn query(upload: &UploadRef) -> Query {
    let query = Query::default()
        .with("key", &upload.key)
        .with("upload_id", &upload.upload_id);
    match &upload.bucket {
        Some(bucket) => query.with("bucket", bucket.as_str()),
        None => query,
    }
}

async fn answer(sent: Result<Response, gloo_net::Error>) -> Result<Response, CallError> {
    let response = sent.map_err(|_| CallError::Network)?;
    match response.status() {
        200..300 => Ok(response),
        401 => Err(CallError::SignedOut),
        429 => {
            let seconds: u64 = response
                .headers()
                .get("Retry-After")
                .and_then(|value| value.parse().ok())
                .unwrap_or(10);
            Err(CallError::RateLimited {
                retry_after: seconds * 1000,
            })
        }
        // What the server cannot do (501), or has no room for (507), is no outage: waiting does not help.
        408 | 425 | 500 | 502..=504 => Err(CallError::Unavailable(response.json().await.ok())),
        status => Err(match response.json::<ApiError>().await {
            Ok(error) => CallError::Refused { status, error },
            Err(_) => unreadable(status),
        }),
    }
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, CallError> {
    let status = response.status();
    response.json().await.map_err(|_| unreadable(status))
}

fn unreadable(status: u16) -> CallError {
    CallError::Refused {
        status,
        error: ApiError::new(ErrorCode::InternalError, "The server's answer could not be read."),
    }
}
