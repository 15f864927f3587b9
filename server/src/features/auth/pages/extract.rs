//! Who may see a page.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::request::Parts;

use crate::{
    features::{
        auth::{
            Visitor,
            principal::{Credential, Person, Principal},
        },
        pages::{Reply, to_sign_in},
    },
    http::problem::Problem,
    state::AppState,
};

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
        let reply = Reply::to(parts, state, visitor.clone())?;
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
