//! `/api/dev/mailbox` and `/dev/mailbox`.

use app::{contract::ApiError, features::mail::types::KeptMail};
use axum::{
    Json,
    extract::State,
    response::{Html, IntoResponse, Response},
};
use http::{HeaderValue, header};

use super::page;
use crate::{
    config::Mail,
    http::{
        problem::{Failure, Problem, database_outside},
        routes::{LimitClass, Routes},
    },
    platform::mailer::Mailbox,
    state::AppState,
};

/// Where mail is kept instead of sent: the mailbox, for everyone who reaches this server. Elsewhere: no route at all.
pub fn router(config: &Mail) -> Routes<AppState> {
    let routes = Routes::under(LimitClass::Free);
    match config {
        Mail::Kept => routes.get("/api/dev/mailbox", list).get("/dev/mailbox", show),
        Mail::Smtp { .. } | Mail::Off => routes,
    }
}

async fn list(State(state): State<AppState>) -> Result<Json<Vec<KeptMail>>, Problem> {
    Ok(Json(kept(&state).await?))
}

async fn show(State(state): State<AppState>) -> Result<Response, Problem> {
    let page = page::mailbox(&kept(&state).await?);
    let policy =
        "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    Ok((
        [
            (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ],
        Html(page),
    )
        .into_response())
}

async fn kept(state: &AppState) -> Result<Vec<KeptMail>, Problem> {
    Ok(Mailbox::new(state.platform.db.clone())
        .list()
        .await
        .map_err(Unread)?)
}

#[derive(Debug, thiserror::Error)]
#[error("the mailbox could not be read")]
struct Unread(#[source] sqlx::Error);

impl Failure for Unread {
    fn outside(&self) -> ApiError {
        database_outside(&self.0)
    }
}
