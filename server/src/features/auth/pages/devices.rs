use app::{
    contract::{MaxKeys, SignInId},
    features::auth::{pages, types_sessions::SessionsQuery},
    routes,
    server_rendered::FormState,
};
use axum::{extract::State, response::Response};
use serde::Deserialize;

use crate::{
    features::{
        audit::Origin,
        auth::{error::AuthError, pages::Member, principal::Person},
    },
    http::{
        extract::{Form, Query},
        problem::Problem,
    },
    state::AppState,
};

/// `GET /settings/devices`
pub(super) async fn show(
    State(state): State<AppState>,
    mut member: Member,
    Query(query): Query<SessionsQuery>,
) -> Result<Response, Problem> {
    let page = state.auth.sessions(&member.person, &query).await?;
    let done = member.reply.told().await?;
    let form = member.reply.fill(FormState::default());
    Ok(member.reply.show(pages::devices(page, &form, done)).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndForm {
    id: Option<SignInId>,
    /// Present: all but the one that asks.
    others: Option<String>,
}

/// `POST /settings/devices`: 303 back. What has ended meanwhile is as good as ended now.
pub(super) async fn end(
    State(state): State<AppState>,
    member: Member,
    origin: Origin,
    Form(form): Form<EndForm>,
) -> Result<Response, Problem> {
    match (form.id, form.others) {
        (Some(id), _) => end_one(&state, &member.person, id, &origin).await?,
        (None, Some(_)) => end_others(&state, &member.person, &origin).await?,
        (None, None) => {}
    }
    member.reply.done(routes::DEVICES, "Signed out.").await
}

async fn end_one(state: &AppState, person: &Person, id: SignInId, origin: &Origin) -> Result<(), AuthError> {
    match state.auth.end_session(person, id, origin).await {
        Err(AuthError::NoSuchSession) => Ok(()),
        ended => ended,
    }
}

async fn end_others(state: &AppState, person: &Person, origin: &Origin) -> Result<(), AuthError> {
    let mut query = SessionsQuery {
        max_keys: MaxKeys::try_from(1000).ok(),
        ..SessionsQuery::default()
    };
    loop {
        let page = state.auth.sessions(person, &query).await?;
        for session in page.sessions.iter().filter(|session| !session.current) {
            end_one(state, person, session.id, origin).await?;
        }
        if page.continuation_token.is_none() {
            return Ok(());
        }
        query.continuation_token = page.continuation_token;
    }
}
