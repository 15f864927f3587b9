//! Security 14: what changes something by cookie must come from our own pages. Security 15: no other origin is let in.

use axum::body::Body;
use http::Method;
use serde_json::json;
use server::router::pages::routes;

use crate::support::{Browser, Client, PASSWORD, TestApp};

const LOGOUT: &str = "/api/auth/logout";

/// A signed-in browser's cookie, in a request with these headers.
async fn with(app: &TestApp, browser: &Browser, headers: &[(&'static str, &str)]) -> u16 {
    let client = headers.iter().fold(
        browser.stolen_by(app.anonymous()),
        |client: Client, (name, value)| client.with(name, value),
    );
    client.post(LOGOUT, json!({})).await.status.as_u16()
}

#[tokio::test]
async fn security_14_a_cookie_alone_proves_nothing() {
    let app = TestApp::new().await;
    app.user("ada").await;
    let browser = app.browser_of("ada").await;
    for headers in [
        &[][..],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "")],
        // The newer header decides; the other cannot soften it.
        &[
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://127.0.0.1:8000"),
        ],
        &[("origin", "https://evil.example")],
        &[("origin", "http://127.0.0.1:8000.evil.example")],
        &[("origin", "http://127.0.0.1:8001")],
        &[("origin", "https://127.0.0.1:8000")],
        &[("origin", "null")],
        &[("referer", "http://127.0.0.1:8000/files/")],
        &[("host", "192.0.2.66"), ("origin", "http://192.0.2.66")],
        &[
            ("x-forwarded-host", "evil.example"),
            ("origin", "http://evil.example"),
        ],
    ] {
        assert_eq!(with(&app, &browser, headers).await, 403, "{headers:?}");
    }
    assert_eq!(
        browser.get("/api/auth/me").await.status,
        200,
        "none of them signed anyone out"
    );
}

#[tokio::test]
async fn security_14_our_own_pages_and_careful_scripts_pass() {
    let app = TestApp::new().await;
    app.user("ada").await;
    for proof in [
        ("sec-fetch-site", "same-origin"),
        ("origin", "http://127.0.0.1:8000"),
        ("origin", "http://localhost:8000"),
        ("x-csrf-protection", "1"),
    ] {
        let browser = app.browser_of("ada").await;
        assert_eq!(with(&app, &browser, &[proof]).await, 200, "{proof:?}");
    }
}

#[tokio::test]
async fn security_14_bodies_that_a_foreign_form_can_send_are_not_taken() {
    let app = TestApp::new().await;
    app.user("ada").await;
    let browser = app.browser_of("ada").await;
    let thief = browser.stolen_by(app.anonymous());
    for kind in [
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data"),
        None,
    ] {
        let body = Body::from(json!({"prefix": "x"}).to_string());
        let answer = thief.request(Method::POST, "/api/s3/folder", body, kind).await;
        assert_eq!(answer.status, 403, "{kind:?}");
        let body = Body::from(json!({"username": "ada", "password": PASSWORD}).to_string());
        let answer = app
            .anonymous()
            .request(Method::POST, "/api/auth/login", body, kind)
            .await;
        assert_eq!(answer.status, 415, "{kind:?}");
    }
}

#[tokio::test]
async fn security_14_nobody_is_signed_in_or_out_from_elsewhere() {
    let app = TestApp::new().await;
    app.user("ada").await;
    let form = serde_urlencoded::to_string([("username", "ada"), ("password", PASSWORD)]).unwrap();
    let elsewhere = app.anonymous().with("sec-fetch-site", "cross-site");
    let answer = elsewhere.form("/sign-in", &form).await;
    assert_eq!((answer.status.as_u16(), answer.header("set-cookie")), (403, None));
    assert_eq!(app.anonymous().form("/sign-in", &form).await.status, 403);

    let browser = app.browser_of("ada").await;
    assert_eq!(
        browser.stolen_by(elsewhere).form("/sign-out", "").await.status,
        403
    );
    assert_eq!(browser.get("/api/auth/me").await.status, 200);
}

#[tokio::test]
async fn security_14_a_token_needs_no_proof_and_lends_none_to_a_cookie() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let browser = app.browser_of("ada").await;
    // A foreign page cannot add the header; if it could, the cookie would still not speak.
    let both = browser.stolen_by(app.anonymous()).bearer("not a token");
    assert_eq!(both.post(LOGOUT, json!({})).await.status, 401);
    assert_eq!(browser.get("/api/auth/me").await.status, 200);
    assert_eq!(
        ada.client
            .clone()
            .with("sec-fetch-site", "cross-site")
            .post(LOGOUT, json!({}))
            .await
            .status,
        200
    );
}

/// What a browser adds by itself, or might be made to.
pub(crate) const OTHER_CREDENTIALS: [(&str, &str); 5] = [
    ("authorization", "Basic dTpw"),
    ("authorization", "Negotiate YII="),
    ("authorization", ""),
    ("authorization", "Bearer not-a-token"),
    ("x-api-key", "not-a-key"),
];

/// Pages know nobody by a header, so none stands in for the proof there.
#[tokio::test]
async fn security_14_no_other_credential_replaces_the_proof_of_a_page() {
    let app = TestApp::new().await;
    app.admin("root").await;
    let browser = app.browser_of("root").await;
    let elsewhere = browser.stolen_by(app.anonymous().with("sec-fetch-site", "cross-site"));
    let forms = routes().into_iter().filter(|page| page.method == Method::POST);
    let paths: Vec<_> = forms.map(|page| page.pattern).collect();
    assert!(paths.len() > 10, "{paths:?}");
    for path in &paths {
        let path = path.replace("{id}", "00000000-0000-4000-8000-000000000000");
        for (name, value) in OTHER_CREDENTIALS {
            let answer = elsewhere
                .clone()
                .with(name, value)
                .form(&path, "full_name=Eve")
                .await;
            assert_eq!(answer.status, 403, "{path} with {name}: {value}");
            assert_eq!(answer.header("set-cookie"), None, "{path}");
        }
    }
    assert!(!browser.get("/settings/profile").await.text().contains("Eve"));
}

#[tokio::test]
async fn security_14_under_api_only_what_the_handler_reads_replaces_the_proof() {
    let app = TestApp::new().await;
    app.user("ada").await;
    let browser = app.browser_of("ada").await;
    for (headers, status) in [
        // No token, so nothing that a foreign page could not have a browser send.
        (&[("authorization", "Basic dTpw")][..], 403),
        (&[("authorization", "Negotiate YII=")], 403),
        (&[("authorization", "")], 403),
        // `Authorization` is read first, so the key beside it speaks for nobody.
        (
            &[("authorization", "Basic dTpw"), ("x-api-key", "not-a-key")],
            403,
        ),
        (&[("authorization", "bearer not-a-token")], 401),
        (&[("x-api-key", "not-a-key")], 401),
    ] {
        assert_eq!(with(&app, &browser, headers).await, status, "{headers:?}");
    }
    assert_eq!(browser.get("/api/auth/me").await.status, 200);
}

#[tokio::test]
async fn security_15_no_origin_is_allowed_let_alone_reflected() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let browser = app.browser_of("ada").await;
    for origin in [
        "https://evil.example",
        "null",
        "http://127.0.0.1:8001",
        "http://127.0.0.1:8000",
    ] {
        for client in [ada.client.clone(), browser.stolen_by(app.anonymous())] {
            let client = client
                .with("origin", origin)
                .with("access-control-request-method", "DELETE");
            let preflight = client
                .request(Method::OPTIONS, "/api/s3/object", Body::empty(), None)
                .await;
            let simple = client.get("/api/auth/me").await;
            for answer in [preflight, simple] {
                let allowed: Vec<_> = answer
                    .headers
                    .keys()
                    .filter(|name| name.as_str().starts_with("access-control-"))
                    .collect();
                assert!(allowed.is_empty(), "{origin}: {allowed:?}");
            }
        }
    }
}
