//! Where a person is signed in, and ending it from elsewhere.

use std::net::SocketAddr;

use app::features::auth::{
    types::TokenResponse,
    types_sessions::{SessionKind, SessionPage},
};
use axum::{body::Body, extract::ConnectInfo};
use http::{Method, Request};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::sign_in::replica;
use crate::support::{Answer, Client, PASSWORD, TestApp, on_both_databases};

async fn sessions(client: &Client) -> SessionPage {
    client.get("/api/auth/sessions").await.ok()
}

async fn end(client: &Client, id: impl std::fmt::Display) -> Answer {
    let path = format!("/api/auth/sessions/{id}");
    client.request(Method::DELETE, &path, Body::empty(), None).await
}

/// Signs in as a program of this name at this address.
async fn sign_in_as(app: &TestApp, user_agent: &str, address: &str) -> TokenResponse {
    let mut request = Request::post("/api/auth/login")
        .header("content-type", "application/json")
        .header("user-agent", user_agent)
        .body(Body::from(
            json!({"username": "ada", "password": PASSWORD}).to_string(),
        ))
        .unwrap();
    let peer = SocketAddr::new(address.parse().unwrap(), 4711);
    request.extensions_mut().insert(ConnectInfo(peer));
    app.anonymous().send(request).await.ok()
}

on_both_databases! {
    async fn a_person_sees_their_devices_and_ends_one_of_them(app) {
        let ada = app.user("ada").await;
        app.clock.advance(Duration::minutes(1));
        let tokens = sign_in_as(&app, "backup-robot/2.1", "2001:db8::7").await;
        app.clock.advance(Duration::minutes(1));
        let browser = app.browser_of("ada").await;
        let bob = app.user("bob").await;

        let page = sessions(&ada).await;
        let kinds: Vec<_> = page.sessions.iter().map(|session| session.kind).collect();
        assert_eq!(kinds, [SessionKind::Browser, SessionKind::Token, SessionKind::Token]);
        assert_eq!(page.sessions.iter().map(|session| session.current).collect::<Vec<_>>(), [false, false, true]);
        assert!(!page.has_more && page.continuation_token.is_none());
        let robot = &page.sessions[1];
        assert_eq!((robot.device.as_str(), robot.user_agent.as_str()), ("backup-robot", "backup-robot/2.1"));
        assert_eq!(robot.address.as_deref(), Some("2001:db8::7"));
        assert_eq!(page.sessions[0].device, "Unknown device");

        // Nobody else's, and nobody is told whether there is one.
        let there = replica(&app).await.bearer(&tokens.access_token);
        assert_eq!(there.get("/api/auth/me").await.status, 200);
        let strangers = end(&bob, robot.id).await;
        let nobodys = end(&bob, ada.id).await;
        assert_eq!(strangers.error(404), nobodys.error(404));
        assert_eq!(there.get("/api/auth/me").await.status, 200);

        assert_eq!(end(&ada, robot.id).await.text(), r#"{"message":"Signed out"}"#);
        assert_eq!(there.get("/api/auth/me").await.status, 401, "at once, on every replica");
        let body = json!({"refresh_token": tokens.refresh_token});
        assert_eq!(app.anonymous().post("/api/auth/refresh", body).await.status, 401);
        assert_eq!(end(&ada, robot.id).await.status, 404);
        assert_eq!(sessions(&ada).await.sessions.len(), 2);
        assert_eq!(browser.get("/api/auth/me").await.status, 200);

        let written: Vec<(String, String)> = sqlx::query_as(
            "SELECT outcome, actor_name FROM audit_log WHERE action = 'account.end_session' ORDER BY at_ms, id",
        )
        .fetch_all(app.state.platform.db.pool())
        .await
        .unwrap();
        assert_eq!(written.len(), 4);
        assert_eq!(written.iter().filter(|row| row.0 == "denied").count(), 3);
    }

    async fn the_list_of_devices_comes_in_pages(app) {
        let ada = app.user("ada").await;
        for n in 0..4 {
            // Some in the same second.
            app.clock.advance(Duration::seconds(n % 2));
            app.sign_in("ada", PASSWORD).await;
        }
        let whole = sessions(&ada).await.sessions;
        assert_eq!(whole.len(), 5);
        let (mut found, mut token) = (Vec::new(), None::<String>);
        loop {
            let query = serde_urlencoded::to_string([("max_keys", "2")]).unwrap();
            let next = token.map(|token| format!("&continuation_token={token}")).unwrap_or_default();
            let page: SessionPage = ada.get(&format!("/api/auth/sessions?{query}{next}")).await.ok();
            assert!(page.sessions.len() <= 2);
            found.extend(page.sessions);
            token = page.continuation_token;
            assert_eq!(page.has_more, token.is_some());
            if token.is_none() {
                break;
            }
        }
        assert_eq!(found, whole);
        for token in ["", "x", "AAAA", "MS4y"] {
            let path = format!("/api/auth/sessions?continuation_token={token}");
            assert_eq!(ada.get(&path).await.error(400).fields.len(), 1, "{token}");
        }
        assert_eq!(end(&ada, "not-an-id").await.status, 400);
    }
}

#[tokio::test]
async fn a_browser_ends_its_own_session_and_loses_the_cookie() {
    let app = TestApp::new().await;
    app.user("ada").await;
    let browser = app.browser_of("ada").await;
    let page: SessionPage = browser.get("/api/auth/sessions").await.ok();
    let own = page.sessions.iter().find(|session| session.current).unwrap();
    assert_eq!(own.kind, SessionKind::Browser);
    let same_origin = app.anonymous().with("sec-fetch-site", "same-origin");
    let answer = end(&browser.stolen_by(same_origin), own.id).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(
        browser.get("/api/auth/me").await.error(401).detail,
        "Not authenticated"
    );
}

#[tokio::test]
async fn what_is_over_is_not_listed() {
    let app = TestApp::new().await;
    app.user("ada").await;
    app.browser_of("ada").await;
    app.clock.advance(Duration::hours(24) + Duration::SECOND);
    let ada = app.sign_in("ada", PASSWORD).await;
    let kinds: Vec<_> = sessions(&ada).await.sessions.iter().map(|s| s.kind).collect();
    assert_eq!(
        kinds,
        [SessionKind::Token; 2],
        "a browser that is idle for a day is out"
    );
    app.clock.advance(Duration::days(6));
    let ada = app.sign_in("ada", PASSWORD).await;
    assert_eq!(
        sessions(&ada).await.sessions.len(),
        2,
        "seven days are the end of the first"
    );
}

#[tokio::test]
async fn renewing_tokens_tells_where_a_device_is_now() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let tokens = sign_in_as(&app, "curl/8.5.0", "192.0.2.1").await;
    app.clock.advance(Duration::hours(2));
    let mut request = Request::post("/api/auth/refresh")
        .header("content-type", "application/json")
        .body(Body::from(
            json!({"refresh_token": tokens.refresh_token}).to_string(),
        ))
        .unwrap();
    let peer = SocketAddr::new("198.51.100.9".parse().unwrap(), 4711);
    request.extensions_mut().insert(ConnectInfo(peer));
    let tokens: TokenResponse = app.anonymous().send(request).await.ok();
    let fresh = app.anonymous().bearer(&tokens.access_token);
    let page = sessions(&fresh).await;
    let own = page.sessions.iter().find(|session| session.current).unwrap();
    assert_eq!(own.address.as_deref(), Some("198.51.100.9"));
    let (seen, created): (OffsetDateTime, OffsetDateTime) = (own.last_seen_at.into(), own.created_at.into());
    assert_eq!(seen - created, Duration::hours(2));
    assert_eq!(
        ada.get("/api/auth/me").await.status,
        401,
        "an hour is an access token's life"
    );
}
