use app::features::files::types::{ObjectEntry, SearchQuery};
use axum::extract::State;

use super::{PagedArray, Refusals};
use crate::{
    features::auth::principal::Principal,
    http::{extract::Query, problem::Problem},
    state::AppState,
};

/// Finds objects whose name or path contains the text, without regard to case, among all keys under the prefix.
///
/// One request reads a bounded number of keys: while `x-continuation-token` is answered there are keys that
/// nobody has looked at yet, also when a page holds few matches or none.
#[utoipa::path(
    get,
    path = "/api/s3/search",
    tag = "Files",
    params(SearchQuery),
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 200, body = Vec<ObjectEntry>,
            headers(("x-continuation-token" = String, description = "The search goes on here; absent at its end"))),
        Refusals
    )
)]
pub(super) async fn search_objects(
    State(state): State<AppState>,
    who: Principal,
    Query(query): Query<SearchQuery>,
) -> Result<PagedArray<ObjectEntry>, Problem> {
    let (items, next) = state.files.search(&who, &query).await?;
    Ok(PagedArray { items, next })
}
