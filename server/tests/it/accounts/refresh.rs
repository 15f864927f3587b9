//! Security 10: refresh tokens are good once, and one that comes back ends the sign-in.

use app::{
    contract::ErrorCode,
    features::auth::types::{Me, TokenResponse},
};
use futures::future::join_all;
use serde_json::json;
use time::Duration;

use super::sign_in::{replica, replica_with};
use crate::support::{Answer, Client, JWT_SECRET, PASSWORD, TestApp, User, on_both_databases};

async fn refresh(client: &Client, token: &str) -> Answer {
    client
        .post("/api/auth/refresh", json!({"refresh_token": token}))
        .await
}

async fn refreshed(client: &Client, token: &str) -> TokenResponse {
    refresh(client, token).await.ok()
}

async fn is_alive(app: &TestApp, tokens: &TokenResponse) -> bool {
    let client = app.anonymous().bearer(&tokens.access_token);
    client.get("/api/auth/me").await.status == 200
}

/// The outcomes of all exchanges so far, the oldest first.
async fn written_down(app: &TestApp, user: &User) -> Vec<(String, Option<String>)> {
    sqlx::query_as(
        "SELECT outcome, detail FROM audit_log
         WHERE action = 'account.refresh_tokens' AND actor_id = $1 ORDER BY at_ms",
    )
    .bind(user.id.to_string())
    .fetch_all(app.state.platform.db.pool())
    .await
    .unwrap()
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql)
        .fetch_one(app.state.platform.db.pool())
        .await
        .unwrap()
}

on_both_databases! {
    async fn security_10_a_refresh_token_is_exchanged_for_the_next(app) {
        let ada = app.user("ada").await;
        let mut token = ada.tokens.refresh_token.clone();
        for _ in 0..4 {
            app.clock.advance(Duration::hours(1));
            let next = refreshed(&app.anonymous(), &token).await;
            assert_ne!(next.refresh_token, token);
            assert!(next.refresh_token.starts_with("fpk_refresh_"));
            assert_eq!(next.refresh_token.len(), "fpk_refresh_".len() + 64, "256 bits");
            assert_eq!(next.expires_in, 3600);
            let me: Me = app.anonymous().bearer(&next.access_token).get("/api/auth/me").await.ok();
            assert_eq!(me.id, ada.id);
            token = next.refresh_token;
        }
        // Through an older path, tokens live as long as its document says.
        app.clock.advance(Duration::hours(1));
        let body = json!({"refresh_token": token});
        let short: TokenResponse = app.anonymous().post("/auth/refresh", body).await.ok();
        assert_eq!(short.expires_in, 1800);
        assert!(written_down(&app, &ada).await.iter().all(|(outcome, _)| outcome == "success"));
    }

    async fn security_10_replay_of_a_used_refresh_token_ends_the_sign_in(app) {
        let ada = app.user("ada").await;
        let elsewhere = app.sign_in("ada", PASSWORD).await;
        let stolen = ada.tokens.refresh_token.clone();
        let next = refreshed(&app.anonymous(), &stolen).await;
        app.clock.advance(Duration::seconds(11));
        assert!(is_alive(&app, &next).await && is_alive(&app, &ada.tokens).await);

        let refused = refresh(&app.anonymous(), &stolen).await;
        assert_eq!(refused.error(401).detail, "Invalid authentication credentials");
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
        assert!(!is_alive(&app, &next).await && !is_alive(&app, &ada.tokens).await);
        assert_eq!(refresh(&app.anonymous(), &next.refresh_token).await.error(401).code, ErrorCode::InvalidToken);
        assert!(is_alive(&app, &elsewhere.tokens).await, "another sign-in is another family");
        let written = written_down(&app, &ada).await;
        assert_eq!(written.iter().map(|(outcome, _)| outcome.as_str()).collect::<Vec<_>>(), ["success", "denied", "denied"]);
        let said = written.iter().filter_map(|(_, detail)| detail.as_deref());
        assert_eq!(said.filter(|detail| detail.contains("came back")).count(), 1, "{written:?}");
    }

    async fn security_10_replay_of_the_grandparent_ends_the_sign_in_at_once(app) {
        let ada = app.user("ada").await;
        let child = refreshed(&app.anonymous(), &ada.tokens.refresh_token).await;
        let grandchild = refreshed(&app.anonymous(), &child.refresh_token).await;
        // Not a second has passed; but whoever uses the child has the child, and needs its parent no more.
        assert_eq!(refresh(&app.anonymous(), &ada.tokens.refresh_token).await.status, 401);
        for token in [&child.refresh_token, &grandchild.refresh_token] {
            assert_eq!(refresh(&app.anonymous(), token).await.status, 401);
        }
        assert!(!is_alive(&app, &grandchild).await);
    }

    async fn security_10_twenty_at_once_on_two_replicas_all_go_on(app) {
        let ada = app.user("ada").await;
        let there = replica(&app).await;
        let here = app.anonymous();
        let token = &ada.tokens.refresh_token;
        let answers = join_all((0..20).map(|n| refresh(if n % 2 == 0 { &here } else { &there }, token))).await;
        let tokens: Vec<TokenResponse> = answers.iter().map(Answer::ok).collect();
        for other in &tokens {
            assert_eq!(other.refresh_token, tokens[0].refresh_token, "the family does not branch");
            assert!(is_alive(&app, other).await);
        }
        assert_eq!(count(&app, "SELECT COUNT(*) FROM refresh_tokens").await, 2);
        app.clock.advance(Duration::hours(1));
        assert!(is_alive(&app, &refreshed(&here, &tokens[7].refresh_token).await).await);
    }

    async fn security_12_a_refresh_token_dies_with_its_sign_in(app) {
        let ada = app.user("ada").await;
        assert_eq!(ada.post("/api/auth/logout", json!({})).await.status, 200);
        assert_eq!(refresh(&app.anonymous(), &ada.tokens.refresh_token).await.error(401).code, ErrorCode::InvalidToken);

        let ada = app.sign_in("ada", PASSWORD).await;
        let there = replica(&app).await;
        sqlx::query("UPDATE users SET status = 'disabled'").execute(app.state.platform.db.pool()).await.unwrap();
        for replica in [&app.anonymous(), &there] {
            assert_eq!(refresh(replica, &ada.tokens.refresh_token).await.error(401).code, ErrorCode::InvalidToken);
        }
    }
}

on_both_databases! {
    async fn security_12_a_new_password_ends_every_other_sign_in_everywhere(app) {
        let ada = app.user("ada").await;
        let elsewhere = app.sign_in("ada", PASSWORD).await;
        let key: serde_json::Value = ada.post("/api/auth/api-keys", json!({"name": "a key"})).await.ok();
        let script = app.anonymous().with("x-api-key", key["key"].as_str().unwrap());
        let there = replica(&app).await;
        let body = json!({"current_password": PASSWORD, "new_password": "another horse entirely"});
        assert_eq!(ada.post("/api/auth/change-password", body).await.status, 200);

        let other = there.clone().bearer(&elsewhere.tokens.access_token);
        assert_eq!(other.get("/api/auth/me").await.status, 401);
        assert_eq!(refresh(&there, &elsewhere.tokens.refresh_token).await.status, 401);
        // Whoever changed it goes on, and so do keys, which no password opened.
        assert_eq!(refresh(&there, &ada.tokens.refresh_token).await.status, 200);
        assert_eq!(script.get("/api/auth/me").await.status, 200);
        app.run_jobs().await;
    }

    async fn used_tokens_are_forgotten_once_they_would_have_expired(app) {
        let ada = app.user("ada").await;
        let mut tokens = ada.tokens.clone();
        for _ in 0..3 {
            app.clock.advance(Duration::days(5));
            tokens = refreshed(&app.anonymous(), &tokens.refresh_token).await;
        }
        assert_eq!(count(&app, "SELECT COUNT(*) FROM refresh_tokens").await, 4);
        app.state.auth.sweep().await.unwrap();
        assert_eq!(count(&app, "SELECT COUNT(*) FROM refresh_tokens").await, 2);
        refreshed(&app.anonymous(), &tokens.refresh_token).await;
    }
}

#[tokio::test]
async fn security_10_a_lost_answer_can_be_asked_for_again_for_ten_seconds() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let lost = refreshed(&app.anonymous(), &ada.tokens.refresh_token).await;
    app.clock.advance(Duration::seconds(10));
    let again = refreshed(&app.anonymous(), &ada.tokens.refresh_token).await;
    assert_eq!(again.refresh_token, lost.refresh_token);
    app.clock.advance(Duration::SECOND);
    assert_eq!(
        refresh(&app.anonymous(), &ada.tokens.refresh_token).await.status,
        401
    );
}

/// Whoever has the database alone, or a used token alone, has no token.
#[tokio::test]
async fn security_10_a_successor_cannot_be_computed_without_our_key() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let stranger = replica_with(&app, &["the secret of another server: thirty-two"]).await;
    let next = refreshed(&app.anonymous(), &ada.tokens.refresh_token).await;
    let rows: Vec<(String, Option<String>)> =
        sqlx::query_as("SELECT token_hash, successor_hash FROM refresh_tokens")
            .fetch_all(app.state.platform.db.pool())
            .await
            .unwrap();
    for token in [&ada.tokens.refresh_token, &next.refresh_token] {
        let secret = token.strip_prefix("fpk_refresh_").unwrap();
        assert!(!format!("{rows:?}").contains(secret));
        for (hash, _) in &rows {
            assert_eq!(refresh(&app.anonymous(), hash).await.status, 401);
        }
    }
    // The same used token, the same rows, another key: no successor, but a replay.
    assert_eq!(refresh(&stranger, &ada.tokens.refresh_token).await.status, 401);
}

#[tokio::test]
async fn security_10_two_tabs_agree_while_keys_rotate() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let rotated = replica_with(&app, &["the new secret: thirty-two bytes, or more", JWT_SECRET]).await;
    let here = refreshed(&app.anonymous(), &ada.tokens.refresh_token).await;
    let there = refreshed(&rotated, &ada.tokens.refresh_token).await;
    assert_eq!(here.refresh_token, there.refresh_token);
}

#[tokio::test]
async fn security_10_a_refresh_token_lives_seven_days_and_a_sign_in_ninety() {
    let app = TestApp::new().await;
    let idle = app.user("ada").await;
    app.clock.advance(Duration::days(7));
    let expired = refresh(&app.anonymous(), &idle.tokens.refresh_token)
        .await
        .error(401);
    assert_eq!(expired.code, ErrorCode::TokenExpired);
    assert_eq!(expired.detail, "Token has expired");

    let mut tokens = app.sign_in("ada", PASSWORD).await.tokens;
    for _ in 0..14 {
        app.clock.advance(Duration::days(6));
        tokens = refreshed(&app.anonymous(), &tokens.refresh_token).await;
    }
    // The 84th day: the last exchange reaches to the 90th, not to the 91st.
    app.clock.advance(Duration::days(6));
    let over = refresh(&app.anonymous(), &tokens.refresh_token).await.error(401);
    assert_eq!(over.code, ErrorCode::TokenExpired);
}

#[tokio::test]
async fn security_09_nothing_else_is_a_refresh_token() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let browser = app.browser_of("ada").await;
    let cookie = browser.cookie().unwrap();
    let key: serde_json::Value = ada
        .post("/api/auth/api-keys", json!({"name": "a key"}))
        .await
        .ok();
    for (what, token) in [
        ("access token", ada.tokens.access_token.as_str()),
        ("id token", &ada.tokens.id_token),
        ("API key", key["key"].as_str().unwrap()),
        ("session id", cookie.split_once('=').unwrap().1),
        ("nothing", ""),
        ("zeros", &format!("fpk_refresh_{}", "0".repeat(64))),
        ("upper case", &ada.tokens.refresh_token.to_uppercase()),
        ("a space", &format!(" {}", ada.tokens.refresh_token)),
        ("a long one", &"x".repeat(100_000)),
    ] {
        let refused = refresh(&app.anonymous(), token).await.error(401);
        assert_eq!(refused.detail, "Invalid authentication credentials", "{what}");
    }
    for body in [
        json!({}),
        json!({"refresh_token": 1}),
        json!({"refresh_token": "x", "scope": "admin"}),
    ] {
        assert_eq!(app.anonymous().post("/api/auth/refresh", body).await.status, 400);
    }
    assert!(is_alive(&app, &ada.tokens).await, "guesses end nobody's sign-in");
    assert_eq!(
        refresh(&app.anonymous(), &ada.tokens.refresh_token).await.status,
        200
    );
}
