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
    http::{
        extract::{Form, Query},
        pages::{Audience, Pages, Steward},
        problem::Problem,
    },
    state::AppState,
};

pub fn pages() -> Pages {
    Pages::default()
        .get(Audience::Admins, routes::INVITATIONS, show)
        .post(Audience::Admins, routes::INVITATIONS, change)
}

async fn show(
    State(state): State<AppState>,
    mut steward: Steward,
    Query(query): Query<InvitationsQuery>,
) -> Result<Response, Problem> {
    let page = state.invitations.list(&steward.by, &query).await?;
    let done = steward.reply.told().await?;
    let form = steward
        .reply
        .fill(FormState::default().with("expires_in_days", "7"));
    Ok(steward.reply.show(pages::invitations(page, form, done)).await)
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
    steward: Steward,
    Form(form): Form<InvitationForm>,
) -> Result<Response, Problem> {
    if let Some(id) = form.revoke {
        let done = match state.invitations.revoke(&steward.by, id).await {
            Ok(()) => "The invitation is withdrawn.",
            Err(InvitationError::NotFound) => "That invitation could not be used any more.",
            Err(error) => return Err(error.into()),
        };
        return steward.reply.done(routes::INVITATIONS, done).await;
    }
    let email = form.email.trim();
    let request = InviteRequest {
        email: (!email.is_empty()).then(|| email.to_owned()),
        role: Role::from_text(&form.role),
        expires_in_days: form.expires_in_days.parse().ok(),
    };
    match state.invitations.invite(&steward.by, request).await {
        Ok(made) if made.link.is_some() => Ok(steward.reply.show(pages::invited(made)).await),
        Ok(made) => {
            let to = made.invitation.email.unwrap_or_default();
            let done = format!("The invitation is on its way to {to}.");
            steward.reply.done(routes::INVITATIONS, done).await
        }
        Err(error) => {
            let page = state
                .invitations
                .list(&steward.by, &InvitationsQuery::default())
                .await?;
            let typed = FormState::default()
                .with("email", form.email)
                .with("role", form.role)
                .with("expires_in_days", form.expires_in_days);
            let again = |error| pages::invitations(page, typed.refused(error), None);
            Ok(steward.reply.refuse(error, again).await)
        }
    }
}
