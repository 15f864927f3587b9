use app::features::files::types::{ObjectVersion, VersionsQuery};
use axum::extract::State;

use super::PagedArray;
use crate::{
    features::{auth::CanRead, scopes::Refusals},
    http::{extract::Query, problem::Problem},
    state::AppState,
};

/// The versions of an object, newest first, delete markers among them.
#[utoipa::path(
    get,
    path = "/api/s3/object/versions",
    tag = "Files",
    params(VersionsQuery),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 200, body = Vec<ObjectVersion>,
            headers(("x-continuation-token" = String, description = "The next page begins here; absent on the last"))),
        Refusals
    )
)]
pub(super) async fn object_versions(
    State(state): State<AppState>,
    CanRead(who): CanRead,
    Query(query): Query<VersionsQuery>,
) -> Result<PagedArray<ObjectVersion>, Problem> {
    let (items, next) = state.files.versions(&who, &query).await?;
    Ok(PagedArray { items, next })
}
