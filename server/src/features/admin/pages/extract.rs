//! Who may see a page of admins.

use app::server_rendered::components::nowhere;
use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};

use crate::{
    features::{
        admin::{Admin, Authority},
        audit::Origin,
        auth::{pages::Member, principal::Person},
        pages::Reply,
    },
    state::AppState,
};

/// A page for admins. Everyone else gets 404, and the audit log records the attempt.
pub struct AdminPage {
    /// The admin, as the author of what is changed.
    pub by: Authority,
    pub person: Person,
    pub reply: Reply,
}

impl FromRequestParts<AppState> for AdminPage {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let Member { person, reply } = Member::from_request_parts(parts, state).await?;
        let Ok(origin) = Origin::from_request_parts(parts, state).await;
        match Admin::admit(&person.who, parts, state).await {
            Ok(admin) => Ok(Self {
                by: Authority::of(&admin, &origin),
                person,
                reply,
            }),
            Err(problem) if problem.status() == StatusCode::FORBIDDEN => {
                Err(reply.with_status(StatusCode::NOT_FOUND, nowhere()).await)
            }
            Err(problem) => Err(problem.into_response()),
        }
    }
}
