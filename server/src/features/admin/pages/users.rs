use app::{
    contract::MaxKeys,
    features::{
        admin::{
            pages,
            types::{UserStatus, UsersQuery},
        },
        auth::types::Role,
    },
    server_rendered::FormState,
};
use axum::{extract::State, response::Response};
use serde::Deserialize;

use crate::{
    features::admin::AdminPage,
    http::{extract::Query, problem::Problem},
    state::AppState,
};

const ON_A_PAGE: u32 = 50;

/// As the form sends it: what was left empty is there, and empty.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    search: String,
    role: String,
    status: String,
    continuation_token: Option<String>,
}

/// `GET /admin/users`
pub(super) async fn show(
    State(state): State<AppState>,
    admin: AdminPage,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let query = UsersQuery {
        search: Some(asked.search.clone()).filter(|text| !text.trim().is_empty()),
        role: Role::from_text(&asked.role),
        status: UserStatus::from_text(&asked.status),
        continuation_token: asked.continuation_token,
        max_keys: MaxKeys::try_from(ON_A_PAGE).ok(),
    };
    let done = admin.reply.told().await?;
    let form = FormState::default()
        .with("search", asked.search)
        .with("role", asked.role)
        .with("status", asked.status);
    let stats = state.administration.stats(&admin.by).await?;
    match state.administration.users(&admin.by, &query).await {
        Ok(page) => Ok(admin.reply.show(pages::users(page, stats, form, done)).await),
        Err(error) => {
            let page = state
                .administration
                .users(&admin.by, &UsersQuery::default())
                .await?;
            let again = |error| pages::users(page, stats, form.refused(error), done);
            Ok(admin.reply.refuse(error, again).await)
        }
    }
}
