use app::features::buckets::types::BucketDetails;
use axum::extract::State;

use super::named;
use crate::{
    features::{auth::CanRead, scopes::Refusals},
    http::{
        extract::{Json, Path},
        problem::Problem,
    },
    state::AppState,
};

/// How a bucket is set up and what it holds; what storage does not have or tell is said in its place.
#[utoipa::path(
    get,
    path = "/api/buckets/{name}",
    tag = "Buckets",
    params(("name" = String, Path)),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses((status = 200, body = BucketDetails), Refusals)
)]
pub(super) async fn bucket_details(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    Path(name): Path<String>,
) -> Result<Json<BucketDetails>, Problem> {
    let name = named(&name)?;
    Ok(Json(state.buckets.details(&who, &name).await?))
}
