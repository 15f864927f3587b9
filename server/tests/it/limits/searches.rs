//! Searches, which count by what they read.

use app::{
    contract::{CONTINUATION_TOKEN_HEADER, ErrorCode},
    features::files::types::{NDJSON, ObjectEntry, SearchEnd},
};
use time::Duration;

use super::limited;
use crate::support::{Answer, TestApp, User};

/// With so many requests a minute, and somebody who has 12,000 keys: more than one request pays for.
async fn app(limit: usize) -> (TestApp, User) {
    let app = limited()
        .storage()
        .var("RATE_LIMIT_S3_PER_MINUTE", &limit.to_string())
        .build()
        .await;
    let ada = app.user("ada").await;
    let keys = (0..12_000).map(|n| ada.key(&format!("{n:06}.txt")));
    app.storage().fill("forepeak", keys).await;
    (app, ada)
}

fn left(answer: &Answer) -> usize {
    answer.header("x-ratelimit-remaining").unwrap().parse().unwrap()
}

async fn streamed(user: &User, query: &str) -> (usize, SearchEnd) {
    let client = user.client.clone().with("accept", NDJSON);
    let answer = client.get(&format!("/api/s3/search?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = answer.text().trim_end();
    let (hits, end) = text.rsplit_once('\n').unwrap_or(("", text));
    (hits.lines().count(), serde_json::from_str(end).unwrap())
}

#[tokio::test]
async fn security_32_a_search_counts_by_what_it_reads() {
    let (_app, ada) = app(50).await;
    let few = ada.get("/api/s3/search?query=txt&max_keys=10").await;
    assert_eq!((few.status.as_u16(), left(&few)), (200, 49));
    // 12 pages, and a few that are read ahead or look for the end.
    let all = ada.get("/api/s3/search?query=nothing").await;
    assert_eq!(all.ok::<Vec<ObjectEntry>>(), []);
    assert_eq!(all.header(CONTINUATION_TOKEN_HEADER), None);
    assert_eq!(left(&all), 47);
    let (_, end) = streamed(&ada, "query=nothing").await;
    assert!(end.complete);
    assert_eq!(left(&ada.get("/api/s3/user-prefix").await), 44);
}

#[tokio::test]
async fn security_32_a_search_ends_before_what_is_not_paid_for_and_goes_on_later() {
    let (app, ada) = app(1).await;
    // What was found is answered, and the next request is refused.
    let first = ada.get("/api/s3/search?query=nothing").await;
    assert_eq!((first.status.as_u16(), left(&first)), (200, 0));
    let mut token = first.header(CONTINUATION_TOKEN_HEADER).map(str::to_owned);
    assert!(token.is_some());
    for minute in 0.. {
        let Some(go_on) = token else { break };
        assert!(minute < 3, "it does not get on");
        let go_on = format!("/api/s3/search?query=nothing&continuation_token={go_on}");
        let refused = ada.get(&go_on).await;
        assert_eq!(refused.error(429).code, ErrorCode::RateLimitExceeded);
        assert_eq!(refused.header("retry-after"), Some("60"));
        app.clock.advance(Duration::MINUTE);
        let more = ada.get(&go_on).await;
        assert_eq!(more.ok::<Vec<ObjectEntry>>(), []);
        token = more.header(CONTINUATION_TOKEN_HEADER).map(str::to_owned);
    }

    // A stream says so in its last line.
    app.clock.advance(Duration::MINUTE);
    let (mut found, end) = streamed(&ada, "query=txt").await;
    assert!(!end.complete && (1..12_000).contains(&found), "{found}");
    assert_eq!(end.error.unwrap().code, ErrorCode::RateLimitExceeded);
    assert_eq!(end.retry_after, Some(60));
    let mut token = end.continuation_token;
    for minute in 0.. {
        let Some(go_on) = token else { break };
        assert!(minute < 3, "it does not get on");
        app.clock.advance(Duration::MINUTE);
        let (more, end) = streamed(&ada, &format!("query=txt&continuation_token={go_on}")).await;
        found += more;
        token = end.continuation_token;
    }
    assert_eq!(found, 12_000, "none is lost, and none is found twice");
}

/// Reading pages is free; having the server search for one is not.
#[tokio::test]
async fn security_32_the_search_of_a_page_counts_too() {
    let (app, ada) = app(3).await;
    let browser = app.browser_of("ada").await;
    for _ in 0..5 {
        assert_eq!(browser.get("/files/").await.status, 200);
    }
    assert_eq!(browser.get("/files/?search=nothing").await.status, 200);
    assert_eq!(left(&ada.get("/api/s3/user-prefix").await), 0);
    let refused = browser.get("/files/?search=nothing").await;
    assert_eq!(
        (refused.status.as_u16(), refused.header("retry-after")),
        (429, Some("60"))
    );
    assert!(
        refused.text().contains("Too many requests at once"),
        "{}",
        refused.text()
    );
    assert_eq!(browser.get("/files/").await.status, 200);
}
