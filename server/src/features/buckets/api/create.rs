use app::{
    contract::ApiError,
    features::buckets::types::{CreateBucketQuery, CreatedBucket, RegionQuery},
};
use axum::extract::State;
use http::StatusCode;

use super::named;
use crate::{
    features::{audit::Origin, auth::CanWrite, buckets::service::Wanted, scopes::Refusals},
    http::{
        extract::{Json, Path, Query},
        problem::Problem,
    },
    state::AppState,
};

/// Makes a bucket of the caller's own, with a name that is made up unless given. It keeps versions, and pages of this
/// server may talk to it, as far as storage can do that; `warnings` says what it cannot.
#[utoipa::path(
    post,
    path = "/api/buckets/create",
    tag = "Buckets",
    params(CreateBucketQuery),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 201, body = CreatedBucket),
        (status = 409, body = ApiError, description = "`CONFLICT`: the name is taken, by whomever, or the caller has as many \
            buckets as one person may have"),
        Refusals
    )
)]
pub(super) async fn create_bucket(
    State(state): State<AppState>,
    CanWrite(who): CanWrite,
    origin: Origin,
    Query(query): Query<CreateBucketQuery>,
) -> Result<(StatusCode, Json<CreatedBucket>), Problem> {
    let wanted = Wanted {
        name: query.bucket_name,
        region: query.region,
    };
    let made = state.buckets.create(who, wanted, origin).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// The same, with the name in the path.
#[utoipa::path(
    post,
    path = "/api/buckets/{name}",
    tag = "Buckets",
    params(("name" = String, Path), RegionQuery),
    security(("bearer" = []), ("session" = []), ("api_key" = [])),
    responses(
        (status = 201, body = CreatedBucket),
        (status = 409, body = ApiError, description = "`CONFLICT`: the name is taken, by whomever, or the caller has as many \
            buckets as one person may have"),
        Refusals
    )
)]
pub(super) async fn create_named_bucket(
    State(state): State<AppState>,
    CanWrite(who): CanWrite,
    origin: Origin,
    Path(name): Path<String>,
    Query(query): Query<RegionQuery>,
) -> Result<(StatusCode, Json<CreatedBucket>), Problem> {
    let wanted = Wanted {
        name: Some(named(&name)?),
        region: query.region,
    };
    let made = state.buckets.create(who, wanted, origin).await?;
    Ok((StatusCode::CREATED, Json(made)))
}
