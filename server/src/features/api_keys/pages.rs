//! `/settings/api-keys`

use app::{
    contract::{ApiError, ApiKeyId, KeyRoot},
    features::api_keys::{
        pages,
        types::{CreateApiKeyRequest, Scope},
    },
    routes,
    server_rendered::FormState,
};
use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::error::ApiKeyError;
use crate::{
    features::{
        audit::Origin,
        auth::pages::Member,
        pages::{Audience, Pages},
    },
    http::{extract::Form, problem::Problem, routes::LimitClass},
    state::AppState,
};

pub fn pages() -> Pages {
    Pages::default()
        .get(Audience::Members, routes::API_KEYS, show)
        .post(Audience::Members, LimitClass::Account, routes::API_KEYS, change)
}

async fn show(State(state): State<AppState>, mut member: Member) -> Result<Response, Problem> {
    let keys = state.api_keys.list(&member.person).await?.api_keys;
    let done = member.reply.told().await?;
    let home = home(&member);
    // A key that is forgotten should at least end by itself.
    let form = member
        .reply
        .fill(FormState::default().with("expires_in_days", "90"));
    Ok(member.reply.show(pages::api_keys(keys, home, form, done)).await)
}

/// A new key, or the end of one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyForm {
    delete: Option<ApiKeyId>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    folder: String,
    #[serde(default)]
    expires_in_days: String,
}

/// `POST /settings/api-keys`: a new key is shown by the answer itself, the one time that anybody sees it.
async fn change(
    State(state): State<AppState>,
    member: Member,
    origin: Origin,
    Form(form): Form<KeyForm>,
) -> Result<Response, Problem> {
    if let Some(id) = form.delete {
        match state.api_keys.delete(&member.person, id, &origin).await {
            // Deleted in another window: it is gone, as was asked.
            Ok(()) | Err(ApiKeyError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
        return member.reply.done(routes::API_KEYS, "The key is deleted.").await;
    }
    let home = home(&member);
    let made = match request(&form, &home) {
        Ok(request) => state.api_keys.create(&member.person, request, &origin).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(created) => {
            let site = state.config.site.public_url.as_str();
            Ok(member.reply.show(pages::created(created, site)).await)
        }
        Err(error) => {
            let keys = state.api_keys.list(&member.person).await?.api_keys;
            let typed = FormState::default()
                .with("name", form.name)
                .with("description", form.description)
                .with("scope", form.scope)
                .with("folder", form.folder)
                .with("expires_in_days", form.expires_in_days);
            let again = |error| pages::api_keys(keys, home, typed.refused(in_words_of_the_form(error)), None);
            Ok(member.reply.refuse(error, again).await)
        }
    }
}

fn home(member: &Member) -> String {
    KeyRoot::home(member.person.who.user_id).as_str().to_owned()
}

/// The form asks for a folder where the API takes a prefix.
fn in_words_of_the_form(mut error: ApiError) -> ApiError {
    if let Some(why) = error.fields.remove("prefix") {
        error.fields.insert("folder".to_owned(), why);
    }
    error
}

fn request(form: &KeyForm, home: &str) -> Result<CreateApiKeyRequest, ApiKeyError> {
    let scopes = match form.scope.as_str() {
        "read" => [Scope::Read].into(),
        "write" => [Scope::Write].into(),
        _ => [Scope::Read, Scope::Write].into(),
    };
    let folder = form.folder.trim().trim_matches('/');
    let days = form.expires_in_days.trim();
    let expires_in_days = if days.is_empty() {
        None
    } else {
        Some(days.parse().map_err(|_| ApiKeyError::Field {
            field: "expires_in_days",
            why: "must be a number of days".to_owned(),
        })?)
    };
    Ok(CreateApiKeyRequest {
        name: form.name.clone(),
        description: Some(form.description.clone()),
        scopes: Some(scopes),
        prefix: (!folder.is_empty()).then(|| format!("{home}{folder}/")),
        expires_in_days,
    })
}
