use app::features::jobs::types::Job;
use axum::{
    extract::State,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::StreamExt;
use http::HeaderName;

use crate::{features::auth::CanRead, http::problem::Problem, state::AppState};

/// Makes proxies that buffer answers (nginx) pass this one on as it comes.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// The caller's jobs as server-sent events, whatever job it is.
///
/// Each event is called `job` and holds a job as `GET /api/jobs/{id}` shows it. First comes every job that waits, runs,
/// or has ended within the last minute; then every job that changes, a few times a second at most. The stream ends
/// when the caller's sign-in or key does, and after a quarter of an hour; it may be opened again at once.
#[utoipa::path(
    get,
    path = "/api/jobs/events",
    tag = "Jobs",
    security(("bearer" = []), ("api_key" = []), ("session" = [])),
    responses(
        (status = 200, body = Job, content_type = "text/event-stream"),
        (status = 409, description = "The caller has ten of these streams open"),
    )
)]
pub(super) async fn job_events(
    State(state): State<AppState>,
    CanRead(who): CanRead,
) -> Result<Response, Problem> {
    let jobs = state.jobs.watch(who).await?;
    let events = jobs.map(|job| Event::default().event("job").json_data(&job));
    Ok(([UNBUFFERED], Sse::new(events).keep_alive(KeepAlive::default())).into_response())
}
