//! `/api/admin/invitations`.

use app::{
    contract::{ApiError, InvitationId},
    features::{
        auth::types::Message,
        invitations::types::{InvitationsPage, InvitationsQuery, InviteRequest, NewInvitation},
    },
};
use axum::extract::State;
use http::StatusCode;
use utoipa_axum::routes;

use crate::{
    features::{
        admin::{Admin, Authority},
        audit::Origin,
    },
    http::{
        extract::{Json, Path, Query},
        problem::Problem,
        routes::{LimitClass, Routes},
    },
    state::AppState,
};

pub fn router() -> Routes<AppState> {
    Routes::under(LimitClass::Account)
        .routes(routes!(invite, list))
        .routes(routes!(revoke))
}

/// Invites someone to open an account.
///
/// The link works once. With an address it is mailed there and not shown here, so that taking it up proves who reads
/// that mailbox.
#[utoipa::path(
    post,
    path = "/api/admin/invitations",
    operation_id = "invite",
    tag = "Administration",
    request_body = InviteRequest,
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 201, body = NewInvitation),
        (status = 409, description = "Registration is closed on this server"),
        (status = 501, body = ApiError, description = "With an address, on a server that sends no mail"),
    )
)]
async fn invite(
    State(state): State<AppState>,
    admin: Admin,
    origin: Origin,
    Json(request): Json<InviteRequest>,
) -> Result<(StatusCode, Json<NewInvitation>), Problem> {
    let invitation = state
        .invitations
        .invite(&Authority::of(&admin, &origin), request)
        .await?;
    Ok((StatusCode::CREATED, Json(invitation)))
}

/// Invitations, newest first.
#[utoipa::path(
    get,
    path = "/api/admin/invitations",
    operation_id = "list_invitations",
    tag = "Administration",
    params(InvitationsQuery),
    security(("bearer" = []), ("session" = [])),
    responses((status = 200, body = InvitationsPage))
)]
async fn list(
    State(state): State<AppState>,
    admin: Admin,
    origin: Origin,
    Query(query): Query<InvitationsQuery>,
) -> Result<Json<InvitationsPage>, Problem> {
    let page = state
        .invitations
        .list(&Authority::of(&admin, &origin), &query)
        .await?;
    Ok(Json(page))
}

/// Withdraws an invitation: its link is dead at once.
#[utoipa::path(
    delete,
    path = "/api/admin/invitations/{id}",
    operation_id = "revoke_invitation",
    tag = "Administration",
    params(("id" = InvitationId, Path)),
    security(("bearer" = []), ("session" = [])),
    responses(
        (status = 200, body = Message),
        (status = 404, description = "No such invitation, or it cannot be taken up any more"),
    )
)]
async fn revoke(
    State(state): State<AppState>,
    admin: Admin,
    origin: Origin,
    Path(id): Path<InvitationId>,
) -> Result<Json<Message>, Problem> {
    state
        .invitations
        .revoke(&Authority::of(&admin, &origin), id)
        .await?;
    Ok(Json(Message::new("Invitation withdrawn")))
}
