//! A JSON body.

use app::contract::{ApiError, ErrorCode};
use axum::{
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};

use super::{body::body_of, refusal::validation};
use crate::http::problem::Problem;

/// A body of at most [`super::MAX_BODY_BYTES`], declared as JSON. Declaring it keeps a form on a stranger's page,
/// which can only send `text/plain` and the like, from passing as one.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(&request) {
            return Err(Problem::new(ApiError::new(
                ErrorCode::ValidationError,
                "The body must be JSON, with Content-Type: application/json",
            ))
            .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let bytes = body_of(request, state).await?;
        // serde would also take the fields of an object from an array, by their order.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(Problem::new(ApiError::new(
                ErrorCode::ValidationError,
                "The body must be a JSON object",
            )));
        }
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|e| {
            let path = e.path().to_string();
            Problem::new(validation(
                "body",
                &path,
                &without_position(&e.into_inner().to_string()),
            ))
        })?;
        json.end().map_err(|_| {
            Problem::new(ApiError::new(
                ErrorCode::ValidationError,
                "The body goes on after its JSON value",
            ))
        })?;
        Ok(Self(value))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

fn is_json<B>(request: &http::Request<B>) -> bool {
    let Some(declared) = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
    else {
        return false;
    };
    let essence = declared
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// serde_json appends where in the text the trouble is; our field names say it better.
fn without_position(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}
