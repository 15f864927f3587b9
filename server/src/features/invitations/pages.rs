//! `/admin/invitations`

use app::{
    contract::InvitationId,
    features::{
        auth::types::Role,
        invitations::{
            pages,
            types::{InvitationsQuery, InviteRequest},
        },
    },
    routes,
    server_rendered::FormState,
};
use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::error::InvitationError;
use crate::{
    features::{
        admin::AdminPage,
        pages::{Audience, Pages},
    },
    http::{
        extract::{Form, Query},
        problem::Problem,
        routes::LimitClass,
    },
    state::AppState,
};

pub fn pages() -> Pages {
    Pages::default()
        .get(Audience::Admins, routes::INVITATIONS, show)
        .post(Audience::Admins, LimitClass::Account, routes::INVITATIONS, change)
}

async fn show(
    State(state): State<AppState>,
    mut admin: AdminPage,
    Query(query): Query<InvitationsQuery>,
) -> Result<Response, Problem> {
    let page = state.invitations.list(&admin.by, &query).await?;
    let done = admin.reply.told().await?;
    let form = admin
        .reply
        .fill(FormState::default().with("expires_in_days", "7"));
    Ok(admin.reply.show(pages::invitations(page, form, done)).await)
}

/// A new invitation, or the end of one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InvitationForm {
    revoke: Option<InvitationId>,
    #[serde(default)]
    email: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    expires_in_days: String,
}

/// `POST /admin/invitations`: a link that is not mailed is shown by the answer itself, the one time.
async fn change(
    State(state): State<AppState>,
    admin: AdminPage,
    Form(form): Form<InvitationForm>,
) -> Result<Response, Problem> {
    if let Some(id) = form.revoke {
        let done = match state.invitations.revoke(&admin.by, id).await {
            Ok(()) => "The invitation is withdrawn.",
            Err(InvitationError::NotFound) => "That invitation could not be used any more.",
            Err(error) => return Err(error.into()),
        };
        return admin.reply.done(routes::INVITATIONS, done).await;
    }
    let email = form.email.trim();
    let request = InviteRequest {
        email: (!email.is_empty()).then(|| email.to_owned()),
        role: Role::from_text(&form.role),
        expires_in_days: form.expires_in_days.parse().ok(),
        ..InviteRequest::default()
    };
    match state.invitations.invite(&admin.by, request).await {
        Ok(made) if made.link.is_some() => Ok(admin.reply.show(pages::invited(made)).await),
        Ok(made) => {
            let to = made.invitation.email.unwrap_or_default();
            let done = format!("The invitation is on its way to {to}.");
            admin.reply.done(routes::INVITATIONS, done).await
        }
        Err(error) => {
            let page = state
                .invitations
                .list(&admin.by, &InvitationsQuery::default())
                .await?;
            let typed = FormState::default()
                .with("email", form.email)
                .with("role", form.role)
                .with("expires_in_days", form.expires_in_days);
            let again = |error| pages::invitations(page, typed.refused(error), None);
            Ok(admin.reply.refuse(error, again).await)
        }
    }
}
