//! Accounts: one resource, five verbs.

use app::{
    contract::UserId,
    features::admin::types::{
        AdminUser, CreateUserRequest, DeleteUserResponse, UpdateUserRequest, UsersPage, UsersQuery,
    },
};
use axum::extract::State;
use http::StatusCode;

use crate::{
    features::{
        admin::{Admin, Authority},
        audit::Origin,
    },
    http::{
        extract::{Json, Path, Query},
        problem::Problem,
    },
    state::AppState,
};

/// Accounts, in the order of their names.
#[utoipa::path(
    get,
    path = "/api/admin/users",
    tag = "Administration",
    params(UsersQuery),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = UsersPage))
)]
pub(super) async fn list_users(
    State(state): State<AppState>,
    admin: Admin,
    origin: Origin,
    Query(query): Query<UsersQuery>,
) -> Result<Json<UsersPage>, Problem> {
    let by = Authority::of(&admin, &origin);
    Ok(Json(state.administration.users(&by, &query).await?))
}

/// Makes an account that can sign in at once.
#[utoipa::path(
    post,
    path = "/api/admin/users",
    tag = "Administration",
    request_body = CreateUserRequest,
    security(("bearer" = []), ("session" = [])),
    responses((status = 201, body = AdminUser))
)]
pub(super) async fn create_user(
    State(state): State<AppState>,
    admin: Admin,
    origin: Origin,
    Json(request): Json<CreateUserRequest>,
) -> Result<(StatusCode, Json<AdminUser>), Problem> {
    let by = Authority::of(&admin, &origin);
    let made = state.administration.create(&by, request).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// One account.
#[utoipa::path(
    get,
    path = "/api/admin/users/{id}",
    tag = "Administration",
    params(("id" = UserId, Path)),
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 200, body = AdminUser),
        (status = 404, description = "`USER_NOT_FOUND`"),
    )
)]
pub(super) async fn get_user(
    State(state): State<AppState>,
    admin: Admin,
    origin: Origin,
    Path(id): Path<UserId>,
) -> Result<Json<AdminUser>, Problem> {
    let by = Authority::of(&admin, &origin);
    Ok(Json(state.administration.user(&by, id).await?))
}

/// Changes an account's role, status or quota, at once and on every replica.
///
/// A disabled user's sign-ins are ended for good.
#[utoipa::path(
    patch,
    path = "/api/admin/users/{id}",
    tag = "Administration",
    params(("id" = UserId, Path)),
    request_body = UpdateUserRequest,
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 200, body = AdminUser),
        (status = 404, description = "`USER_NOT_FOUND`"),
        (status = 409, description = "The last active administrator stays one"),
    )
)]
pub(super) async fn update_user(
    State(state): State<AppState>,
    admin: Admin,
    origin: Origin,
    Path(id): Path<UserId>,
    Json(request): Json<UpdateUserRequest>,
) -> Result<Json<AdminUser>, Problem> {
    let by = Authority::of(&admin, &origin);
    Ok(Json(state.administration.update(&by, id, request).await?))
}

/// Deletes an account with its sign-ins, tokens and keys.
///
/// Its files stay in storage, where the answer says, out of everyone's reach.
#[utoipa::path(
    delete,
    path = "/api/admin/users/{id}",
    tag = "Administration",
    params(("id" = UserId, Path)),
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 200, body = DeleteUserResponse),
        (status = 404, description = "`USER_NOT_FOUND`"),
        (status = 409, description = "The last active administrator stays one"),
    )
)]
pub(super) async fn delete_user(
    State(state): State<AppState>,
    admin: Admin,
    origin: Origin,
    Path(id): Path<UserId>,
) -> Result<Json<DeleteUserResponse>, Problem> {
    let by = Authority::of(&admin, &origin);
    Ok(Json(state.administration.delete(&by, id).await?))
}
