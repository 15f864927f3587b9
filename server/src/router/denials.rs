//! Security 39: no 401 and no 403 leaves without a row in the audit log. Where a use case has written its own, that is
//! it; for all others the row is written here.

use axum::{
    extract::{FromRequestParts, MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::StatusCode;

use super::limits::whose;
use crate::{
    features::{
        audit::{Action, Event, Origin, Outcome},
        auth::error::AuthError,
    },
    http::{
        observe::KnownCaller,
        problem::{ErrorBody, Problem},
        routes::RoutePolicy,
    },
    platform::rate_limit::Counter,
    state::AppState,
};

pub(in crate::router) async fn check(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let Some(route) = request.extensions().get::<MatchedPath>().cloned() else {
        return next.run(request).await;
    };
    let class = RoutePolicy::of(&request).class;
    let (mut parts, body) = request.into_parts();
    let Ok(origin) = Origin::from_request_parts(&mut parts, &state).await;
    // What is found out and written on the way in is heard of through this one.
    parts.extensions.insert(origin.trail.clone());
    let method = parts.method.clone();
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if origin.trail.caller().is_some() {
        response.extensions_mut().insert(KnownCaller);
    }
    let is_denial = matches!(
        response.status(),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
    );
    if !is_denial || origin.trail.has_denial() {
        return response;
    }
    // The pattern, not the path: what a stranger wrote into it is of no interest.
    let asked = format!("{method} {}", route.as_str());
    let told = response.extensions().get::<ErrorBody>();
    let told = told.map_or_else(
        || response.status().to_string(),
        |ErrorBody(error)| error.detail.clone(),
    );
    let told = (response.status(), told);
    match note(&state, &origin, class.name(), &asked, told).await {
        Ok(()) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn note(
    state: &AppState,
    origin: &Origin,
    kind: &'static str,
    asked: &str,
    (status, told): (StatusCode, String),
) -> Result<(), Problem> {
    let event = if let Some(event) = Event::suspected(origin) {
        event
    } else {
        let caller = origin.trail.caller();
        let whose = whose(caller.map(|(id, _)| *id), origin.address);
        let counter = Counter::new(kind, format!("{whose} {}", status.as_u16()));
        if !state.limiter.is_first_refusal(&counter).await? {
            return Ok(());
        }
        let event = Event::new(Action::RequestDenied, Outcome::Denied, origin)
            .on(asked)
            .saying(told);
        match caller {
            Some((id, name)) => event.by(*id, name),
            None => event,
        }
    };
    Ok(state.audit.note(event).await.map_err(AuthError::from)?)
}
