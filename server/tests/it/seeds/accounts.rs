//! Their authentication parts. `as_printed` takes path, content type and body from the document, byte for byte.

use axum::body::Body;
use http::Method;
use serde_json::{Value, json};
use server::features::auth::development;

use crate::support::{Answer, Client, TestApp};

/// As a fresh machine in development, its accounts included.
pub(super) async fn fresh() -> TestApp {
    let app = TestApp::with_storage().await;
    development::seed(&app.state.auth).await.unwrap();
    app
}

async fn post(client: &Client, path: &str, body: &'static str) -> Answer {
    send(client, path, body.to_owned()).await
}

async fn send(client: &Client, path: &str, body: String) -> Answer {
    client
        .request(Method::POST, path, Body::from(body), Some("application/json"))
        .await
}

/// The printed fields, and only those, of an answer.
fn printed(answer: &Answer, fields: &[&str]) -> Value {
    let body: Value = answer.ok();
    fields
        .iter()
        .map(|field| ((*field).to_owned(), body[field].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Development seeds these accounts once, however often the program starts.
#[tokio::test]
async fn the_development_accounts_exist() {
    let app = fresh().await;
    let users: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM users")
        .fetch_one(app.state.platform.db.pool())
        .await
        .unwrap();
    assert_eq!(users, 2);
    let admin = app.sign_in("admin", "admin123").await;
    assert_eq!(admin.get("/api/auth/me").await.ok::<Value>()["role"], "admin");
}

/// `s3-storage-browser-api.md`
#[tokio::test]
async fn storage_browser_login_list_upload() {
    let app = fresh().await;
    let stranger = app.anonymous();
    let register = r#"{
  "username": "johndoe",
  "email": "john@example.com",
  "password": "SecurePass123"
}"#;
    assert_eq!(
        printed(
            &post(&stranger, "/api/auth/register", register).await,
            &["message"]
        ),
        json!({"message": "User registered successfully. Please check your email for verification code."})
    );
    let early = post(
        &stranger,
        "/api/auth/login",
        r#"{"username":"johndoe","password":"SecurePass123"}"#,
    )
    .await;
    assert_eq!(early.error(401).detail, "User email not verified");
    let resend = r#"{
  "username": "johndoe"
}"#;
    assert_eq!(
        printed(
            &post(&stranger, "/api/auth/resend-code", resend).await,
            &["message"]
        ),
        json!({"message": "Confirmation code sent"})
    );
    // The code that is printed stands for the one that was mailed.
    let confirm = r#"{
  "username": "johndoe",
  "code": "123456"
}"#
    .replace("123456", &app.code_for("john@example.com").await);
    let confirmed = send(&stranger, "/api/auth/confirm", confirm).await;
    assert_eq!(
        printed(&confirmed, &["message"]),
        json!({"message": "Email verified successfully"})
    );

    let answer = post(
        &stranger,
        "/api/auth/login",
        r#"{"username":"johndoe","password":"SecurePass123"}"#,
    )
    .await;
    assert_eq!(
        printed(&answer, &["token_type", "expires_in"]),
        json!({"token_type": "bearer", "expires_in": 3600})
    );
    let tokens: Value = answer.json();
    let token = tokens["access_token"].as_str().unwrap();
    assert!(
        token.starts_with("eyJ") && tokens["id_token"].is_string() && tokens["refresh_token"].is_string()
    );

    let john = stranger.clone().bearer(token);
    let me: Value = john.get("/api/auth/me").await.ok();
    assert_eq!(
        (&me["username"], &me["attributes"]),
        (&json!("johndoe"), &json!({}))
    );
    assert!(me["id"].is_string());
    assert_eq!(me["email"], "john@example.com");

    let refreshed: Value = stranger
        .post(
            "/api/auth/refresh",
            json!({"refresh_token": tokens["refresh_token"]}),
        )
        .await
        .ok();
    assert!(
        refreshed["access_token"].as_str().unwrap().starts_with("eyJ") && refreshed["id_token"].is_string()
    );

    let out = john
        .request(Method::POST, "/api/auth/logout", Body::empty(), None)
        .await;
    assert_eq!(
        printed(&out, &["message"]),
        json!({"message": "Logged out successfully"})
    );

    let wrong = post(
        &stranger,
        "/api/auth/login",
        r#"{"username":"johndoe","password":"SecurePass124"}"#,
    )
    .await;
    assert_eq!(wrong.error(401).detail, "Incorrect username or password");
    assert_eq!(
        post(&stranger, "/api/auth/register", register)
            .await
            .error(400)
            .detail,
        "Username already exists"
    );
}

/// `s3-storage-browser-api.md`
#[tokio::test]
async fn storage_browser_passwords() {
    let app = fresh().await;
    let stranger = app.anonymous();
    let register = r#"{
  "username": "johndoe",
  "email": "john@example.com",
  "password": "SecurePass123"
}"#;
    assert_eq!(post(&stranger, "/api/auth/register", register).await.status, 200);
    let code = app.code_for("john@example.com").await;
    let confirm = format!(r#"{{"username": "johndoe", "code": "{code}"}}"#);
    assert_eq!(send(&stranger, "/api/auth/confirm", confirm).await.status, 200);

    let john = app.sign_in("johndoe", "SecurePass123").await;
    let change = r#"{
  "old_password": "SecurePass123",
  "new_password": "NewSecurePass456"
}"#;
    assert_eq!(
        printed(
            &post(&john, "/api/auth/change-password", change).await,
            &["message"]
        ),
        json!({"message": "Password changed successfully"})
    );
    app.sign_in("johndoe", "NewSecurePass456").await;

    let forgot = r#"{
  "username": "johndoe"
}"#;
    assert_eq!(
        printed(
            &post(&stranger, "/api/auth/forgot-password", forgot).await,
            &["message"]
        ),
        json!({"message": "Password reset code sent to your email"})
    );
    let reset = r#"{
  "username": "johndoe",
  "code": "123456",
  "new_password": "NewSecurePass123"
}"#
    .replace("123456", &app.code_for("john@example.com").await);
    assert_eq!(
        printed(
            &send(&stranger, "/api/auth/reset-password", reset).await,
            &["message"]
        ),
        json!({"message": "Password reset successfully"})
    );
    app.sign_in("johndoe", "NewSecurePass123").await;
    app.run_jobs().await;
}

/// `auth-endpoints.md`
#[tokio::test]
async fn inference_framework_login_and_me() {
    let app = fresh().await;
    let stranger = app.anonymous();
    let answer = post(
        &stranger,
        "/auth/login",
        r#"{"username": "admin", "password": "admin123"}"#,
    )
    .await;
    assert_eq!(
        printed(&answer, &["token_type", "expires_in"]),
        json!({"token_type": "bearer", "expires_in": 1800})
    );
    let tokens: Value = answer.json();
    assert!(tokens["refresh_token"].is_string());
    let admin = stranger.clone().bearer(tokens["access_token"].as_str().unwrap());
    assert_eq!(admin.get("/auth/me").await.ok::<Value>()["username"], "admin");

    // "Token Refresh", first with the placeholder that is printed.
    let printed_refresh = r#"{
  "refresh_token": "your_refresh_token"
}"#;
    assert_eq!(
        post(&stranger, "/auth/refresh", printed_refresh)
            .await
            .error(401)
            .detail,
        "Invalid authentication credentials"
    );
    let refreshed = stranger
        .post("/auth/refresh", json!({"refresh_token": tokens["refresh_token"]}))
        .await;
    assert_eq!(
        printed(&refreshed, &["token_type", "expires_in"]),
        json!({"token_type": "bearer", "expires_in": 1800})
    );

    // "Create API Key", both times that it is printed, "List" and "Delete".
    let full = r#"{
  "name": "My API Key",
  "description": "For my application"
}"#;
    for (body, name) in [(full, "My API Key"), (r#"{"name": "My App Key"}"#, "My App Key")] {
        let answer = post(&admin, "/auth/api-keys", body).await;
        assert_eq!(printed(&answer, &["name"]), json!({"name": name}));
        let key: Value = answer.json();
        assert!(key["created_at"].is_string());
        let script = stranger.clone().with("x-api-key", key["key"].as_str().unwrap());
        assert_eq!(script.get("/auth/me").await.ok::<Value>()["username"], "admin");
        let listed: Value = admin.get("/auth/api-keys").await.ok();
        assert_eq!(listed["api_keys"][0]["id"], key["id"]);
        let path = format!("/auth/api-keys/{}", key["id"].as_str().unwrap());
        let deleted = admin.request(Method::DELETE, &path, Body::empty(), None).await;
        assert_eq!(deleted.status, 200);
        assert_eq!(script.get("/auth/me").await.status, 401);
    }

    let register = r#"{
  "username": "your_username",
  "password": "your_password",
  "email": "your_email@example.com",
  "full_name": "Your Full Name",
  "role": "user"
}"#;
    let answer = post(&stranger, "/auth/register", register).await;
    assert_eq!(
        printed(&answer, &["message"]),
        json!({"message": "User registered successfully"})
    );
    assert!(answer.json::<Value>()["user_id"].is_string());
    app.run_jobs().await;
}

/// `auth-endpoints.md`: its example's passwords are those of an account of its own.
#[tokio::test]
async fn inference_framework_change_password() {
    let app = fresh().await;
    let register = r#"{"username": "your_username", "password": "old_password"}"#;
    assert_eq!(
        post(&app.anonymous(), "/auth/register", register).await.status,
        200
    );
    let user = app.sign_in("your_username", "old_password").await;
    let change = r#"{
  "current_password": "old_password",
  "new_password": "new_password"
}"#;
    assert_eq!(post(&user, "/auth/change-password", change).await.status, 200);
    app.sign_in("your_username", "new_password").await;
    app.run_jobs().await;
}

/// `aws-s3-service.md`
#[tokio::test]
async fn s3_service_sign_up_and_login() {
    let app = fresh().await;
    let stranger = app.anonymous();
    let testuser = r#"{"username": "testuser", "password": "testpassword"}"#;
    // Seeded in development: its sign-up collides, and its login works.
    assert_eq!(
        post(&stranger, "/auth/register", testuser)
            .await
            .error(400)
            .detail,
        "Username already exists"
    );
    let tokens: Value = post(&stranger, "/auth/login", testuser).await.ok();
    assert!(tokens["access_token"].is_string());

    let production = TestApp::new().await;
    assert_eq!(
        post(&production.anonymous(), "/auth/register", testuser)
            .await
            .status,
        200
    );
    assert_eq!(
        post(&production.anonymous(), "/auth/login", testuser)
            .await
            .status,
        200
    );
}

/// `s3-bucket-api-jwt.md`
#[tokio::test]
async fn bucket_api_token() {
    let app = fresh().await;
    let stranger = app.anonymous();
    let answer = stranger
        .form("/token", "username=testuser&password=testpassword")
        .await;
    let body: Value = answer.ok();
    assert_eq!(body["token_type"], "bearer");
    assert_eq!(body.as_object().unwrap().len(), 2, "the printed fields alone");
    let user = stranger.clone().bearer(body["access_token"].as_str().unwrap());
    assert_eq!(user.get("/api/auth/me").await.status, 200);
    let wrong = stranger.form("/token", "username=testuser&password=wrong").await;
    assert_eq!(wrong.error(400).detail, "Incorrect username or password");
}

/// `api-authentication.md`
#[tokio::test]
async fn rag_modulo_login_and_errors() {
    let app = fresh().await;
    let stranger = app.anonymous();
    let register = r#"{
  "username": "user@example.com",
  "password": "secure_password",
  "email": "user@example.com"
}"#;
    let answer = post(&stranger, "/api/auth/register", register).await;
    assert_eq!(
        printed(&answer, &["username", "email"]),
        json!({"username": "user@example.com", "email": "user@example.com"})
    );
    assert!(answer.json::<Value>()["user_id"].is_string());
    let code = app.code_for("user@example.com").await;
    let confirm = format!(r#"{{"username": "user@example.com", "code": "{code}"}}"#);
    assert_eq!(send(&stranger, "/api/auth/confirm", confirm).await.status, 200);
    let login = r#"{
  "username": "user@example.com",
  "password": "secure_password"
}"#;
    let login = post(&stranger, "/api/auth/login", login).await;
    assert_eq!(
        printed(&login, &["token_type", "expires_in"]),
        json!({"token_type": "bearer", "expires_in": 3600})
    );
    for (client, detail) in [
        (
            stranger.clone().bearer("<your-jwt-token>"),
            "Invalid authentication credentials",
        ),
        (stranger.clone(), "Not authenticated"),
    ] {
        assert_eq!(client.get("/api/auth/me").await.error(401).detail, detail);
    }
    let token = login.json::<Value>()["access_token"].as_str().unwrap().to_owned();
    app.clock.advance(time::Duration::seconds(3600));
    let expired = stranger.bearer(&token).get("/api/auth/me").await;
    assert_eq!(expired.error(401).detail, "Token has expired");
}
