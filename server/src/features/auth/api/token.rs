use app::{
    contract::ApiError,
    features::auth::types::{OAuthTokenResponse, TokenType},
};
use axum::extract::State;
use http::StatusCode;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    features::audit::Origin,
    features::auth::{error::AuthError, service::Lifetime},
    http::{
        extract::{Form, Json},
        problem::Problem,
    },
    state::AppState,
};

/// The OAuth 2 password form (RFC 6749, section 4.3.2). Fields that clients send along are accepted: there is one
/// scope, and no client needs a registration.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenRequest {
    username: String,
    #[schema(value_type = String, format = Password)]
    password: SecretString,
    /// `password`, where given.
    #[serde(default)]
    grant_type: Option<String>,
    #[serde(default, rename = "scope")]
    _scope: Option<String>,
    #[serde(default, rename = "client_id")]
    _client_id: Option<String>,
    #[serde(default, rename = "client_secret")]
    #[schema(value_type = Option<String>)]
    _client_secret: Option<SecretString>,
}

/// Signs a script in by a form; the token lives half an hour.
#[utoipa::path(
    post,
    path = "/api/auth/token",
    tag = "Accounts",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, body = OAuthTokenResponse),
        (status = 400, description = "`Incorrect username or password`, or an address that is not confirmed yet"),
    )
)]
pub(super) async fn token(
    State(state): State<AppState>,
    origin: Origin,
    Form(request): Form<TokenRequest>,
) -> Result<Json<OAuthTokenResponse>, Problem> {
    if request
        .grant_type
        .is_some_and(|grant| !grant.is_empty() && grant != "password")
    {
        return Err(Problem::new(ApiError::field("grant_type", "must be `password`")));
    }
    let login = state
        .auth
        .login(&request.username, request.password, Lifetime::Short, &origin)
        .await;
    let tokens = login.map_err(|error| {
        let wrong = matches!(error, AuthError::InvalidCredentials | AuthError::EmailNotVerified);
        let problem = Problem::from(error);
        if wrong {
            problem.with_status(StatusCode::BAD_REQUEST)
        } else {
            problem
        }
    })?;
    Ok(Json(OAuthTokenResponse {
        access_token: tokens.access_token,
        token_type: TokenType::Bearer,
    }))
}
