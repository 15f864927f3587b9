//! `/api/jobs/events`: what changes about somebody's jobs reaches them, and nobody else.

use app::features::{
    api_keys::types::CreatedApiKey,
    jobs::types::{Job, JobState},
};
use serde_json::json;
use time::Duration;
use tokio_util::sync::CancellationToken;

use super::{
    another_worker, enqueue,
    steps::{Last, Steps, Work},
    worker,
};
use crate::support::{Client, EventStream, PASSWORD, TestApp, on_both_databases};

const EVENTS: &str = "/api/jobs/events";

async fn next(stream: &mut EventStream) -> Job {
    stream.next("job").await.expect("the stream goes on")
}

/// Reads until a job is in this state, and answers what was told of it on the way.
async fn until(stream: &mut EventStream, state: JobState) -> Vec<Job> {
    let mut told = vec![next(stream).await];
    while told.last().unwrap().state != state {
        told.push(next(stream).await);
    }
    told
}

on_both_databases! {
    async fn every_change_is_told_whichever_replica_makes_it(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let waiting = enqueue(&app, ada.id, Work { steps: 3, failures_a_step: 1, ..Work::default() }).await;
        let mut stream = EventStream::open(&ada, EVENTS).await;
        let first = next(&mut stream).await;
        assert_eq!((first.id, first.state, first.done), (waiting, JobState::Queued, 0));

        // Nobody hears of Bob's.
        enqueue(&app, bob.id, Work::default()).await;
        let steps = Steps::with_permits(1);
        let other = another_worker(&app, &steps).await;
        let stop = CancellationToken::new();
        let watching = async {
            let begun = next(&mut stream).await;
            assert_eq!((begun.id, begun.state), (waiting, JobState::Running));
            steps.permit(100);
            let told = until(&mut stream, JobState::Done).await;
            stop.cancel();
            told
        };
        let (_, told) = tokio::join!(other.run(stop.clone()), watching);
        assert!(told.iter().all(|job| job.id == waiting));
        let last = told.last().unwrap();
        assert_eq!((last.done, last.failures.len()), (3, 3));
        let shown: Job = ada.get(&format!("/api/jobs/{waiting}")).await.ok();
        assert_eq!(*last, shown, "as the job itself is shown");

        // And of this replica's own.
        let here = enqueue(&app, ada.id, Work { steps: 1, ..Work::default() }).await;
        app.run_with(&worker(&app, &Steps::free())).await;
        let told = until(&mut stream, JobState::Done).await;
        assert!(told.iter().all(|job| job.id == here));
        app.run_with(&worker(&app, &Steps::free())).await;
    }

    async fn who_comes_back_is_told_what_ended_meanwhile(app) {
        let ada = app.user("ada").await;
        let old = enqueue(&app, ada.id, Work::default()).await;
        app.run_with(&worker(&app, &Steps::free())).await;
        app.clock.advance(Duration::seconds(30));
        let job = enqueue(&app, ada.id, Work::default()).await;
        app.run_with(&worker(&app, &Steps::free())).await;
        let mut stream = EventStream::open(&ada, EVENTS).await;
        assert_eq!(next(&mut stream).await.id, old);
        assert_eq!(next(&mut stream).await.id, job);
        app.clock.advance(Duration::seconds(30));
        let mut stream = EventStream::open(&ada, EVENTS).await;
        assert_eq!(next(&mut stream).await.id, job, "the other ended a minute ago");
    }

    async fn security_12_a_stream_ends_with_the_credential_that_opened_it(app) {
        let (ada, root) = (app.user("ada").await, app.admin("root").await);
        let other = app.sign_in("ada", PASSWORD).await;
        let browser = app.browser_of("ada").await;
        let cookie = browser.stolen_by(app.anonymous().with("sec-fetch-site", "same-origin"));
        let made: CreatedApiKey = ada.post("/api/auth/api-keys", json!({"name": "script"})).await.ok();
        let script = app.anonymous().with("x-api-key", made.key.clone());
        let mut of_token = EventStream::open(&other, EVENTS).await;
        let mut of_cookie = EventStream::open(&cookie, EVENTS).await;
        let mut of_key = EventStream::open(&script, EVENTS).await;
        let mut of_account = EventStream::open(&ada, EVENTS).await;

        assert_eq!(other.post("/api/auth/logout", json!({})).await.status, 200);
        assert!(of_token.ends().await);
        browser.form("/sign-out", "").await;
        assert!(of_cookie.ends().await);
        let path = format!("/api/auth/api-keys/{}", made.details.id);
        assert_eq!(ada.delete_json(&path, json!({})).await.status, 200);
        assert!(of_key.ends().await);
        // The others have told nothing and go on.
        let job = enqueue(&app, ada.id, Work::default()).await;
        assert_eq!(next(&mut of_account).await.id, job);
        let path = format!("/api/admin/users/{}", ada.id);
        assert_eq!(root.patch(&path, json!({"status": "disabled"})).await.status, 200);
        assert!(of_account.ends().await);
        app.run_with(&worker(&app, &Steps::free())).await;
    }
}

#[tokio::test]
async fn security_13_an_open_stream_is_no_sign_of_life() {
    let app = TestApp::new().await;
    app.user("ada").await;
    let browser = app.browser_of("ada").await;
    let cookie = browser.stolen_by(app.anonymous().with("sec-fetch-site", "same-origin"));
    let mut stream = EventStream::open(&cookie, EVENTS).await;
    app.clock.advance(Duration::hours(24) + Duration::SECOND);
    assert!(stream.ends().await);
    assert_eq!(cookie.get(EVENTS).await.status, 401);
}

/// An access token that expires while its stream is open is noticed when the stream ends.
#[tokio::test]
async fn a_stream_ends_after_a_quarter_of_an_hour_and_may_be_opened_again() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let mut stream = EventStream::open(&ada, EVENTS).await;
    app.clock.advance(Duration::minutes(15) - Duration::SECOND);
    enqueue(&app, ada.id, Work::default()).await;
    app.run_with(&worker(&app, &Steps::free())).await;
    assert!(!until(&mut stream, JobState::Done).await.is_empty());
    app.clock.advance(Duration::SECOND);
    assert!(stream.ends().await);
    let mut stream = EventStream::open(&ada, EVENTS).await;
    assert_eq!(next(&mut stream).await.state, JobState::Done);
}

#[tokio::test]
async fn ten_streams_of_a_person_are_open_and_no_more() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let mut streams = Vec::new();
    for _ in 0..10 {
        streams.push(EventStream::open(&ada, EVENTS).await);
    }
    let refused = ada.get(EVENTS).await.error(409);
    assert!(
        refused.detail.starts_with("10 event streams"),
        "{}",
        refused.detail
    );
    EventStream::open(&bob, EVENTS).await;
    streams.pop();
    streams.push(EventStream::open(&ada, EVENTS).await);
}

/// Security 40: requests that never end would hold the program up.
#[tokio::test]
async fn security_40_streams_end_when_the_program_is_to_end() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let mut stream = EventStream::open(&ada, EVENTS).await;
    app.state.jobs.close_streams();
    assert!(stream.ends().await);
    assert!(
        EventStream::open(&ada, EVENTS).await.ends().await,
        "nor do others begin"
    );
}

/// Security 32: it is one request, however long it lasts.
#[tokio::test]
async fn security_32_a_stream_counts_once() {
    let app = TestApp::builder()
        .var("RATE_LIMIT_S3_PER_MINUTE", "5")
        .build()
        .await;
    let ada = app.user("ada").await;
    let left = async |client: &Client| {
        let answer = client.get("/api/jobs").await;
        answer
            .header("x-ratelimit-remaining")
            .unwrap()
            .parse::<u32>()
            .unwrap()
    };
    assert_eq!(left(&ada).await, 4);
    let mut stream = EventStream::open(&ada, EVENTS).await;
    let job = enqueue(
        &app,
        ada.id,
        Work {
            steps: 3,
            last: Last::Finish,
            ..Work::default()
        },
    )
    .await;
    app.run_with(&worker(&app, &Steps::free())).await;
    assert_eq!(until(&mut stream, JobState::Done).await.last().unwrap().id, job);
    assert_eq!(left(&ada).await, 2);
}
