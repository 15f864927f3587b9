use app::{contract::ApiError, features::auth::types::Message};
use axum::extract::State;

use super::named;
use crate::{
    features::{audit::Origin, auth::CanWrite, scopes::Refusals},
    http::{
        extract::{Json, Path},
        problem::Problem,
    },
    state::AppState,
};

/// Deletes a bucket that holds no current objects, for good: its earlier versions and unfinished uploads go with it.
///
/// Admins delete those of accounts that are gone.
#[utoipa::path(
    delete,
    path = "/api/buckets/{name}",
    tag = "Buckets",
    params(("name" = String, Path)),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 200, body = Message),
        (status = 409, body = ApiError, description = "`CONFLICT`: it holds objects, a job works there, or it is being \
            created or deleted"),
        Refusals
    )
)]
pub(super) async fn delete_bucket(
    State(state): State<AppState>,
    CanWrite(who): CanWrite,
    origin: Origin,
    Path(name): Path<String>,
) -> Result<Json<Message>, Problem> {
    let name = named(&name)?;
    state.buckets.delete(who, &name, origin).await?;
    Ok(Json(Message::new(format!("Bucket {name} deleted successfully"))))
}
