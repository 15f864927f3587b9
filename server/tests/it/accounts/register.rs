use app::{
    contract::ErrorCode,
    features::auth::types::{Me, RegisterResponse, Role},
};
use axum::body::Body;
use http::Method;
use serde_json::json;

use crate::support::{PASSWORD, TestApp, on_both_databases};

const REGISTER: &str = "/api/auth/register";

on_both_databases! {
    async fn a_new_account_is_active_at_once(app) {
        let body = json!({"username": "ada", "password": PASSWORD, "full_name": "Ada Lovelace", "role": "user"});
        let registered: RegisterResponse = app.anonymous().post(REGISTER, body).await.ok();
        assert_eq!(registered.message, "User registered successfully");
        assert_eq!((registered.username.as_str(), registered.email), ("ada", None));

        let me: Me = app.sign_in("ada", PASSWORD).await.get("/api/auth/me").await.ok();
        assert_eq!(me.id, registered.user_id);
        assert_eq!(me.full_name.as_deref(), Some("Ada Lovelace"));
        assert_eq!((me.role, me.email_verified), (Role::User, false));
        assert_eq!(me.created_at.to_string(), "2024-01-01T00:00:00Z");
    }

    async fn two_at_once_for_one_name_make_one_account(app) {
        let body = || json!({"username": "ada", "password": PASSWORD});
        let (first, second) = (app.anonymous(), app.anonymous());
        let (first, second) = tokio::join!(first.post(REGISTER, body()), second.post(REGISTER, body()));
        let mut statuses = [first.status.as_u16(), second.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400]);
    }
}

#[tokio::test]
async fn security_01_no_client_sets_its_role() {
    let app = TestApp::new().await;
    let stranger = app.anonymous();
    for role in ["admin", "Admin", "root", ""] {
        let body = json!({"username": "eve", "password": PASSWORD, "role": role});
        let refused = stranger.post(REGISTER, body).await.error(403);
        assert_eq!(refused.code, ErrorCode::PermissionDenied, "{role}");
    }
    for extra in ["status", "quota_bytes", "prefix", "id", "is_admin"] {
        let mut body = json!({"username": "eve", "password": PASSWORD});
        body[extra] = json!("admin");
        let refused = stranger.post(REGISTER, body).await.error(400);
        assert_eq!(refused.fields[extra], "is not a field of this request");
    }
    let twice = format!(r#"{{"username":"eve","password":"{PASSWORD}","role":"user","role":"admin"}}"#);
    let answer = stranger
        .request(
            Method::POST,
            REGISTER,
            Body::from(twice),
            Some("application/json"),
        )
        .await;
    assert_eq!(answer.error(400).fields["role"], "is given twice");
    let form = format!("username=eve&password={PASSWORD}&role=admin");
    assert_eq!(stranger.form(REGISTER, &form).await.status, 415);

    let eve = app.user("eve").await;
    let me: Me = eve.get("/api/auth/me").await.ok();
    assert_eq!(me.role, Role::User);
}

#[tokio::test]
async fn security_03_passwords_are_long_enough_rare_and_not_the_name() {
    let app = TestApp::new().await;
    for (password, why) in [
        ("seven77", "must be at least 8 characters long"),
        ("password", "is one of the most common passwords"),
        ("12345678", "is one of the most common passwords"),
        ("AdaLovelace", "must not be the username or e-mail address"),
        (&"x".repeat(129), "must not be longer than 128 characters"),
    ] {
        let body = json!({"username": "adalovelace", "password": password});
        let refused = app.anonymous().post(REGISTER, body).await.error(400);
        assert_eq!(refused.fields["password"], why);
    }
    let huge = json!({"username": "ada", "password": "x".repeat(10 * 1024 * 1024)});
    let refused = app.anonymous().post(REGISTER, huge).await.error(413);
    assert_eq!(refused.code, ErrorCode::PayloadTooLarge);
}

#[tokio::test]
async fn a_name_is_plain() {
    let app = TestApp::new().await;
    for username in [
        "ab",
        "a b c",
        "../../etc",
        "${aws:username}",
        "*",
        "ada\u{0}",
        "аda",
        &"x".repeat(51),
    ] {
        let body = json!({"username": username, "password": PASSWORD});
        let refused = app.anonymous().post(REGISTER, body).await.error(400);
        assert!(refused.fields.contains_key("username"), "{username}: {refused:?}");
    }
}

#[tokio::test]
async fn where_no_mail_is_sent_no_address_is_taken() {
    let app = TestApp::builder()
        .var("APP_ENV", "staging")
        .var("PUBLIC_URL", "https://files.example.org")
        .var("SMTP_URL", "")
        .var("REGISTRATION", "closed")
        .build()
        .await;
    let body = json!({"username": "ada", "password": PASSWORD, "email": "ada@example.com"});
    assert_eq!(
        app.anonymous().post(REGISTER, body).await.error(403).code,
        ErrorCode::PermissionDenied
    );
    let forgot = app
        .anonymous()
        .post("/api/auth/forgot-password", json!({"username": "ada"}))
        .await;
    assert_eq!(forgot.status, 200);
    assert_eq!(app.anonymous().get("/api/dev/mailbox").await.status, 404);
}

#[tokio::test]
async fn the_policy_of_the_server_is_kept() {
    let body = || json!({"username": "ada", "password": PASSWORD});
    for (policy, words) in [
        ("closed", "Registration is closed on this server"),
        ("invite", "Registration on this server needs an invitation"),
    ] {
        let app = TestApp::builder().var("REGISTRATION", policy).build().await;
        let refused = app.anonymous().post(REGISTER, body()).await.error(403);
        assert_eq!(refused.detail, words);
    }
    let app = TestApp::builder()
        .var("REGISTRATION_WITHOUT_EMAIL", "false")
        .build()
        .await;
    let refused = app.anonymous().post(REGISTER, body()).await.error(400);
    assert_eq!(refused.fields["email"], "is required on this server");
}
