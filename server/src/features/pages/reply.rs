//! How the handler of a page answers.

use std::sync::Arc;

use app::{
    contract::{ApiError, ErrorCode},
    server_rendered::{FormState, ServerRenderedPage},
};
use axum::{
    body::Body,
    response::{IntoResponse, Redirect, Response},
};
use http::{Method, Request, StatusCode, Uri, header, request::Parts};
use tower_sessions::Session;

use super::{
    refused::{Refused, ShowsRefused},
    render::render,
};
use crate::{
    features::auth::{error::AuthError, principal::Principal},
    http::problem::Problem,
    state::AppState,
};

/// Where the session keeps what the next page says was done.
const DONE: &str = "done";

/// How to answer the request at hand with a page.
pub struct Reply {
    state: AppState,
    visitor: Option<Principal>,
    uri: Uri,
    session: Session,
    /// A form of the page that was refused, until [`Self::fill`] takes it.
    refused: Option<Arc<Refused>>,
    shows_refused: bool,
}

impl Reply {
    /// The reply to a request that has passed the session layer.
    ///
    /// # Errors
    /// Where it has not.
    pub fn to(parts: &Parts, state: &AppState, visitor: Option<Principal>) -> Result<Self, Problem> {
        let session = parts.extensions.get::<Session>().cloned();
        let session = session
            .ok_or_else(|| Problem::new(ApiError::new(ErrorCode::InternalError, "Something went wrong")))?;
        Ok(Self {
            state: state.clone(),
            visitor,
            uri: parts.uri.clone(),
            session,
            refused: parts.extensions.get().cloned(),
            shows_refused: false,
        })
    }

    /// What the page's forms hold at first; after one of them was refused, what was typed into it, and why.
    #[must_use]
    pub fn fill(&mut self, form: FormState) -> FormState {
        match self.refused.take() {
            Some(refused) => {
                self.shows_refused = true;
                refused.fill(form)
            }
            None => form,
        }
    }

    /// The page.
    pub async fn show(self, page: ServerRenderedPage) -> Response {
        let shows_refused = self.shows_refused;
        let mut response = self.with_status(StatusCode::OK, page).await;
        if shows_refused {
            response.extensions_mut().insert(ShowsRefused);
        }
        response
    }

    /// The page again, with what was wrong, under the error's own status.
    pub async fn refuse(
        self,
        error: impl Into<Problem>,
        page: impl FnOnce(ApiError) -> ServerRenderedPage,
    ) -> Response {
        let problem = error.into();
        let retry_after = problem.retry_after();
        let (status, error) = problem.into_outside();
        let mut response = self.with_status(status, page(error)).await;
        if let Some(retry_after) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, retry_after);
        }
        response
    }

    /// To another page, which says what was done.
    ///
    /// # Errors
    /// When the session cannot be kept.
    pub async fn done(self, location: &str, what: impl Into<String>) -> Result<Response, Problem> {
        let kept = self.session.insert(DONE, what.into()).await;
        kept.map_err(AuthError::from)?;
        Ok(Redirect::to(location).into_response())
    }

    /// The message that the previous page left for this one. Reading removes it.
    ///
    /// # Errors
    /// When the session cannot be read.
    pub async fn told(&self) -> Result<Option<String>, Problem> {
        // Removing marks the session as changed even where there is nothing to remove, and it would be saved again.
        let told: Option<String> = self.session.get(DONE).await.map_err(AuthError::from)?;
        if told.is_some() {
            self.session
                .remove::<String>(DONE)
                .await
                .map_err(AuthError::from)?;
        }
        Ok(told)
    }

    /// The page, under another status than 200.
    pub async fn with_status(self, status: StatusCode, page: ServerRenderedPage) -> Response {
        let Ok(request) = Request::builder().uri(self.uri).body(Body::empty()) else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        let mut response = render(&self.state, self.visitor.as_ref(), Some(page), request).await;
        *response.status_mut() = status;
        response
    }
}

/// The sign-in page, which leads back to what was asked for. What was posted is lost, so only a page is come back to.
pub fn to_sign_in(method: &Method, uri: &Uri) -> Response {
    let wanted = match *method {
        Method::GET | Method::HEAD => uri.path_and_query().map_or("/files/", |path| path.as_str()),
        _ => uri.path(),
    };
    Redirect::to(&app::routes::sign_in(wanted)).into_response()
}
