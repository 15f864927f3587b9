//! Who may see a served page, and how its handler answers.

use std::sync::Arc;

use app::{
    contract::{ApiError, ErrorCode},
    server_rendered::{FormState, ServerRenderedPage, components::nowhere},
};
use axum::{
    body::Body,
    extract::FromRequestParts,
    response::{IntoResponse, Redirect, Response},
};
use http::{Method, Request, StatusCode, Uri, header, request::Parts};
use tower_sessions::Session;

use super::{
    again::{Refused, ShowsRefused},
    render::render,
};
use crate::{
    features::{
        admin::{Admin, Authority},
        audit::Origin,
        auth::{
            Visitor,
            error::AuthError,
            principal::{Credential, Person, Principal},
        },
    },
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

    /// What the page before this one did, for this page to say. Removed by reading.
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

    async fn with_status(self, status: StatusCode, page: ServerRenderedPage) -> Response {
        let Ok(request) = Request::builder().uri(self.uri).body(Body::empty()) else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        let mut response = render(&self.state, self.visitor.as_ref(), Some(page), request).await;
        *response.status_mut() = status;
        response
    }
}

/// A page for anyone.
pub struct Guest {
    /// The person who is signed in, if anybody is.
    pub visitor: Option<Principal>,
    pub reply: Reply,
}

impl FromRequestParts<AppState> for Guest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Visitor(visitor) = Visitor::from_request_parts(parts, state).await?;
        let session = parts.extensions.get::<Session>().cloned();
        let session = session
            .ok_or_else(|| Problem::new(ApiError::new(ErrorCode::InternalError, "Something went wrong")))?;
        let reply = Reply {
            state: state.clone(),
            visitor: visitor.clone(),
            uri: parts.uri.clone(),
            session,
            refused: parts.extensions.get().cloned(),
            shows_refused: false,
        };
        Ok(Self { visitor, reply })
    }
}

/// A page for those who are signed in; others sign in first and come back.
pub struct Member {
    pub person: Person,
    pub reply: Reply,
}

impl FromRequestParts<AppState> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let guest = Guest::from_request_parts(parts, state).await;
        let Guest { visitor, reply } = guest.map_err(IntoResponse::into_response)?;
        // A page has no other credential than the session.
        let Some((who, sign_in)) = visitor.and_then(|who| match who.credential {
            Credential::Session(sign_in) => Some((who, sign_in)),
            Credential::AccessToken(_) | Credential::ApiKey(_) => None,
        }) else {
            return Err(to_sign_in(&parts.method, &parts.uri));
        };
        let person = Person { who, sign_in };
        Ok(Self { person, reply })
    }
}

/// A page for admins. For everyone else there is nothing at its address, and that they looked is written down.
pub struct Steward {
    /// The admin, as the author of what is changed.
    pub by: Authority,
    pub reply: Reply,
}

impl FromRequestParts<AppState> for Steward {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let Member { person, reply } = Member::from_request_parts(parts, state).await?;
        let Ok(origin) = Origin::from_request_parts(parts, state).await;
        match Admin::admit(&person.who, parts, state).await {
            Ok(admin) => Ok(Self {
                by: Authority::of(&admin, &origin),
                reply,
            }),
            Err(problem) if problem.status() == StatusCode::FORBIDDEN => {
                Err(reply.with_status(StatusCode::NOT_FOUND, nowhere()).await)
            }
            Err(problem) => Err(problem.into_response()),
        }
    }
}

/// The sign-in page, which leads back to what was asked for. What was posted is lost, so only a page is come back to.
pub(super) fn to_sign_in(method: &Method, uri: &Uri) -> Response {
    let wanted = match *method {
        Method::GET | Method::HEAD => uri.path_and_query().map_or("/files/", |path| path.as_str()),
        _ => uri.path(),
    };
    Redirect::to(&app::routes::sign_in(wanted)).into_response()
}
