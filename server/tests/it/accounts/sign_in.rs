use app::{
    contract::ErrorCode,
    features::auth::types::{Me, OAuthTokenResponse, TokenResponse},
};
use axum::Router;
use serde_json::json;
use server::{
    platform::{
        Platform,
        database::Database,
        password::Passwords,
        rng::SystemRng,
        tokens::{TokenKey, TokenKeys},
    },
    router,
    state::{AppState, Dependencies},
};
use std::sync::Arc;
use time::Duration;

use crate::support::{Client, JWT_SECRET, PASSWORD, TestApp, on_both_databases};

on_both_databases! {
    async fn a_script_signs_in_and_out(app) {
        let ada = app.user("ada").await;
        let me: Me = ada.get("/api/auth/me").await.ok();
        assert_eq!(me.username, "ada");
        assert_eq!(me.id, ada.id);

        let out = ada.post("/api/auth/logout", json!({})).await;
        assert_eq!(out.text(), r#"{"message":"Logged out successfully"}"#);
        let refused = ada.get("/api/auth/me").await.error(401);
        assert_eq!(refused.detail, "Invalid authentication credentials");
    }

    async fn a_username_is_taken_once_whatever_its_case(app) {
        app.user("ada").await;
        let again = json!({"username": "ADA", "password": PASSWORD});
        let refused = app.anonymous().post("/api/auth/register", again).await.error(400);
        assert_eq!(refused.fields["username"], "is taken");
        app.sign_in("Ada", PASSWORD).await;
    }

    async fn security_12_signing_out_is_at_once_and_everywhere(app) {
        let ada = app.user("ada").await;
        let elsewhere = app.sign_in("ada", PASSWORD).await;
        let replica = replica(&app).await;
        let there = replica.clone().bearer(&ada.tokens.access_token);
        assert_eq!(there.get("/api/auth/me").await.status, 200);

        assert_eq!(ada.post("/api/auth/logout", json!({})).await.status, 200);
        assert_eq!(there.get("/api/auth/me").await.status, 401);
        // One sign-in ended; the other device goes on.
        assert_eq!(elsewhere.get("/api/auth/me").await.status, 200);
    }

    async fn security_12_disabling_an_account_is_at_once_and_everywhere(app) {
        let ada = app.user("ada").await;
        let browser = app.browser_of("ada").await;
        let there = replica(&app).await.bearer(&ada.tokens.access_token);
        sqlx::query("UPDATE users SET status = 'disabled' WHERE id = $1")
            .bind(ada.id.to_string())
            .execute(app.state.platform.db.pool())
            .await
            .unwrap();

        assert_eq!(ada.get("/api/auth/me").await.status, 401);
        assert_eq!(there.get("/api/auth/me").await.status, 401);
        assert_eq!(browser.get("/api/auth/me").await.status, 401);
        let body = json!({"username": "ada", "password": PASSWORD});
        let refused = app.anonymous().post("/api/auth/login", body).await.error(401);
        assert_eq!(refused.code, ErrorCode::InvalidCredentials);
    }
}

/// Another process on the same database.
pub(crate) async fn replica(app: &TestApp) -> Client {
    replica_with(app, &[JWT_SECRET]).await
}

/// The same, with `JWT_SECRET_KEY` set to these.
pub(crate) async fn replica_with(app: &TestApp, secrets: &[&str]) -> Client {
    Client::new(replica_on(app, app.another_database().await, secrets))
}

/// The same, on this connection to it.
pub(crate) fn replica_on(app: &TestApp, db: Database, secrets: &[&str]) -> Router {
    router::build(AppState::new(
        dependencies_of(app, db, secrets),
        app.state.store.clone(),
    ))
}

/// What such a process is made of.
pub(super) fn dependencies_of(app: &TestApp, db: Database, secrets: &[&str]) -> Dependencies {
    let issuer = app.state.config.site.origin().ascii_serialization();
    let mut keys = secrets
        .iter()
        .map(|secret| TokenKey::from_secret(&(*secret).into()))
        .collect::<Vec<_>>();
    let first = keys.remove(0);
    Dependencies {
        platform: Platform {
            db,
            ..app.state.platform.clone()
        },
        limiter: Arc::clone(&app.state.limiter),
        passwords: Passwords::with_cost(Arc::new(SystemRng), 64, 1).unwrap(),
        mailer: None,
        keys: TokenKeys::new(issuer, first, keys),
        config: Arc::clone(&app.state.config),
    }
}

#[tokio::test]
async fn wrong_is_wrong_in_one_way() {
    let app = TestApp::new().await;
    app.user("ada").await;
    let login = |username: &str, password: &str| {
        let body = json!({"username": username, "password": password});
        let client = app.anonymous();
        async move { client.post("/api/auth/login", body).await }
    };
    let known = login("ada", "not her password").await;
    let unknown = login("nobody", "not her password").await;
    let impossible = login("../..", "not her password").await;
    let long = login("ada", &"x".repeat(100_000)).await;
    for answer in [&known, &unknown, &impossible, &long] {
        assert_eq!(answer.error(401).code, ErrorCode::InvalidCredentials);
        assert_eq!(
            answer.text(),
            r#"{"detail":"Incorrect username or password","code":"INVALID_CREDENTIALS"}"#
        );
    }
}

#[tokio::test]
async fn tokens_live_as_long_as_the_route_says() {
    let app = TestApp::new().await;
    app.user("ada").await;
    let stranger = app.anonymous();
    let body = || json!({"username": "ada", "password": PASSWORD});
    let canonical: TokenResponse = stranger.post("/api/auth/login", body()).await.ok();
    assert_eq!(canonical.expires_in, 3600);
    let older: TokenResponse = stranger.post("/auth/login", body()).await.ok();
    assert_eq!(older.expires_in, 1800);
    let form = serde_urlencoded::to_string([("username", "ada"), ("password", PASSWORD)]).unwrap();
    let by_form: OAuthTokenResponse = stranger.form("/token", &form).await.ok();

    app.clock.advance(Duration::seconds(1799));
    for token in [
        &canonical.access_token,
        &older.access_token,
        &by_form.access_token,
    ] {
        assert_eq!(
            stranger.clone().bearer(token).get("/api/auth/me").await.status,
            200
        );
    }
    app.clock.advance(Duration::seconds(1));
    for token in [&older.access_token, &by_form.access_token] {
        let refused = stranger
            .clone()
            .bearer(token)
            .get("/api/auth/me")
            .await
            .error(401);
        assert_eq!(
            (refused.detail.as_str(), refused.code),
            ("Token has expired", ErrorCode::TokenExpired)
        );
    }
    assert_eq!(
        stranger
            .clone()
            .bearer(&canonical.access_token)
            .get("/api/auth/me")
            .await
            .status,
        200
    );
    app.clock.advance(Duration::seconds(1800));
    assert_eq!(
        stranger
            .bearer(&canonical.access_token)
            .get("/api/auth/me")
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn a_shorter_configured_lifetime_holds_on_every_route() {
    let app = TestApp::builder().var("JWT_EXPIRATION", "600").build().await;
    app.user("ada").await;
    for path in ["/api/auth/login", "/auth/login"] {
        let body = json!({"username": "ada", "password": PASSWORD});
        let tokens: TokenResponse = app.anonymous().post(path, body).await.ok();
        assert_eq!(tokens.expires_in, 600, "{path}");
    }
}

#[tokio::test]
async fn the_password_form_takes_what_oauth_clients_send() {
    let app = TestApp::new().await;
    app.user("ada").await;
    let form =
        format!("grant_type=password&username=ada&password={PASSWORD}&scope=&client_id=x&client_secret=");
    assert_eq!(app.anonymous().form("/token", &form).await.status, 200);
    let refused = app
        .anonymous()
        .form("/token", &form.replace("=password&u", "=implicit&u"))
        .await
        .error(400);
    assert_eq!(refused.fields["grant_type"], "must be `password`");
    let refused = app.anonymous().form("/token", "username=ada").await.error(400);
    assert_eq!(refused.fields["password"], "is required");
    let refused = app
        .anonymous()
        .form("/token", "username=ada&password=wrong")
        .await
        .error(400);
    assert_eq!(refused.detail, "Incorrect username or password");
    let refused = app
        .anonymous()
        .post("/token", json!({"username": "ada"}))
        .await
        .error(415);
    assert_eq!(refused.code, ErrorCode::ValidationError);
}

#[tokio::test]
async fn secrets_are_not_in_the_database() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let browser = app.browser_of("ada").await;
    let cookie = browser.cookie().unwrap();
    let id = cookie.split_once('=').unwrap().1;
    let columns = "SELECT password_hash AS kept FROM users UNION ALL SELECT token_hash FROM refresh_tokens
                   UNION ALL SELECT id_hash FROM sessions UNION ALL SELECT data FROM sessions";
    let kept: Vec<String> = sqlx::query_scalar(columns)
        .fetch_all(app.state.platform.db.pool())
        .await
        .unwrap();
    assert_eq!(kept.len(), 4);
    for secret in [PASSWORD, &ada.tokens.refresh_token, &ada.tokens.access_token, id] {
        assert!(kept.iter().all(|value| !value.contains(secret)), "{secret}");
    }
}

#[tokio::test]
async fn what_ended_long_ago_is_forgotten() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    app.browser_of("ada").await;
    ada.post("/api/auth/logout", json!({})).await;
    let rows = || async {
        sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM sign_ins")
            .fetch_one(app.state.platform.db.pool())
            .await
            .unwrap()
    };
    app.state.auth.sweep().await.unwrap();
    assert_eq!(rows().await, 2);
    app.clock.advance(Duration::days(60));
    app.state.auth.sweep().await.unwrap();
    assert_eq!(rows().await, 0);
}
