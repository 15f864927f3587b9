//! Requests that no handler sees, and what they are told.

use app::contract::ErrorCode;
use axum::body::Body;
use http::Method;
use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn unknown_addresses_and_methods_answer_like_any_other_error() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    for path in [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/s3",
        "/api/auth/me/x",
        "/auth/nothing",
        "/api/../etc",
    ] {
        assert_eq!(
            ada.get(path).await.error(404).code,
            ErrorCode::ResourceNotFound,
            "{path}"
        );
    }
    for (method, path) in [
        (Method::GET, "/api/auth/login"),
        (Method::DELETE, "/api/auth/me"),
        (Method::PUT, "/auth/login"),
        (Method::OPTIONS, "/api/auth/me"),
        (Method::GET, "/token"),
    ] {
        let answer = ada.request(method.clone(), path, Body::empty(), None).await;
        assert_eq!(answer.error(405).code, ErrorCode::Unsupported, "{method} {path}");
        assert!(answer.header("allow").is_some(), "{method} {path}");
    }
    // Outside the API a token is no proof of anything (security 14), page or not.
    ada.post("/nothing", json!({})).await.error(403);
    let with_proof = ada.client.clone().with("sec-fetch-site", "same-origin");
    assert_eq!(
        with_proof.post("/nothing", json!({})).await.error(404).code,
        ErrorCode::ResourceNotFound
    );
}

#[tokio::test]
async fn a_body_that_is_not_understood_says_where() {
    let app = TestApp::new().await;
    let login = |body: &'static str| {
        let client = app.anonymous();
        async move {
            client
                .request(
                    Method::POST,
                    "/api/auth/login",
                    body.into(),
                    Some("application/json"),
                )
                .await
        }
    };
    for (body, field, why) in [
        (r#"{"username":"ada"}"#, "password", "is required"),
        (
            r#"{"username":"ada","password":"x","otp":1}"#,
            "otp",
            "is not a field of this request",
        ),
        (
            r#"{"username":"ada","username":"bob","password":"x"}"#,
            "username",
            "is given twice",
        ),
        (
            r#"{"username":1,"password":"x"}"#,
            "username",
            "invalid type: integer `1`, expected a string",
        ),
    ] {
        let refused = login(body).await.error(400);
        assert_eq!(refused.code, ErrorCode::ValidationError, "{body}");
        assert_eq!(refused.fields[field], why, "{body}");
    }
    for body in [
        "",
        r#"["ada","correct horse battery"]"#,
        "{",
        "[]",
        "null",
        r#"{"username":"ada","password":"x"} {}"#,
        "\u{feff}{}",
    ] {
        let refused = login(body).await.error(400);
        assert_eq!(refused.code, ErrorCode::ValidationError, "{body}");
        assert!(!refused.detail.contains("line "), "{}", refused.detail);
    }
}

#[tokio::test]
async fn security_35_json_has_a_bounded_size_and_depth() {
    let app = TestApp::new().await;
    let stranger = app.anonymous();
    let large = json!({"username": "ada", "password": "x".repeat(1024 * 1024)});
    assert_eq!(
        stranger.post("/api/auth/login", large).await.error(413).code,
        ErrorCode::PayloadTooLarge
    );

    let chunks = futures::stream::iter((0..32).map(|_| Ok::<_, std::io::Error>(vec![b' '; 64 * 1024])));
    let endless = Body::from_stream(chunks);
    let answer = stranger
        .request(Method::POST, "/api/auth/login", endless, Some("application/json"))
        .await;
    assert_eq!(
        answer.error(413).code,
        ErrorCode::PayloadTooLarge,
        "without a declared length too"
    );

    let deep = format!(r#"{{"username":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let answer = stranger
        .request(
            Method::POST,
            "/api/auth/login",
            deep.into(),
            Some("application/json"),
        )
        .await;
    assert_eq!(answer.error(400).code, ErrorCode::ValidationError);
}

#[tokio::test]
async fn a_body_that_ends_early_is_the_callers_fault() {
    let app = TestApp::new().await;
    let cut = futures::stream::iter([
        Ok(b"{\"user".to_vec()),
        Err(std::io::Error::other("connection lost")),
    ]);
    let answer = app
        .anonymous()
        .request(
            Method::POST,
            "/api/auth/login",
            Body::from_stream(cut),
            Some("application/json"),
        )
        .await;
    assert_eq!(answer.error(400).code, ErrorCode::ValidationError);
}

#[tokio::test]
async fn a_database_that_is_away_is_said_and_not_taken_for_a_bad_token() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let browser = app.browser_of("ada").await;
    app.state.platform.db.close().await;
    // Security 40: never 401, which would make clients throw their tokens away.
    for answer in [
        ada.get("/api/auth/me").await,
        browser.get("/api/auth/me").await,
        ada.post(
            "/api/auth/login",
            json!({"username": "ada", "password": "whatever it is"}),
        )
        .await,
    ] {
        assert_eq!(answer.error(503).code, ErrorCode::DatabaseUnavailable);
        assert!(answer.header("retry-after").is_some());
        assert!(
            !answer.text().to_lowercase().contains("pool"),
            "{}",
            answer.text()
        );
    }
    assert_eq!(browser.get("/files/").await.status, 503);
}
