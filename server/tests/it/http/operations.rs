use serde_json::{Value, json};

use crate::support::TestApp;

#[tokio::test]
async fn alive_is_not_ready() {
    let app = TestApp::with_storage().await;
    let stranger = app.anonymous();
    assert_eq!(
        stranger.get("/health").await.ok::<Value>(),
        json!({"status": "ok"})
    );
    let ready: Value = stranger.get("/ready").await.ok();
    assert_eq!(
        ready,
        json!({
            "status": "ok", "database": "ok", "disk": "ok", "storage": "ok", "clock": "ok", "cors": "unknown",
        })
    );

    app.state.platform.db.close().await;
    assert_eq!(stranger.get("/health").await.status, 200);
    let answer = stranger.get("/ready").await;
    assert_eq!(answer.status, 503);
    assert!(answer.header("retry-after").is_some());
    assert_eq!(
        answer.json::<Value>(),
        json!({
            "status": "unavailable", "database": "unreachable", "disk": "ok", "storage": "ok", "clock": "ok",
            "cors": "unknown", "code": "DATABASE_UNAVAILABLE",
            "detail": "The database cannot be reached. Start it, or correct DATABASE_URL.",
        })
    );
}

#[tokio::test]
async fn storage_that_is_away_is_named() {
    let app = TestApp::new().await;
    let answer = app.anonymous().get("/ready").await;
    assert_eq!(answer.status, 503);
    let body: Value = answer.json();
    assert_eq!(
        body,
        json!({
            "status": "unavailable", "database": "ok", "disk": "ok", "storage": "unreachable", "clock": "unknown",
            "cors": "unknown", "code": "STORAGE_UNAVAILABLE",
            "detail": "Storage cannot be reached. Start storage, or correct S3_ENDPOINT_URL.",
        })
    );
}

#[tokio::test]
async fn metrics_count_by_route_and_never_by_path() {
    server::telemetry::metrics::start();
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    ada.get("/api/auth/me").await;
    ada.get("/files/secret-name/").await;
    ada.get("/secret-name").await;
    let metrics = app.anonymous().get("/metrics").await;
    assert_eq!(metrics.status, 200);
    let text = metrics.text();
    let line = r#"forepeak_http_requests_total{method="GET",route="/api/auth/me",status="200"}"#;
    assert!(text.contains(line), "{text}");
    assert!(text.contains("forepeak_http_request_seconds_bucket"), "{text}");
    assert!(!text.contains("secret-name"), "{text}");
}

#[tokio::test]
async fn metrics_are_hidden_in_production_but_for_the_token() {
    let production = || {
        TestApp::builder()
            .var("APP_ENV", "production")
            .var("PUBLIC_URL", "https://files.example.org")
    };
    let without = production().build().await;
    assert_eq!(without.anonymous().get("/metrics").await.status, 404);
    let with = production()
        .var("METRICS_TOKEN", "scrape me, if you please")
        .build()
        .await;
    assert_eq!(with.anonymous().get("/metrics").await.status, 404);
    assert_eq!(
        with.anonymous()
            .bearer("scrape you, if you please")
            .get("/metrics")
            .await
            .status,
        404
    );
    assert_eq!(
        with.anonymous()
            .bearer("scrape me, if you please")
            .get("/metrics")
            .await
            .status,
        200
    );
}
