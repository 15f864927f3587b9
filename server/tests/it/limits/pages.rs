//! People in browsers.

use super::limited;
use crate::support::Page;

#[tokio::test]
async fn pages_may_be_read_as_often_as_one_likes() {
    let app = limited().var("RATE_LIMIT_S3_PER_MINUTE", "1").build().await;
    let browser = app.browser();
    for path in [
        "/sign-in",
        "/",
        "/nothing",
        "/health",
        "/ready",
        "/metrics",
        "/api/openapi.json",
        "/api/docs/",
        "/api/docs/swagger-ui.css",
        "/api/redoc",
        "/api/dev/mailbox",
        "/dev/mailbox",
    ] {
        for _ in 0..10 {
            let answer = browser.get(path).await;
            assert_ne!(answer.status, 429, "{path}");
            assert_eq!(answer.header("x-ratelimit-limit"), None, "{path}");
        }
    }
}

#[tokio::test]
async fn whoever_signs_in_too_often_is_told_on_a_page() {
    let app = limited().build().await;
    let browser = app.browser();
    let form = "username=ada&password=her-secret&next=%2Ffiles%2FHoliday%2F";
    for _ in 0..5 {
        assert_eq!(browser.form("/sign-in?next=%2Ffiles%2F", form).await.status, 401);
    }
    let refused = browser.form("/sign-in?next=%2Ffiles%2F", form).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("retry-after"), Some("60"));
    assert!(refused.header("content-type").unwrap().starts_with("text/html"));
    let page = Page::parse(refused.text());
    assert_eq!(
        page.texts("[role=alert]"),
        ["Rate limit exceeded. Try again in 60 seconds."]
    );
    assert_eq!(page.value("username").as_deref(), Some("ada"));
    assert_eq!(page.value("next").as_deref(), Some("/files/Holiday/"));
    assert!(!refused.text().contains("her-secret"), "security 38");
    assert!(
        refused
            .header("content-security-policy")
            .unwrap()
            .contains("'nonce-")
    );
    // What script sends is answered as data.
    let script = app.anonymous().with("sec-fetch-site", "same-origin");
    let refused = script
        .with("accept", "application/json")
        .form("/sign-in", form)
        .await;
    assert_eq!(
        refused.error(429).detail,
        "Rate limit exceeded. Try again in 60 seconds."
    );

    app.clock.advance(time::Duration::MINUTE);
    assert_eq!(browser.form("/sign-in", form).await.status, 401);
}

/// Guesses at one account from many places are counted by the service; its page keeps what was typed.
#[tokio::test]
async fn whoever_guesses_too_often_gets_the_form_back() {
    let app = limited().build().await;
    let form = "username=ada&password=her-secret&next=%2Ffiles%2FHoliday%2F";
    let from = |n: u32| {
        let client = app.anonymous().from(&format!("203.0.113.{n}"));
        client.with("sec-fetch-site", "same-origin")
    };
    for n in 0..5 {
        assert_eq!(from(n).form("/sign-in", form).await.status, 401);
    }
    let refused = from(9).form("/sign-in", form).await;
    assert_eq!(refused.status, 429);
    for shown in [
        "Rate limit exceeded. Try again in 60 seconds.",
        "value=\"ada\"",
        "/files/Holiday/",
    ] {
        assert!(refused.text().contains(shown), "{shown} in {}", refused.text());
    }
    assert!(!refused.text().contains("her-secret"));
}
