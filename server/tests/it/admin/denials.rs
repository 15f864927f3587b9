//! Security 39: what is refused is written down, once, whoever refuses it.

use app::features::{api_keys::types::CreatedApiKey, audit::types::AuditQuery};
use serde_json::{Value, json};
use time::Duration;

use super::{delete, log, patch};
use crate::support::{Client, PASSWORD, TestApp, User};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// All denials so far, `action outcome by target`, sorted: the log has no order within a millisecond.
async fn denials(app: &TestApp) -> Vec<String> {
    let query: AuditQuery = serde_json::from_value(json!({"outcome": "denied"})).unwrap();
    let mut denials = log(app, query).await;
    denials.sort();
    denials
}

/// What they say, oldest first.
async fn details(app: &TestApp) -> Vec<String> {
    sqlx::query_scalar("SELECT detail FROM audit_log WHERE outcome = 'denied' ORDER BY at_ms, id")
        .fetch_all(app.state.platform.db.pool())
        .await
        .unwrap()
}

async fn key(app: &TestApp, owner: &User, more: Value) -> (CreatedApiKey, Client) {
    let mut body = json!({"name": "a key"});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let key: CreatedApiKey = owner.post("/api/auth/api-keys", body).await.ok();
    let script = app.anonymous().with("x-api-key", &key.key);
    (key, script)
}

#[tokio::test]
async fn security_39_a_stranger_at_a_closed_door_is_written_down() {
    let app = TestApp::new().await;
    let from = |n: u32| app.anonymous().from(&format!("192.0.2.{n}"));
    assert_eq!(from(1).get("/api/admin/users").await.status, 401);
    assert_eq!(
        from(2)
            .bearer("forged")
            .get("/api/s3/search?query=x")
            .await
            .status,
        401
    );
    assert_eq!(
        from(3)
            .with("x-api-key", "forged")
            .get("/api/auth/me")
            .await
            .status,
        401
    );
    assert_eq!(
        from(4).form("/sign-in", "username=a&password=b").await.status,
        403
    );
    assert_eq!(
        denials(&app).await,
        [
            "request.denied denied - GET /api/admin/users",
            "request.denied denied - GET /api/auth/me",
            "request.denied denied - GET /api/s3/search",
            "request.denied denied - POST /sign-in",
        ]
    );
    assert!(!details(&app).await.join(" ").contains("forged"));
}

#[tokio::test]
async fn security_39_a_flood_of_refusals_is_none_of_rows() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let from = |n: u32| app.anonymous().from(&format!("192.0.2.{n}"));
    let flood = async || {
        for _ in 0..30 {
            assert_eq!(from(1).get("/api/auth/me").await.status, 401);
            assert_eq!(from(1).get("/api/auth/sessions").await.status, 401);
            assert_eq!(ada.get("/api/s3/object?key=users/other").await.status, 403);
        }
    };
    flood().await;
    assert_eq!(
        denials(&app).await.len(),
        2,
        "one for each caller and kind of route"
    );
    // Another network and another kind are told apart.
    from(2).get("/api/auth/me").await;
    from(1).get("/api/s3/user-prefix").await;
    assert_eq!(denials(&app).await.len(), 4);
    app.clock.advance(Duration::MINUTE);
    flood().await;
    assert_eq!(denials(&app).await.len(), 6);
}

#[tokio::test]
async fn security_39_whoever_reaches_out_of_their_prefix_is_named() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let (_, script) = key(&app, &ada, json!({"prefix": ada.key("docs/")})).await;
    let get = async |client: &Client, key: &str| {
        let path = format!("/api/s3/object?key={key}");
        assert_eq!(client.get(&path).await.status, 403);
        app.clock.advance(Duration::MINUTE);
    };
    get(&script, &ada.query_key("secret.txt")).await;
    get(&ada, &bob.query_key("secret.txt")).await;
    get(
        &app.browser_of("ada").await.stolen_by(app.anonymous()),
        &bob.query_key("x"),
    )
    .await;
    assert_eq!(
        denials(&app).await,
        ["request.denied denied ada GET /api/s3/object"; 3]
    );
    for detail in details(&app).await {
        assert!(
            detail.starts_with("key ") && !detail.contains("secret"),
            "{detail}"
        );
    }
}

#[tokio::test]
async fn security_39_a_key_is_accused_of_nothing_where_it_is_not_asked_for() {
    // The limits ask who calls before the handler does not.
    let app = TestApp::builder()
        .var("RATE_LIMIT_S3_PER_MINUTE", "50")
        .build()
        .await;
    let ada = app.user("ada").await;
    let (made, script) = key(&app, &ada, json!({"expires_in_days": 1})).await;
    let refresh = json!({"refresh_token": ada.tokens.refresh_token});
    assert_eq!(script.post("/api/auth/refresh", refresh).await.status, 200);
    assert_eq!(denials(&app).await, Vec::<String>::new());

    assert_eq!(script.get("/api/auth/sessions").await.status, 403);
    app.clock.advance(Duration::DAY);
    assert_eq!(script.get("/api/auth/me").await.status, 401);
    let denial = format!("api_key.use denied ada {}", made.details.id);
    assert_eq!(denials(&app).await, [denial.clone(), denial]);
    assert_eq!(
        details(&app).await,
        ["GET /api/auth/sessions", "GET /api/auth/me: the key has expired"]
    );
}

#[tokio::test]
async fn security_39_what_admins_cannot_do_is_written_down_too() {
    let app = TestApp::new().await;
    let root = app.admin("root").await;
    let user = format!("/api/admin/users/{NOBODY}");
    assert_eq!(
        patch(&root, &user, json!({"status": "disabled"})).await.status,
        404
    );
    assert_eq!(delete(&root, &user).await.status, 404);
    assert_eq!(
        delete(&root, &format!("/api/admin/invitations/{NOBODY}"))
            .await
            .status,
        404
    );
    let taken = json!({"username": "ROOT", "password": PASSWORD});
    assert_eq!(root.post("/api/admin/users", taken.clone()).await.status, 400);
    assert_eq!(
        app.anonymous().post("/api/auth/register", taken).await.status,
        400
    );
    assert_eq!(
        denials(&app).await,
        [
            "account.register denied ROOT -".to_owned(),
            format!("invitation.revoke denied root {NOBODY}"),
            "user.create denied root -".to_owned(),
            format!("user.delete denied root {NOBODY}"),
            format!("user.status denied root {NOBODY}"),
        ]
    );
}

#[tokio::test]
async fn security_39_one_key_too_many_is_written_down() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    for _ in 0..100 {
        key(&app, &ada, json!({})).await;
    }
    let answer = ada.post("/api/auth/api-keys", json!({"name": "a key"})).await;
    assert_eq!(answer.status, 409);
    assert_eq!(denials(&app).await, ["api_key.create denied ada -"]);
}
