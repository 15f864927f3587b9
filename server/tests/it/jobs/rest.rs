//! What `/api/jobs` shows, and to whom.

use std::collections::BTreeSet;

use app::{
    contract::{ErrorCode, JobId},
    features::{
        api_keys::types::CreatedApiKey,
        jobs::types::{Job, JobState, JobsPage},
    },
};
use serde_json::{Value, json};
use server::platform::queue::NewJob;
use time::Duration;

use super::{
    enqueue, enqueue_own,
    steps::{KIND, Last, Steps, Work},
    worker,
};
use crate::support::{Client, TestApp, User, on_both_databases};

fn path(job: JobId) -> String {
    format!("/api/jobs/{job}")
}

async fn listed(client: &Client, query: &str) -> Vec<JobId> {
    let page: JobsPage = client.get(&format!("/api/jobs{query}")).await.ok();
    page.jobs.into_iter().map(|job| job.id).collect()
}

async fn cancel(client: &Client, job: JobId) -> crate::support::Answer {
    client.delete_json(&path(job), json!({})).await
}

async fn key(app: &TestApp, owner: &User, body: Value) -> (CreatedApiKey, Client) {
    let made: CreatedApiKey = owner.post("/api/auth/api-keys", body).await.ok();
    let client = app.anonymous().with("x-api-key", made.key.clone());
    (made, client)
}

on_both_databases! {
    async fn a_job_is_shown_as_the_contract_has_it(app) {
        let ada = app.user("ada").await;
        let job = enqueue(&app, ada.id, Work { steps: 2, failures_a_step: 1, last: Last::OfferUndo }).await;
        let shown: Value = ada.get(&path(job)).await.ok();
        assert_eq!(shown, json!({
            "id": job, "kind": "steps", "state": "queued",
            "done": 0, "total": null, "bytes_done": 0, "bytes_total": null,
            "failures": [], "about": null, "created_at": "2024-01-01T00:00:00Z", "finished_at": null, "undo": null,
        }));
        app.clock.advance(Duration::SECOND);
        app.run_with(&worker(&app, &Steps::free())).await;
        let shown: Value = ada.get(&path(job)).await.ok();
        assert_eq!(shown, json!({
            "id": job, "kind": "steps", "state": "done",
            "done": 2, "total": 2, "bytes_done": 200, "bytes_total": null,
            "failures": [{"key": "0-0:", "message": "no"}, {"key": "1-0:", "message": "no"}],
            "about": null, "created_at": "2024-01-01T00:00:00Z", "finished_at": "2024-01-01T00:00:01Z",
            "undo": {"expires_at": "2100-01-01T00:00:00Z"},
        }));
        let list: Value = ada.get("/api/jobs").await.ok();
        assert_eq!(list, json!({"jobs": [shown], "continuation_token": null, "has_more": false}));
    }

    async fn what_can_no_longer_be_undone_is_not_offered(app) {
        let ada = app.user("ada").await;
        let job = enqueue(&app, ada.id, Work { last: Last::OfferUndo, ..Work::default() }).await;
        app.run_with(&worker(&app, &Steps::free())).await;
        sqlx::query("UPDATE jobs SET undo_expires_at = $1")
            .bind(app.state.platform.now() + 1)
            .execute(app.state.platform.db.pool())
            .await
            .unwrap();
        assert!(ada.get(&path(job)).await.ok::<Job>().undo.is_some());
        app.clock.advance(Duration::SECOND);
        assert_eq!(ada.get(&path(job)).await.ok::<Job>().undo, None);
    }

    async fn the_newest_come_first_page_by_page(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        enqueue_own(&app, &NewJob::new(KIND, &Work::default()).unwrap()).await;
        let mut jobs = Vec::new();
        for n in 0..7 {
            jobs.push(enqueue(&app, ada.id, Work::default()).await);
            if n % 3 == 0 {
                app.clock.advance(Duration::SECOND);
            }
        }
        enqueue(&app, bob.id, Work::default()).await;
        let all = listed(&ada, "").await;
        assert_eq!(all.len(), 7, "neither Bob's nor the program's own");
        // Within a millisecond they are in no order.
        let newest = |range: std::ops::Range<usize>| all[range].iter().copied().collect::<BTreeSet<_>>();
        let made = |range: std::ops::Range<usize>| jobs[range].iter().copied().collect::<BTreeSet<_>>();
        assert_eq!((newest(0..3), newest(3..6), newest(6..7)), (made(4..7), made(1..4), made(0..1)));
        let (mut pages, mut query) = (Vec::new(), "?max_keys=2".to_owned());
        loop {
            let page: JobsPage = ada.get(&format!("/api/jobs{query}")).await.ok();
            assert_eq!(page.has_more, page.continuation_token.is_some());
            pages.extend(page.jobs.into_iter().map(|job| job.id));
            let Some(token) = page.continuation_token else { break };
            let foreign = bob.get(&format!("/api/jobs?continuation_token={token}")).await.error(400);
            assert!(foreign.fields.contains_key("continuation_token"));
            query = format!("?max_keys=2&continuation_token={token}");
        }
        assert_eq!(pages, all);
        for wrong in ["?max_keys=0", "?max_keys=1001", "?state=done", "?continuation_token=x"] {
            assert_eq!(ada.get(&format!("/api/jobs{wrong}")).await.status, 400, "{wrong}");
        }
        app.run_with(&worker(&app, &Steps::free())).await;
    }

    async fn security_21_another_persons_job_is_not_there(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let root = app.admin("root").await;
        let adas = enqueue(&app, ada.id, Work::default()).await;
        let programs = enqueue_own(&app, &NewJob::new(KIND, &Work::default()).unwrap()).await;
        let missing = JobId::from_uuid(app.state.platform.rng.uuid());
        for who in [&bob, &root] {
            assert!(listed(who, "").await.is_empty());
            let answers = |job| async move { (who.get(&path(job)).await, cancel(who, job).await) };
            let (get, delete) = answers(missing).await;
            for job in [adas, programs] {
                let (foreign_get, foreign_delete) = answers(job).await;
                assert_eq!((foreign_get.status.as_u16(), foreign_get.text()), (404, get.text()));
                assert_eq!((foreign_delete.status.as_u16(), foreign_delete.text()), (404, delete.text()));
            }
        }
        assert_eq!(bob.get("/api/jobs/nonsense").await.error(400).code, ErrorCode::ValidationError);
        assert_eq!(ada.get(&path(programs)).await.status, 404, "the program's own is nobody's");
        assert_eq!(app.run_with(&worker(&app, &Steps::free())).await, 2, "both go on");
    }

    async fn a_job_is_cancelled_once_and_not_after_its_end(app) {
        let ada = app.user("ada").await;
        let (waits, ends) = (
            enqueue(&app, ada.id, Work::default()).await,
            enqueue(&app, ada.id, Work { steps: 1, last: Last::TryAgain, ..Work::default() }).await,
        );
        let cancelled: Job = cancel(&ada, waits).await.ok();
        assert_eq!((cancelled.id, cancelled.state), (waits, JobState::Cancelled));
        assert_eq!(cancel(&ada, waits).await.ok::<Job>(), cancelled);
        app.run_with(&worker(&app, &Steps::free())).await;
        // It has begun, so that its handler tidies up first.
        assert_eq!(cancel(&ada, ends).await.ok::<Job>().state, JobState::Queued);
        app.run_with(&worker(&app, &Steps::free())).await;
        assert_eq!(ada.get(&path(ends)).await.ok::<Job>().state, JobState::Cancelled);
        let done = enqueue(&app, ada.id, Work::default()).await;
        app.run_with(&worker(&app, &Steps::free())).await;
        let refused = cancel(&ada, done).await.error(409);
        assert_eq!((refused.code, refused.detail.as_str()), (ErrorCode::Conflict, "This job has ended already"));
    }

    async fn lists_name_the_first_failures_and_one_job_all_that_are_kept(app) {
        let ada = app.user("ada").await;
        let (many, few) = (
            enqueue(&app, ada.id, Work { steps: 3, failures_a_step: 400, ..Work::default() }).await,
            enqueue(&app, ada.id, Work { steps: 1, failures_a_step: 2, ..Work::default() }).await,
        );
        app.run_with(&worker(&app, &Steps::free())).await;
        let page: JobsPage = ada.get("/api/jobs").await.ok();
        let of = |job| &page.jobs.iter().find(|listed| listed.id == job).unwrap().failures;
        assert_eq!((of(many).len(), of(few).len()), (10, 2));
        let whole: Job = ada.get(&path(many)).await.ok();
        assert_eq!(whole.failures.len(), 1000);
        assert_eq!(whole.failures[..10], of(many)[..]);
    }

    async fn security_16_an_api_key_needs_the_scope_and_sees_no_further_than_its_folder(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let (_, reads) = key(&app, &ada, json!({"name": "r", "scopes": ["read"]})).await;
        let (_, writes) = key(&app, &ada, json!({"name": "w", "scopes": ["write"]})).await;
        let (folder, narrow) = key(&app, &ada, json!({"name": "n", "prefix": ada.key("photos/")})).await;
        let (_, bobs) = key(&app, &bob, json!({"name": "b"})).await;
        let by_hand = enqueue(&app, ada.id, Work::default()).await;
        let mut transaction = app.state.platform.db.begin().await.unwrap();
        let new = NewJob::new(KIND, &Work::default()).unwrap().begun_by(Some(folder.details.id));
        let by_key = app.state.queue.enqueue(&mut transaction, ada.id, &new).await.unwrap();
        transaction.commit().await.unwrap();

        assert_eq!(listed(&reads, "").await.len(), 2);
        assert_eq!(reads.get(&path(by_hand)).await.status, 200);
        assert_eq!(cancel(&reads, by_hand).await.error(403).code, ErrorCode::PermissionDenied);
        for refused in ["/api/jobs", "/api/jobs/events", &path(by_hand)] {
            assert_eq!(writes.get(refused).await.status, 403, "{refused}");
        }
        assert_eq!(listed(&narrow, "").await, [by_key]);
        assert_eq!(narrow.get(&path(by_key)).await.status, 200);
        assert_eq!((narrow.get(&path(by_hand)).await.status, cancel(&narrow, by_hand).await.status.as_u16()), (
            http::StatusCode::NOT_FOUND, 404
        ));
        assert!(listed(&bobs, "").await.is_empty());
        assert_eq!(cancel(&writes, by_hand).await.status, 200);
        assert_eq!(cancel(&narrow, by_key).await.status, 200);
    }
}

#[tokio::test]
async fn the_eleventh_job_is_a_conflict() {
    use server::{features::jobs::JobsError, http::problem::Failure};
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    for _ in 0..10 {
        enqueue(&app, ada.id, Work::default()).await;
    }
    let mut transaction = app.state.platform.db.begin().await.unwrap();
    let new = NewJob::new(KIND, &Work::default()).unwrap();
    let refused = app.state.queue.enqueue(&mut transaction, ada.id, &new).await;
    let told = JobsError::from(refused.unwrap_err()).outside();
    assert_eq!(told.code, ErrorCode::Conflict);
    assert!(
        told.detail.starts_with("10 of your jobs wait or run already"),
        "{}",
        told.detail
    );
    transaction.rollback().await.unwrap();
    app.run_with(&worker(&app, &Steps::free())).await;
}
