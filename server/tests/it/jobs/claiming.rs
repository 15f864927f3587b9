//! What runs, and who runs it.

use server::platform::queue::{NewJob, Worker};
use time::Duration;

use super::{
    another_worker, count, enqueue, enqueue_own, state,
    steps::{KIND, Steps, Work},
    stored, worker,
};
use crate::{
    support::{TestApp, on_both_databases},
    unreadable_rows::Cell,
};

const TWO_STEPS: Work = Work {
    steps: 2,
    failures_a_step: 0,
    last: super::steps::Last::Finish,
};

on_both_databases! {
    async fn a_job_runs_to_its_end_and_is_kept_for_its_owner(app) {
        let ada = app.user("ada").await;
        let job = enqueue(&app, ada.id, TWO_STEPS).await;
        assert_eq!(state(&app, job).await, "queued");
        let steps = Steps::free();
        assert_eq!(worker(&app, &steps).run_due().await.unwrap(), 1);
        assert_eq!(steps.done(job), [0, 1]);
        let ended = stored(&app, job).await;
        assert_eq!((ended.state.as_str(), ended.done, ended.attempts), ("done", 2, 0));
        assert_eq!(worker(&app, &steps).run_due().await.unwrap(), 0, "not again");
    }

    async fn of_the_programs_own_work_nothing_is_kept(app) {
        enqueue_own(&app, &NewJob::new(KIND, &TWO_STEPS).unwrap()).await;
        let steps = Steps::free();
        assert_eq!(worker(&app, &steps).run_due().await.unwrap(), 1);
        assert_eq!(steps.started(), [None]);
        assert_eq!(count(&app).await, 0);
    }

    async fn a_job_that_cannot_be_read_is_not_run(app) {
        let job = enqueue_own(&app, &NewJob::new(KIND, &TWO_STEPS).unwrap()).await;
        let steps = Steps::free();
        let row = format!("id = '{job}'");
        let cell = |column| Cell { table: "jobs", column, row: &row };
        for (column, bad, good) in [
            ("done", "-1", "0"),
            ("bytes_total", "-1", "NULL"),
            ("cancel_requested", "2", "0"),
        ] {
            cell(column).write(&app, bad).await;
            let error = worker(&app, &steps).run_due().await.unwrap_err().to_string();
            assert!(error.contains("decoding column") && error.contains(column), "{error}");
            cell(column).write(&app, good).await;
            app.clock.advance(Duration::hours(1));
        }
        assert!(steps.started().is_empty());
        assert_eq!(worker(&app, &steps).run_due().await.unwrap(), 1, "it was not lost");
    }

    async fn what_did_not_happen_is_not_done(app) {
        let ada = app.user("ada").await;
        let new = NewJob::new(KIND, &TWO_STEPS).unwrap();
        let mut transaction = app.state.platform.db.begin().await.unwrap();
        app.state.queue.enqueue(&mut transaction, ada.id, &new).await.unwrap();
        app.state.queue.enqueue_own(&mut transaction, &new).await.unwrap();
        transaction.rollback().await.unwrap();
        assert_eq!(count(&app).await, 0);
    }

    async fn of_several_replicas_one_runs_each_job(app) {
        let mut jobs = Vec::new();
        for _ in 0..30 {
            jobs.push(enqueue_own(&app, &NewJob::new(KIND, &TWO_STEPS).unwrap()).await);
        }
        let steps = Steps::free();
        let mut replicas = vec![worker(&app, &steps)];
        for _ in 0..3 {
            replicas.push(another_worker(&app, &steps).await);
        }
        let runs = futures::future::join_all(replicas.iter().map(Worker::run_due)).await;
        let ran: usize = runs.into_iter().map(|ran| ran.unwrap()).sum();
        assert_eq!(ran, 30);
        for job in jobs {
            assert_eq!(steps.done(job), [0, 1], "once each");
        }
    }

    async fn the_oldest_comes_first(app) {
        let mut jobs = Vec::new();
        for _ in 0..4 {
            jobs.push(enqueue_own(&app, &NewJob::new(KIND, &TWO_STEPS).unwrap()).await);
            app.clock.advance(Duration::SECOND);
        }
        let steps = Steps::free();
        worker(&app, &steps).run_due().await.unwrap();
        assert_eq!(steps.jobs(), jobs);
    }

    async fn a_kind_of_a_newer_replica_is_left_for_one(app) {
        let newer = enqueue_own(&app, &NewJob::new("newer", &TWO_STEPS).unwrap()).await;
        let known = enqueue_own(&app, &NewJob::new(KIND, &TWO_STEPS).unwrap()).await;
        let steps = Steps::free();
        assert_eq!(worker(&app, &steps).run_due().await.unwrap(), 1);
        assert_eq!(steps.jobs(), [known]);
        let untouched = stored(&app, newer).await;
        assert_eq!((untouched.state.as_str(), untouched.attempts), ("queued", 0));
        app.leave_jobs();
    }
}

#[tokio::test]
async fn a_worker_without_kinds_claims_nothing() {
    let app = TestApp::new().await;
    enqueue_own(&app, &NewJob::new(KIND, &TWO_STEPS).unwrap()).await;
    let idle = Worker::new(app.state.queue.clone(), super::LANE, Vec::new());
    assert_eq!(idle.run_due().await.unwrap(), 0);
    app.leave_jobs();
}

#[tokio::test]
#[should_panic(expected = "the test leaves jobs behind: [\"steps\"]")]
async fn a_test_that_leaves_jobs_behind_fails() {
    let app = TestApp::new().await;
    enqueue_own(&app, &NewJob::new(KIND, &TWO_STEPS).unwrap()).await;
}
