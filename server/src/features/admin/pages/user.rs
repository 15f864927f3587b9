use app::{
    contract::UserId,
    features::{
        admin::{
            pages,
            types::{AdminUser, UpdateUserRequest, UserStatus},
        },
        auth::types::Role,
    },
    routes,
    server_rendered::FormState,
};
use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::gib;
use crate::{
    features::admin::{AdminError, AdminPage},
    http::{
        extract::{Form, Path},
        problem::Problem,
    },
    state::AppState,
};

/// `GET /admin/users/{id}`
pub(super) async fn show(
    State(state): State<AppState>,
    mut admin: AdminPage,
    Path(id): Path<UserId>,
) -> Result<Response, Problem> {
    let user = state.administration.user(&admin.by, id).await?;
    let done = admin.reply.told().await?;
    let form = admin.reply.fill(filled(&user));
    Ok(admin.reply.show(pages::user(user, form, done)).await)
}

/// One of these at a time.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserForm {
    role: Option<Role>,
    status: Option<UserStatus>,
    /// Empty: no limit.
    quota_gib: Option<String>,
    count: Option<String>,
    delete: Option<String>,
}

/// `POST /admin/users/{id}`: 303 back, or to the list when the account is deleted.
pub(super) async fn change(
    State(state): State<AppState>,
    admin: AdminPage,
    Path(id): Path<UserId>,
    Form(form): Form<UserForm>,
) -> Result<Response, Problem> {
    // Read first: what there is to say of it is gone with it.
    let user = state.administration.user(&admin.by, id).await?;
    let changed = if form.delete.is_some() {
        let deleted = state.administration.delete(&admin.by, id).await;
        deleted.map(|_| {
            (
                routes::USERS.to_owned(),
                format!("The account {} is deleted.", user.username),
            )
        })
    } else if form.count.is_some() {
        let asked = state.administration.count_storage(&admin.by, id).await;
        asked.map(|_| {
            (
                routes::user(id),
                "A count of the storage begins within a minute.".to_owned(),
            )
        })
    } else {
        match request(&form) {
            Ok(request) => {
                let updated = state.administration.update(&admin.by, id, request).await;
                updated.map(|user| (routes::user(id), what_changed(&form, &user)))
            }
            Err(error) => Err(error),
        }
    };
    match changed {
        Ok((location, done)) => admin.reply.done(&location, done).await,
        Err(error) => {
            let mut typed = filled(&user);
            if let Some(quota) = form.quota_gib {
                typed = typed.with("quota_gib", quota);
            }
            let again = |error| pages::user(user, typed.refused(error), None);
            Ok(admin.reply.refuse(error, again).await)
        }
    }
}

fn what_changed(form: &UserForm, user: &AdminUser) -> String {
    let name = &user.username;
    match (form.role, form.status) {
        (Some(Role::Admin), _) => format!("{name} is an administrator now."),
        (Some(Role::User), _) => format!("{name} is an ordinary user now."),
        (None, Some(UserStatus::Disabled)) => format!("The account {name} is disabled."),
        (None, Some(UserStatus::Active)) => format!("The account {name} is enabled."),
        (None, None) => "The limit is saved.".to_owned(),
    }
}

fn request(form: &UserForm) -> Result<UpdateUserRequest, AdminError> {
    Ok(UpdateUserRequest {
        role: form.role,
        status: form.status,
        quota_bytes: form.quota_gib.as_deref().map(bytes).transpose()?,
    })
}

fn bytes(gib: &str) -> Result<Option<u64>, AdminError> {
    gib::bytes(gib).ok_or(AdminError::Field {
        field: "quota_gib",
        why: gib::WHY,
    })
}

fn filled(user: &AdminUser) -> FormState {
    FormState::default().with("quota_gib", gib::text(user.quota_bytes))
}
