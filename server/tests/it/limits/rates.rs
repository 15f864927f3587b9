use std::sync::Arc;

use app::{contract::ErrorCode, features::api_keys::types::CreatedApiKey};
use async_trait::async_trait;
use serde_json::json;
use server::{
    platform::rate_limit::{Counter, LimiterError, Quota, RateLimiter, Verdict},
    router,
};
use time::Duration;

use super::{denials, limited};
use crate::support::{Answer, Client, TestApp, TestClock};

async fn guess(client: &Client) -> Answer {
    let body = json!({"username": "nobody", "password": "whatever it is"});
    client.post("/api/auth/login", body).await
}

/// Limit, remaining, reset.
fn told(answer: &Answer) -> (i64, i64, i64) {
    let number = |name| answer.header(name).unwrap().parse().unwrap();
    (
        number("x-ratelimit-limit"),
        number("x-ratelimit-remaining"),
        number("x-ratelimit-reset"),
    )
}

#[tokio::test]
async fn security_32_the_sixth_sign_in_of_a_minute_is_refused() {
    let app = limited().build().await;
    let stranger = app.anonymous().from("192.0.2.1");
    for n in 0..5 {
        let answer = guess(&stranger).await;
        assert_eq!(answer.status, 401);
        assert_eq!(told(&answer), (5, 4 - n, TestClock::START + 60));
        app.clock.advance(Duration::SECOND);
    }
    let refused = guess(&stranger).await;
    assert_eq!(told(&refused), (5, 0, TestClock::START + 60));
    assert_eq!(refused.header("retry-after"), Some("55"));
    assert_eq!(
        refused.text(),
        r#"{"detail":"Rate limit exceeded. Try again in 55 seconds.","code":"RATE_LIMIT_EXCEEDED"}"#
    );
    assert_eq!(refused.error(429).code, ErrorCode::RateLimitExceeded);
    // An older path is the same route, and the others that take a password are counted with it.
    for path in ["/auth/login", "/api/auth/change-password", "/api/auth/setup"] {
        assert_eq!(stranger.post(path, json!({})).await.status, 429, "{path}");
    }
    assert_eq!(stranger.form("/token", "username=a&password=b").await.status, 429);
    // Codes and mail are counted apart.
    let code = json!({"username": "nobody", "code": "123456"});
    assert_eq!(told(&stranger.post("/api/auth/confirm", code).await).1, 4);
    let forgotten = json!({"username": "nobody"});
    assert_eq!(
        told(&stranger.post("/api/auth/forgot-password", forgotten).await).1,
        4
    );

    app.clock.advance(Duration::seconds(55));
    assert_eq!(guess(&stranger).await.status, 401, "the first is a minute old");
    assert_eq!(guess(&stranger).await.status, 429, "the second is not");
    app.run_jobs().await;
}

#[tokio::test]
async fn security_32_no_burst_fits_across_the_edge_of_a_minute() {
    let app = limited().build().await;
    let stranger = app.anonymous().from("192.0.2.1");
    app.clock.advance(Duration::seconds(59));
    for _ in 0..5 {
        assert_eq!(guess(&stranger).await.status, 401);
    }
    // A new minute of the clock is no new minute of the caller.
    for second in 60..119 {
        app.clock.advance(Duration::SECOND);
        assert_eq!(guess(&stranger).await.status, 429, "second {second}");
    }
    app.clock.advance(Duration::SECOND);
    for _ in 0..5 {
        assert_eq!(guess(&stranger).await.status, 401);
    }
    assert_eq!(guess(&stranger).await.status, 429);
}

#[tokio::test]
async fn security_32_the_101st_call_about_files_is_refused_and_nothing_else_is() {
    let app = limited().build().await;
    let ada = app.user("ada").await;
    for n in 0..100 {
        let answer = ada.get("/api/s3/user-prefix").await;
        assert_eq!(answer.status, 200);
        assert_eq!(told(&answer), (100, 99 - n, TestClock::START + 60));
    }
    let refused = ada.get("/api/s3/user-prefix").await;
    assert_eq!(refused.error(429).code, ErrorCode::RateLimitExceeded);
    assert_eq!(refused.header("retry-after"), Some("60"));
    // What one does with the account is counted apart.
    let me = ada.get("/api/auth/me").await;
    assert_eq!((me.status.as_u16(), told(&me).1), (200, 99 - 1));
    assert_eq!(app.sign_in("ada", crate::support::PASSWORD).await.username, "ada");
    assert_eq!(
        denials(&app).await,
        [(None, Some("ada".to_owned()), "files".to_owned())]
    );
}

#[tokio::test]
async fn security_32_the_eleventh_key_of_a_minute_is_refused() {
    let app = limited().build().await;
    let ada = app.user("ada").await;
    let mint = async |n: i64| {
        ada.post("/api/auth/api-keys", json!({"name": format!("key {n}")}))
            .await
    };
    for n in 0..10 {
        let answer = mint(n).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        assert_eq!(told(&answer), (10, 9 - n, TestClock::START + 60));
    }
    assert_eq!(mint(10).await.error(429).code, ErrorCode::RateLimitExceeded);
    assert_eq!(ada.get("/api/auth/api-keys").await.status, 200);
    app.clock.advance(Duration::MINUTE);
    assert!(mint(11).await.status.is_success());
}

#[tokio::test]
async fn security_32_a_person_has_one_counter_wherever_they_are_and_however_they_show_who_they_are() {
    let app = limited().var("RATE_LIMIT_S3_PER_MINUTE", "3").build().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let browser = app.browser_of("ada").await;
    assert_eq!(
        told(
            &ada.client
                .clone()
                .from("192.0.2.1")
                .get("/api/s3/user-prefix")
                .await
        )
        .1,
        2
    );
    assert_eq!(
        told(
            &ada.client
                .clone()
                .from("192.0.2.2")
                .get("/api/s3/user-prefix")
                .await
        )
        .1,
        1
    );
    assert_eq!(told(&browser.get("/api/s3/user-prefix").await).1, 0);
    assert_eq!(browser.get("/api/s3/user-prefix").await.status, 429);
    // Someone else at the same address, and the address itself, have their own.
    assert_eq!(
        told(
            &bob.client
                .clone()
                .from("192.0.2.1")
                .get("/api/s3/user-prefix")
                .await
        )
        .1,
        2
    );
    let stranger = app.anonymous().from("192.0.2.1").get("/api/s3/user-prefix").await;
    assert_eq!((stranger.status.as_u16(), told(&stranger).1), (401, 2));
    let forged = app
        .anonymous()
        .from("192.0.2.1")
        .bearer("forged")
        .get("/api/s3/user-prefix")
        .await;
    assert_eq!((forged.status.as_u16(), told(&forged).1), (401, 1));
}

/// Who calls is found out before it is asked what they may do.
#[tokio::test]
async fn security_32_a_key_that_may_not_do_it_counts_for_its_owner() {
    let app = limited().build().await;
    let ada = app.user("ada").await;
    let body = json!({"name": "a key", "scopes": ["read"]});
    let key: CreatedApiKey = ada.post("/api/auth/api-keys", body).await.ok();
    let script = app.anonymous().from("192.0.2.1").with("x-api-key", &key.key);
    let folder = json!({"prefix": ada.key("folder/")});
    let refused = script.post("/api/s3/folder", folder).await;
    assert_eq!((refused.status.as_u16(), told(&refused).1), (403, 99));
    assert_eq!(told(&ada.get("/api/s3/user-prefix").await).1, 98);
    let stranger = app.anonymous().from("192.0.2.1").get("/api/s3/user-prefix").await;
    assert_eq!((stranger.status.as_u16(), told(&stranger).1), (401, 99));
}

#[tokio::test]
async fn security_32_an_account_brings_no_guesses_of_its_own() {
    let app = limited().build().await;
    let ada = app.user("ada").await.client.from("192.0.2.1");
    let stranger = app.anonymous().from("192.0.2.1");
    for n in 0..5 {
        let client = if n % 2 == 0 { &ada } else { &stranger };
        assert_eq!(guess(client).await.status, 401);
    }
    assert_eq!(guess(&ada).await.status, 429);
    assert_eq!(guess(&stranger).await.status, 429);
}

#[tokio::test]
async fn security_32_replicas_share_the_counters_of_their_store() {
    let app = limited().build().await;
    let replica = crate::accounts::replica(&app).await.from("192.0.2.1");
    let here = app.anonymous().from("192.0.2.1");
    for n in 0..5 {
        let client = if n % 2 == 0 { &here } else { &replica };
        assert_eq!(guess(client).await.status, 401);
    }
    assert_eq!(guess(&here).await.status, 429);
    assert_eq!(guess(&replica).await.status, 429);
}

#[tokio::test]
async fn a_refusal_is_written_down_once_a_minute() {
    let app = limited().build().await;
    let stranger = app.anonymous().from("192.0.2.1");
    for _ in 0..50 {
        guess(&stranger).await;
    }
    let denial = (Some("192.0.2.1".to_owned()), None, "password".to_owned());
    assert_eq!(denials(&app).await, std::slice::from_ref(&denial));
    app.clock.advance(Duration::MINUTE);
    for _ in 0..50 {
        guess(&stranger).await;
    }
    assert_eq!(denials(&app).await, [denial.clone(), denial]);
}

#[tokio::test]
async fn nought_is_no_limit() {
    let app = TestApp::new().await;
    let stranger = app.anonymous().from("192.0.2.1");
    for _ in 0..50 {
        let answer = guess(&stranger).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("x-ratelimit-limit"), None);
    }
}

struct Down;

#[async_trait]
impl RateLimiter for Down {
    async fn take(&self, _: &Counter, _: &[Quota]) -> Result<Verdict, LimiterError> {
        Err(LimiterError("connection refused".into()))
    }

    async fn give_back(&self, _: &Counter, _: &Verdict) -> Result<(), LimiterError> {
        Err(LimiterError("connection refused".into()))
    }

    async fn forget(&self, _: &Counter) -> Result<(), LimiterError> {
        Err(LimiterError("connection refused".into()))
    }
}

/// Security 40: nobody is let through uncounted, and nobody is told that their password was wrong.
#[tokio::test]
async fn security_40_counters_that_cannot_be_reached_are_said() {
    let mut app = limited().build().await;
    app.state.limiter = Arc::new(Down);
    let answer = guess(&Client::new(router::build(app.state.clone()))).await;
    assert_eq!(answer.error(503).code, ErrorCode::DatabaseUnavailable);
    assert!(answer.header("retry-after").is_some());
    assert!(!answer.text().contains("refused"));
}
