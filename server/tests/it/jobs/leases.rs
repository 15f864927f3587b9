//! What becomes of a job whose replica dies, stalls or stops.

use std::sync::Arc;

use server::platform::queue::LEASE_SECONDS;
use time::Duration;
use tokio_util::sync::CancellationToken;

use super::{
    another_worker, enqueue, failures, state,
    steps::{BACKOFF, Last, Steps, Work},
    stored, worker,
};
use crate::support::{TestApp, on_both_databases};

const FIVE_STEPS: Work = Work {
    steps: 5,
    failures_a_step: 0,
    last: Last::Finish,
};

/// Starts what works until it is told to stop, or cut off.
fn start(worker: server::platform::queue::Worker) -> (CancellationToken, tokio::task::JoinHandle<()>) {
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    let worker = Arc::new(worker);
    (stop, tokio::spawn(async move { worker.run(stopping).await }))
}

on_both_databases! {
    async fn another_replica_goes_on_where_one_died(app) {
        let ada = app.user("ada").await;
        let job = enqueue(&app, ada.id, FIVE_STEPS).await;
        // Two checkpoints pass; the third step is done, and not written down.
        let first = Steps::with_permits(2);
        let (_stop, running) = start(worker(&app, &first));
        first.until(|steps| steps.done(job).len() == 3).await;
        running.abort();
        assert!(running.await.unwrap_err().is_cancelled());
        first.until(|steps| steps.dropped() == 1).await;
        let left = stored(&app, job).await;
        assert_eq!((left.state.as_str(), left.steps, left.done), ("running", 2, 2));

        let second = Steps::free();
        let other = another_worker(&app, &second).await;
        app.clock.advance(Duration::seconds(LEASE_SECONDS - 1));
        assert_eq!(other.run_due().await.unwrap(), 0, "the lease has not ended");
        app.clock.advance(Duration::SECOND);
        assert_eq!(other.run_due().await.unwrap(), 1);
        assert_eq!(second.done(job), [2, 3, 4], "the unwritten step again, and no other");
        let ended = stored(&app, job).await;
        assert_eq!((ended.state.as_str(), ended.done), ("done", 5));
    }

    async fn who_lost_the_lease_writes_nothing(app) {
        let ada = app.user("ada").await;
        let job = enqueue(&app, ada.id, Work { failures_a_step: 1, ..FIVE_STEPS }).await;
        // As a machine does that was suspended: it goes on later, and knows nothing.
        let first = Steps::with_permits(1);
        let (stop, running) = start(worker(&app, &first));
        first.until(|steps| steps.done(job).len() == 2).await;
        app.clock.advance(Duration::seconds(LEASE_SECONDS));
        let second = Steps::with_permits(2);
        let (second_stop, second_running) = start(another_worker(&app, &second).await);
        second.until(|steps| steps.done(job) == [1, 2, 3]).await;

        let before = stored(&app, job).await;
        first.permit(100);
        stop.cancel();
        running.await.unwrap();
        assert_eq!(first.done(job), [0, 1], "it did no step more");
        assert_eq!(stored(&app, job).await, before, "and wrote nothing");
        second.permit(100);
        second.until(|steps| steps.done(job).len() == 4).await;
        second_stop.cancel();
        second_running.await.unwrap();
        app.run_with(&worker(&app, &second)).await;
        let ended = stored(&app, job).await;
        assert_eq!((ended.state.as_str(), ended.done, ended.failed), ("done", 5, 5));
    }

    async fn a_replica_that_shuts_down_leaves_its_jobs_to_others_at_once(app) {
        let ada = app.user("ada").await;
        let job = enqueue(&app, ada.id, FIVE_STEPS).await;
        let waiting = enqueue(&app, ada.id, Work { last: Last::Wait, ..Work::default() }).await;
        let first = Steps::with_permits(2);
        let (stop, running) = start(worker(&app, &first));
        first.until(|steps| steps.done(job).len() == 3 && steps.started().len() == 2).await;
        stop.cancel();
        first.permit(1);
        running.await.unwrap();
        assert_eq!(first.dropped(), 0, "it came to a checkpoint");
        let left = stored(&app, job).await;
        assert_eq!((left.state.as_str(), left.steps), ("queued", 3));
        assert_eq!(state(&app, waiting).await, "queued");

        let second = Steps::free();
        let (stop, running) = start(another_worker(&app, &second).await);
        second.until(|steps| steps.done(job) == [3, 4]).await;
        assert!(app.state.queue.cancel(ada.id, waiting).await.unwrap());
        second.until(|steps| steps.started().len() == 2).await;
        stop.cancel();
        running.await.unwrap();
        app.run_with(&worker(&app, &second)).await;
        assert_eq!((state(&app, job).await, state(&app, waiting).await), ("done".into(), "cancelled".into()));
    }

    async fn a_job_that_ends_its_replicas_is_given_up(app) {
        let ada = app.user("ada").await;
        let job = enqueue(&app, ada.id, Work { last: Last::Wait, ..Work::default() }).await;
        for n in 1..=BACKOFF.max_attempts {
            let steps = Steps::free();
            let (_stop, running) = start(worker(&app, &steps));
            steps.until(|steps| steps.started().len() == 1).await;
            running.abort();
            assert!(running.await.unwrap_err().is_cancelled());
            steps.until(|steps| steps.dropped() == 1).await;
            assert_eq!(stored(&app, job).await.attempts, n);
            app.clock.advance(Duration::seconds(LEASE_SECONDS));
        }
        let steps = Steps::free();
        assert_eq!(worker(&app, &steps).run_due().await.unwrap(), 1);
        assert!(steps.started().is_empty());
        assert_eq!(state(&app, job).await, "failed");
        assert_eq!(failures(&app, job).await, ["0 Given up after 4 attempts"]);
    }
}

/// Takes the three seconds after which a lease is renewed for the first time.
#[tokio::test]
async fn a_lease_is_renewed_while_a_step_takes_long_and_a_lost_one_cuts_it_off() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let (cancelled, lost) = (
        enqueue(
            &app,
            ada.id,
            Work {
                last: Last::Wait,
                ..Work::default()
            },
        )
        .await,
        enqueue(
            &app,
            ada.id,
            Work {
                last: Last::Wait,
                ..Work::default()
            },
        )
        .await,
    );
    let steps = Steps::free();
    let (stop, running) = start(worker(&app, &steps));
    steps.until(|steps| steps.started().len() == 2).await;
    app.clock.advance(Duration::seconds(5));
    assert!(app.state.queue.cancel(ada.id, cancelled).await.unwrap());
    sqlx::query("UPDATE jobs SET lease = 'another' WHERE id = $1")
        .bind(lost.to_string())
        .execute(app.state.platform.db.pool())
        .await
        .unwrap();
    steps
        .until(|steps| steps.dropped() == 1 && steps.has_ended(cancelled))
        .await;
    stop.cancel();
    running.await.unwrap();
    let renewed = stored(&app, cancelled).await;
    assert_eq!(renewed.state, "cancelled");
    assert_eq!(renewed.due_at, app.state.platform.now() + LEASE_SECONDS);
    assert_eq!(state(&app, lost).await, "running", "it is another's");
    app.leave_jobs();
}
