//! A fault of ours.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use serde_json::json;
use server::{
    platform::{clock::Clock, rate_limit::MemoryLimiter},
    router,
};
use time::OffsetDateTime;

use crate::support::{Client, TestApp};

/// Breaks a request wherever it asks for the time.
#[derive(Default)]
struct Broken(AtomicBool);

impl Clock for Broken {
    fn now(&self) -> OffsetDateTime {
        assert!(
            !self.0.load(Ordering::SeqCst),
            "the clock fell off the wall, secret and all"
        );
        OffsetDateTime::UNIX_EPOCH
    }
}

#[tokio::test]
async fn a_panic_is_an_answer_like_any_other_and_the_server_goes_on() {
    let mut app = TestApp::builder()
        .var("RATE_LIMIT_S3_PER_MINUTE", "100")
        .build()
        .await;
    let clock = Arc::new(Broken::default());
    app.state.limiter = Arc::new(MemoryLimiter::new(clock.clone()));
    let client = Client::new(router::build(app.state.clone()));
    assert_eq!(client.get("/api/auth/me").await.status, 401);

    clock.0.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        let answer = client
            .post("/api/auth/refresh", json!({"refresh_token": "x"}))
            .await;
        assert_eq!(answer.status, 500);
        assert_eq!(
            answer.text(),
            r#"{"detail":"Something went wrong","code":"INTERNAL_ERROR"}"#
        );
        assert!(answer.header("x-request-id").is_some());
        assert!(answer.header("content-security-policy").is_some());
    }
    assert_eq!(client.get("/health").await.status, 200);

    clock.0.store(false, Ordering::SeqCst);
    assert_eq!(client.get("/api/auth/me").await.status, 401);
}
