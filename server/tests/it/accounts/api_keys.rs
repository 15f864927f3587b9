//! Security 16: keys for scripts.

use app::{
    contract::ErrorCode,
    features::{
        api_keys::types::{ApiKeysResponse, CreatedApiKey},
        auth::types::Me,
        files::types::{ObjectPage, UserPrefixResponse},
        uploads::types::UnfinishedUploadsResponse,
    },
};
use axum::{Router, body::Body, routing::post};
use futures::future::join_all;
use http::Method;
use serde_json::{Value, json};
use server::features::auth::CanReadWrite;
use time::Duration;

use super::sign_in::replica;
use crate::support::{Answer, Client, Form, TestApp, User, on_both_databases};

async fn create(user: &User, body: Value) -> CreatedApiKey {
    user.post("/api/auth/api-keys", body).await.ok()
}

async fn delete(client: &Client, id: impl std::fmt::Display) -> Answer {
    let path = format!("/api/auth/api-keys/{id}");
    client.request(Method::DELETE, &path, Body::empty(), None).await
}

fn script(app: &TestApp, key: &CreatedApiKey) -> Client {
    app.anonymous().with("x-api-key", &key.key)
}

async fn upload(client: &Client, key: &str) -> Answer {
    let form = Form::new().file("file", "text/plain", b"hello").text("key", key);
    client.post_form("/api/s3/upload", form).await
}

on_both_databases! {
    async fn security_16_a_key_is_shown_once_and_kept_as_a_digest(app) {
        let ada = app.user("ada").await;
        let key = create(&ada, json!({"name": " nightly backup ", "description": "on the NAS"})).await;
        let secret = key.key.strip_prefix("fpk_key_").unwrap();
        assert_eq!(hex::decode(secret).unwrap().len() * 8, 256);
        assert_eq!(key.details.hint, format!("fpk_key_{}…{}", &secret[..4], &secret[60..]));
        assert_eq!(key.details.name, "nightly backup");
        assert_eq!(key.details.prefix, ada.key(""));
        assert_eq!(key.details.scopes.len(), 2);
        let me: Me = script(&app, &key).get("/api/auth/me").await.ok();
        assert_eq!(me.id, ada.id);

        let listed = ada.get("/api/auth/api-keys").await;
        assert!(!listed.text().contains(secret));
        let listed: ApiKeysResponse = listed.ok();
        assert_eq!(listed.api_keys.len(), 1);
        assert!(listed.api_keys[0].last_used_at.is_some());
        let rows: Vec<String> = sqlx::query_scalar(
            "SELECT key_hash || ' ' || hint || ' ' || name FROM api_keys
             UNION ALL SELECT action || ' ' || COALESCE(target, '') || ' ' || COALESCE(detail, '') FROM audit_log",
        )
        .fetch_all(app.state.platform.db.pool())
        .await
        .unwrap();
        assert!(rows.len() >= 3);
        assert!(!rows.iter().any(|row| row.contains(secret)), "{rows:?}");
    }

    async fn security_16_a_deleted_key_is_dead_at_once_and_everywhere(app) {
        let ada = app.user("ada").await;
        let bob = app.user("bob").await;
        let key = create(&ada, json!({"name": "a key"})).await;
        let there = replica(&app).await.with("x-api-key", &key.key);
        assert_eq!(there.get("/api/auth/me").await.status, 200);
        assert_eq!(delete(&bob, key.details.id).await.error(404), delete(&bob, ada.id).await.error(404));
        assert_eq!(there.get("/api/auth/me").await.status, 200);
        assert_eq!(delete(&ada, key.details.id).await.status, 200);
        for script in [&there, &script(&app, &key)] {
            let refused = script.get("/api/auth/me").await.error(401);
            assert_eq!(refused.detail, "Invalid authentication credentials");
        }
        assert_eq!(delete(&ada, key.details.id).await.status, 404);
    }

    async fn security_12_a_key_is_no_better_than_its_owner(app) {
        let ada = app.user("ada").await;
        let key = create(&ada, json!({"name": "a key"})).await;
        let there = replica(&app).await.with("x-api-key", &key.key);
        let set = |column: &'static str, value: &'static str| {
            let sql = format!("UPDATE users SET {column} = '{value}'");
            let pool = app.state.platform.db.pool();
            async move { sqlx::query(sqlx::AssertSqlSafe(sql)).execute(pool).await.unwrap() }
        };
        set("role", "admin").await;
        assert_eq!(there.get("/api/auth/me").await.ok::<Value>()["role"], "admin");
        set("role", "user").await;
        assert_eq!(there.get("/api/auth/me").await.ok::<Value>()["role"], "user");
        set("status", "disabled").await;
        assert_eq!(there.get("/api/auth/me").await.error(401).code, ErrorCode::InvalidToken);
        set("status", "active").await;
        assert_eq!(there.get("/api/auth/me").await.status, 200);
    }

    async fn a_key_expires(app) {
        let ada = app.user("ada").await;
        let key = create(&ada, json!({"name": "a week", "expires_in_days": 7})).await;
        app.clock.advance(Duration::days(7) - Duration::SECOND);
        assert_eq!(script(&app, &key).get("/api/auth/me").await.status, 200);
        app.clock.advance(Duration::SECOND);
        let expired = script(&app, &key).get("/api/auth/me").await.error(401);
        assert_eq!((expired.code, expired.detail.as_str()), (ErrorCode::TokenExpired, "Token has expired"));
    }

    async fn nobody_has_more_than_a_hundred_keys(app) {
        let ada = app.user("ada").await;
        for n in 0..95 {
            create(&ada, json!({"name": format!("key {n}")})).await;
        }
        let more = join_all((0..10).map(|n| ada.post("/api/auth/api-keys", json!({"name": format!("more {n}")})))).await;
        let mut statuses: Vec<_> = more.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 200, 200, 200, 409, 409, 409, 409, 409]);
        let listed: ApiKeysResponse = ada.get("/api/auth/api-keys").await.ok();
        assert_eq!(listed.api_keys.len(), 100);
        delete(&ada, listed.api_keys[0].id).await;
        create(&ada, json!({"name": "room again"})).await;
    }
}

#[tokio::test]
async fn security_16_a_key_works_in_its_header_and_nowhere_else() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let key = create(&ada, json!({"name": "a key"})).await.key;
    for query in ["x-api-key", "X-API-Key", "api_key", "key"] {
        let path = format!("/api/s3/user-prefix?{query}={key}");
        assert_eq!(
            app.anonymous().get(&path).await.error(401).detail,
            "Not authenticated"
        );
    }
    let as_bearer = app.anonymous().bearer(&key);
    assert_eq!(as_bearer.get("/api/auth/me").await.status, 401);
    let as_cookie = app.anonymous().with("cookie", format!("forepeak-8000={key}"));
    assert_eq!(as_cookie.get("/api/auth/me").await.status, 401);
    // The pages are for people.
    let page = app.anonymous().with("x-api-key", &key).get("/files/").await;
    assert_eq!(page.status, 303);
    // A wrong key beside a good cookie is a wrong key; beside a token, the token decides.
    let browser = app.browser_of("ada").await;
    let wrong = app.anonymous().with("x-api-key", "fpk_key_0");
    assert_eq!(
        browser.stolen_by(wrong.clone()).get("/api/auth/me").await.status,
        401
    );
    let token = wrong.bearer(&ada.tokens.access_token);
    assert_eq!(token.get("/api/auth/me").await.status, 200);
    for other in [
        key.to_uppercase(),
        key[..key.len() - 1].to_owned(),
        format!("{key}0"),
        String::new(),
    ] {
        let client = app.anonymous().with("x-api-key", &other);
        assert_eq!(client.get("/api/auth/me").await.status, 401, "{other}");
    }
}

/// Whatever the account's routes are or will be: none but those that anybody may call takes a key.
#[tokio::test]
async fn security_16_no_key_gets_near_the_account() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let key = create(&ada, json!({"name": "a key"})).await;
    let script = script(&app, &key);
    let document: Value =
        serde_json::from_str(&server::router::openapi("forepeak").to_json().unwrap()).unwrap();
    let mut refused = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let account = ["/api/auth/", "/api/admin/", "/api/credentials"];
        if !account.iter().any(|start| path.starts_with(start)) {
            continue;
        }
        for (method, operation) in item.as_object().unwrap() {
            let open = operation["security"].as_array().is_none_or(Vec::is_empty);
            if open || (method == "get" && matches!(path.as_str(), "/api/auth/me" | "/api/auth/profile")) {
                continue;
            }
            let method: Method = method.to_uppercase().parse().unwrap();
            let id = "00000000-0000-4000-8000-000000000000";
            let path = path.replace("{id}", id);
            let answer = script
                .request(method.clone(), &path, "{}".into(), Some("application/json"))
                .await;
            let error = answer.error(403);
            assert_eq!(error.code, ErrorCode::PermissionDenied, "{method} {path}");
            refused.push(format!("{method} {path}"));
        }
    }
    assert!(
        refused.contains(&"POST /api/auth/api-keys".to_owned()),
        "{refused:?}"
    );
    assert!(refused.contains(&"GET /api/auth/sessions".to_owned()));
    assert_eq!(ada.get("/api/auth/me").await.status, 200);
    let written: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM audit_log WHERE action = 'api_key.use' AND outcome = 'denied'",
    )
    .fetch_one(app.state.platform.db.pool())
    .await
    .unwrap();
    assert_eq!(
        usize::try_from(written).unwrap(),
        refused.len(),
        "each denial is written down"
    );
}

/// What copies needs both scopes.
#[tokio::test]
async fn security_16_a_key_needs_every_scope_that_its_handler_asks_for() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let copies = Router::new()
        .route(
            "/copy",
            post(|CanReadWrite(who): CanReadWrite| async move { who.username }),
        )
        .with_state(app.state.clone());
    let by = async |scopes: Value| {
        let key = create(&ada, json!({"name": "a key", "scopes": scopes})).await;
        let script = Client::new(copies.clone()).with("x-api-key", &key.key);
        script.post("/copy", json!({})).await
    };
    let both = by(json!(["read", "write"])).await;
    assert_eq!((both.status.as_u16(), both.text()), (200, "ada"));
    let refused = by(json!(["read"])).await.error(403);
    assert_eq!(refused.detail, "This API key may not change anything");
    let refused = by(json!(["write"])).await.error(403);
    assert_eq!(refused.detail, "This API key may not read");
    let person = Client::new(copies.clone()).bearer(&ada.tokens.access_token);
    assert_eq!(person.post("/copy", json!({})).await.status, 200);
}

#[tokio::test]
async fn security_16_a_key_reaches_no_further_than_its_prefix() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    for path in ["docs/a.txt", "docs-secret/b.txt", "docs.txt", "c.txt"] {
        ada.upload(path, "text/plain", b"hello").await;
    }
    let begun: Value = ada
        .post("/api/s3/multipart/initiate", json!({"key": ada.key("c.bin")}))
        .await
        .ok();
    // Its closing slash is added: a prefix is a folder, not the beginning of a name.
    let key = create(&ada, json!({"name": "docs", "prefix": ada.key("docs")})).await;
    assert_eq!(key.details.prefix, ada.key("docs/"));
    let script = script(&app, &key);
    let prefix: UserPrefixResponse = script.get("/api/s3/user-prefix").await.ok();
    assert_eq!(prefix.prefix, ada.key("docs/"));

    let page: ObjectPage = script.get("/api/s3/objects?recursive=true").await.ok();
    let keys: Vec<_> = page.objects.iter().map(|object| object.key.clone()).collect();
    assert_eq!(keys, [ada.key("docs/a.txt")]);
    assert_eq!(upload(&script, &ada.key("docs/new.txt")).await.status, 200);

    for path in [
        "docs-secret/b.txt",
        "docs.txt",
        "c.txt",
        "docs",
        "",
        "docs/../c.txt",
        "docs%2F..%2Fc.txt",
    ] {
        for route in [
            "object?key=",
            "object/metadata?key=",
            "object/versions?key=",
            "objects?prefix=",
            "search?query=b&prefix=",
        ] {
            let answer = script.get(&format!("/api/s3/{route}{}", ada.key(path))).await;
            assert!(
                matches!(answer.status.as_u16(), 400 | 403),
                "{route}{path}: {}",
                answer.text()
            );
        }
        let answer = upload(&script, &ada.key(path)).await;
        assert!(
            matches!(answer.status.as_u16(), 400 | 403),
            "{path}: {}",
            answer.text()
        );
    }
    let unfinished: UnfinishedUploadsResponse = script.get("/api/s3/multipart").await.ok();
    assert_eq!(unfinished.uploads.len(), 0);
    let unfinished: UnfinishedUploadsResponse = ada.get("/api/s3/multipart").await.ok();
    assert_eq!(unfinished.uploads.len(), 1);
    // The owner's own upload, under a name that the key may write.
    for name in ["c.bin", "docs/c.bin"] {
        let body = json!({"key": ada.key(name), "upload_id": begun["upload_id"]});
        let answer = script.delete_json("/api/s3/multipart", body).await;
        assert!(
            matches!(answer.status.as_u16(), 403 | 404),
            "{name}: {}",
            answer.text()
        );
    }
    let page: ObjectPage = ada.get("/api/s3/objects?recursive=true").await.ok();
    assert_eq!(
        page.objects.len(),
        5,
        "four of before, and the one that the key could make"
    );
}

#[tokio::test]
async fn what_a_key_is_made_of_is_checked() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    for (body, field) in [
        (json!({}), "name"),
        (json!({"name": "  "}), "name"),
        (json!({"name": "x".repeat(101)}), "name"),
        (json!({"name": "two\nlines"}), "name"),
        (
            json!({"name": "k", "description": "x".repeat(501)}),
            "description",
        ),
        (json!({"name": "k", "scopes": []}), "scopes"),
        (json!({"name": "k", "expires_in_days": 0}), "expires_in_days"),
        (json!({"name": "k", "expires_in_days": 3651}), "expires_in_days"),
        (json!({"name": "k", "prefix": ""}), "prefix"),
        (json!({"name": "k", "prefix": ada.key("a/../../x")}), "prefix"),
        (
            json!({"name": "k", "prefix": ada.key(&"x".repeat(1100))}),
            "prefix",
        ),
        (json!({"name": "k", "key": "mine"}), "key"),
        (json!({"name": "k", "user_id": bob.id}), "user_id"),
    ] {
        let refused = ada.post("/api/auth/api-keys", body.clone()).await.error(400);
        assert!(refused.fields.contains_key(field), "{body}: {refused:?}");
    }
    let unknown_scope = json!({"name": "k", "scopes": ["admin"]});
    assert_eq!(ada.post("/api/auth/api-keys", unknown_scope).await.status, 400);
    for prefix in [
        bob.key("docs/"),
        "users/".to_owned(),
        format!("users/{}", ada.id),
        "*".to_owned(),
    ] {
        let refused = ada
            .post("/api/auth/api-keys", json!({"name": "k", "prefix": prefix}))
            .await
            .error(403);
        assert_eq!(refused.code, ErrorCode::PermissionDenied, "{prefix}");
    }
    let listed: ApiKeysResponse = ada.get("/api/auth/api-keys").await.ok();
    assert_eq!(listed.api_keys, []);
    assert_eq!(delete(&ada, "not-an-id").await.status, 400);
}

#[tokio::test]
async fn the_last_use_is_exact_to_a_minute() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let key = create(&ada, json!({"name": "a key"})).await;
    assert_eq!(key.details.last_used_at, None);
    let last_used = || async {
        let listed: Value = ada.get("/api/auth/api-keys").await.ok();
        listed["api_keys"][0]["last_used_at"].clone()
    };
    script(&app, &key).get("/api/auth/me").await;
    assert_eq!(last_used().await, "2024-01-01T00:00:00Z");
    app.clock.advance(Duration::seconds(59));
    script(&app, &key).get("/api/auth/me").await;
    assert_eq!(last_used().await, "2024-01-01T00:00:00Z");
    app.clock.advance(Duration::SECOND);
    script(&app, &key).get("/api/auth/me").await;
    assert_eq!(last_used().await, "2024-01-01T00:01:00Z");
    // What is refused is no use.
    app.clock.advance(Duration::minutes(30));
    script(&app, &key).get("/api/auth/sessions").await.error(403);
    assert_eq!(last_used().await, "2024-01-01T00:01:00Z");
}

/// The limits find out who calls before the handler does: a key must be no more, and no less, for that.
#[tokio::test]
async fn security_16_a_key_is_the_same_key_where_callers_are_counted() {
    let app = TestApp::builder()
        .var("RATE_LIMIT_S3_PER_MINUTE", "50")
        .build()
        .await;
    let ada = app.user("ada").await;
    let key = create(&ada, json!({"name": "a key", "scopes": ["read"]})).await;
    let script = script(&app, &key);
    let answer = script.get("/api/auth/me").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("x-ratelimit-limit")),
        (200, Some("50"))
    );
    let folder = json!({"prefix": ada.key("folder/")});
    script.post("/api/s3/folder", folder).await.error(403);
    script.get("/api/auth/sessions").await.error(403);
    let written: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM audit_log WHERE action = 'api_key.use'")
        .fetch_one(app.state.platform.db.pool())
        .await
        .unwrap();
    assert_eq!(written, 2, "each denial once");
}
