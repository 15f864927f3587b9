//! How often a caller may call: each class of routes has a limit, each caller a counter for it (security 32).
//!
//! A request takes its place before it is handled, so that parallel ones are bounded too, and gives it back where it
//! does not count: docs/limits.md says which.

use std::{net::IpAddr, sync::Arc};

use app::contract::UserId;
use axum::{
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, request::Parts};

use super::csrf::is_from_elsewhere;
use crate::{
    features::{
        audit::{Action, Event, Origin, Outcome, Trail},
        auth::{error::AuthError, principal::Principal, recognise, speaks_by_token},
    },
    http::{
        client::ClientAddress,
        problem::Problem,
        routes::{LimitClass, RoutePolicy},
    },
    platform::rate_limit::{Counter, Quota, Verdict, Work, network_of},
    state::AppState,
};

pub(in crate::router) async fn check(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let class = RoutePolicy::of(&request).class;
    let Some(limit) = class.rate(state.config.limits.rates) else {
        return next.run(request).await;
    };
    let (mut parts, body) = request.into_parts();
    let caller = if class.is_personal() {
        recognise(&mut parts, &state).await
    } else {
        None
    };
    let address = parts
        .extensions
        .get::<ClientAddress>()
        .and_then(|client| client.0);
    // Another site must not use up what the person needs here (security 51).
    let foreign = is_from_elsewhere(&parts.headers, &state) && !speaks_by_token(&parts.headers);
    let counter = Counter::new(
        if foreign {
            class.name_elsewhere()
        } else {
            class.name()
        },
        whose(caller.as_ref().map(|who| who.user_id), address),
    );
    let mut verdict = match state.limiter.take(&counter, &[Quota::per_minute(limit)]).await {
        Ok(verdict) => verdict,
        Err(error) => return Problem::from(error).into_response(),
    };
    let mut response = if verdict.admitted {
        let work = Work::new(
            Arc::clone(&state.limiter),
            counter.clone(),
            Quota::per_minute(limit),
        );
        parts.extensions.insert(work.clone());
        let trail = parts.extensions.get::<Trail>().cloned().unwrap_or_default();
        let response = next.run(Request::from_parts(parts, body)).await;
        let is_no_route = response.status() == StatusCode::METHOD_NOT_ALLOWED;
        if is_no_route || (!class.is_personal() && !trail.counts()) {
            if let Err(error) = state.limiter.give_back(&counter, &verdict).await {
                return Problem::from(error).into_response();
            }
            verdict.remaining = verdict.remaining.saturating_add(1);
        }
        if let Some(latest) = work.latest() {
            verdict = latest;
        }
        response
    } else {
        metrics::counter!("forepeak_rate_limited_total", "class" => class.name()).increment(1);
        match note(&state, &mut parts, &counter, caller.as_ref()).await {
            Ok(()) => Problem::too_many(verdict.wait).into_response(),
            Err(problem) => problem.into_response(),
        }
    };
    tell(&mut response, verdict);
    response
}

/// What a page that somebody reads may have done for it, though reading it is free: counted with their files.
pub(in crate::router) fn work_of_page(state: &AppState, reader: UserId) -> Option<Work> {
    let limit = LimitClass::Files.rate(state.config.limits.rates)?;
    let counter = Counter::new(LimitClass::Files.name(), whose(Some(reader), None));
    Some(Work::new(
        Arc::clone(&state.limiter),
        counter,
        Quota::per_minute(limit),
    ))
}

/// The signed-in caller, else the network, which is all that is known of a stranger.
pub(super) fn whose(caller: Option<UserId>, address: Option<IpAddr>) -> String {
    if let Some(caller) = caller {
        return caller.to_string();
    }
    address.map_or("nowhere".to_owned(), |address| network_of(address).to_string())
}

/// Writes the denial down, once a minute for each counter.
async fn note(
    state: &AppState,
    parts: &mut Parts,
    counter: &Counter,
    caller: Option<&Principal>,
) -> Result<(), Problem> {
    if !state.limiter.is_first_refusal(counter).await? {
        return Ok(());
    }
    let Ok(origin) = Origin::from_request_parts(parts, state).await;
    let mut event = Event::new(Action::OverLimit, Outcome::Denied, &origin).on(counter.kind);
    if let Some(caller) = caller {
        event = event.by(caller.user_id, &caller.username);
    }
    state.audit.note(event).await.map_err(AuthError::from)?;
    Ok(())
}

/// What is left, on every answer of a limited route.
fn tell(response: &mut Response, verdict: Verdict) {
    let headers = response.headers_mut();
    for (name, value) in [
        (
            HeaderName::from_static("x-ratelimit-limit"),
            HeaderValue::from(verdict.limit),
        ),
        (
            HeaderName::from_static("x-ratelimit-remaining"),
            HeaderValue::from(verdict.remaining),
        ),
        (
            HeaderName::from_static("x-ratelimit-reset"),
            HeaderValue::from(verdict.reset),
        ),
    ] {
        headers.insert(name, value);
    }
}
