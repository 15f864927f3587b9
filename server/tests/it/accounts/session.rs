//! Security 13: the browser's session.

use app::{contract::ErrorCode, features::auth::types::Me};
use serde_json::json;
use time::Duration;

use crate::support::{PASSWORD, TestApp, on_both_databases};

fn form(username: &str, password: &str, next: &str) -> String {
    serde_urlencoded::to_string([("username", username), ("password", password), ("next", next)]).unwrap()
}

on_both_databases! {
    async fn a_browser_signs_in_and_out(app) {
        app.user("ada").await;
        let browser = app.browser_of("ada").await;
        let me: Me = browser.get("/api/auth/me").await.ok();
        assert_eq!(me.username, "ada");
        let thief = browser.stolen_by(app.anonymous());

        let answer = browser.form("/sign-out", "").await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some("/sign-in")));
        assert_eq!(browser.cookie(), None);
        assert_eq!(browser.get("/api/auth/me").await.error(401).detail, "Not authenticated");
        // security 13: the server forgot it, not only the browser.
        assert_eq!(thief.get("/api/auth/me").await.status, 401);
    }
}

#[tokio::test]
async fn security_13_the_cookie_is_as_closed_as_it_can_be() {
    let production = TestApp::builder()
        .var("APP_ENV", "production")
        .var("PUBLIC_URL", "https://files.example.org")
        .var("REGISTRATION_WITHOUT_EMAIL", "true")
        .build()
        .await;
    let development = TestApp::new().await;
    for (app, expected) in [
        (
            production,
            (
                "__Host-forepeak=",
                &["HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Max-Age=604800"][..],
            ),
        ),
        (
            development,
            (
                "forepeak-8000=",
                &["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=604800"][..],
            ),
        ),
    ] {
        app.user("ada").await;
        let answer = app.browser().form("/sign-in", &form("ada", PASSWORD, "")).await;
        let cookie = answer.header("set-cookie").unwrap();
        assert!(cookie.starts_with(expected.0), "{cookie}");
        let mut attributes: Vec<_> = cookie.split("; ").skip(1).collect();
        attributes.sort_unstable();
        let mut wanted = expected.1.to_vec();
        wanted.sort_unstable();
        assert_eq!(attributes, wanted);
    }
}

#[tokio::test]
async fn security_13_the_id_changes_at_every_login() {
    let app = TestApp::new().await;
    app.user("ada").await;
    app.user("bob").await;
    let browser = app.browser_of("ada").await;
    let planted = browser.cookie().unwrap();
    let old = browser.stolen_by(app.anonymous());

    assert_eq!(
        browser.form("/sign-in", &form("bob", PASSWORD, "")).await.status,
        303
    );
    assert_ne!(browser.cookie().unwrap(), planted);
    let me: Me = browser.get("/api/auth/me").await.ok();
    assert_eq!(me.username, "bob");
    assert_eq!(old.get("/api/auth/me").await.status, 401);

    // An id that somebody made up is not adopted.
    let fixed = app
        .anonymous()
        .with("cookie", "forepeak-8000=AAAAAAAAAAAAAAAAAAAAAA")
        .with("sec-fetch-site", "same-origin");
    let answer = fixed.form("/sign-in", &form("ada", PASSWORD, "")).await;
    assert!(
        !answer
            .header("set-cookie")
            .unwrap()
            .contains("AAAAAAAAAAAAAAAAAAAAAA")
    );
}

#[tokio::test]
async fn security_13_a_session_ends_when_idle_and_in_any_case() {
    let app = TestApp::new().await;
    app.user("ada").await;
    let idle = app.browser_of("ada").await;
    app.clock.advance(Duration::hours(24));
    assert_eq!(
        idle.get("/api/auth/me").await.status,
        200,
        "a day is not too long"
    );
    app.clock.advance(Duration::hours(24) + Duration::SECOND);
    assert_eq!(
        idle.get("/api/auth/me").await.error(401).detail,
        "Not authenticated"
    );

    let busy = app.browser_of("ada").await;
    for _ in 0..13 {
        app.clock.advance(Duration::hours(12));
        assert_eq!(busy.get("/api/auth/me").await.status, 200);
    }
    app.clock.advance(Duration::hours(12));
    assert_eq!(
        busy.get("/api/auth/me").await.status,
        401,
        "seven days are the end"
    );
}

#[tokio::test]
async fn a_refused_form_comes_back_with_what_was_typed() {
    let app = TestApp::new().await;
    app.user("ada").await;
    let browser = app.browser();
    let answer = browser
        .form("/sign-in", &form("ada<b>", "wrong-password", "/files/a/"))
        .await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(answer.text().contains("ada&lt;b&gt;"), "{}", answer.text());
    assert!(answer.text().contains("/files/a/"));
    assert!(!answer.text().contains("wrong-password"));
    assert_eq!(answer.header("set-cookie"), None);
}

#[tokio::test]
async fn a_page_renews_its_session_in_place() {
    let app = TestApp::new().await;
    app.user("ada").await;
    let page = app
        .anonymous()
        .with("sec-fetch-site", "same-origin")
        .with("accept", "application/json");
    let answer = page.form("/sign-in", &form("ada", PASSWORD, "")).await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
    assert!(answer.header("set-cookie").is_some());
    let refused = page
        .form("/sign-in", &form("ada", "wrong-password", ""))
        .await
        .error(401);
    assert_eq!(refused.code, ErrorCode::InvalidCredentials);
}

#[tokio::test]
async fn signing_in_leads_back_to_where_one_was_and_never_elsewhere() {
    let app = TestApp::new().await;
    app.user("ada").await;
    for (next, leads_to) in [
        ("/files/a%20b/?selected=c", "/files/a%20b/?selected=c"),
        ("", "/files/"),
        ("//evil.example/", "/files/"),
        ("https://evil.example/", "/files/"),
        ("/\\evil.example/", "/files/"),
    ] {
        let answer = app.browser().form("/sign-in", &form("ada", PASSWORD, next)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (303, Some(leads_to)),
            "{next}"
        );
    }
}

#[tokio::test]
async fn logging_out_through_the_api_ends_the_session_too() {
    let app = TestApp::new().await;
    app.user("ada").await;
    let browser = app.browser_of("ada").await;
    assert_eq!(browser.post("/api/auth/logout", json!({})).await.status, 200);
    assert_eq!(browser.cookie(), None);
    assert_eq!(
        browser.form("/sign-out", "").await.status,
        303,
        "again is no error"
    );
}
