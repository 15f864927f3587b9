//! What people may ask of the queue: ten jobs at once, and an end to each.

use server::platform::queue::{EnqueueError, NewJob};
use time::Duration;
use tokio_util::sync::CancellationToken;

use super::{
    another_queue, count, enqueue, failures, state,
    steps::{KIND, Last, Steps, Work},
    stored, worker,
};
use crate::support::on_both_databases;

on_both_databases! {
    async fn ten_jobs_of_a_person_wait_or_run_and_no_more(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let queues = [app.state.queue.clone(), another_queue(&app).await, another_queue(&app).await];
        let databases = [
            app.state.platform.db.clone(),
            app.another_database().await,
            app.another_database().await,
        ];
        let asked = (0..30).map(|n| {
            let (queue, db) = (&queues[n % 3], &databases[n % 3]);
            async move {
                let mut transaction = db.begin().await.unwrap();
                let new = NewJob::new(KIND, &Work::default()).unwrap();
                let queued = queue.enqueue(&mut transaction, ada.id, &new).await;
                match queued {
                    Ok(job) => transaction.commit().await.map(|()| Some(job)).unwrap(),
                    Err(EnqueueError::TooMany) => None,
                    Err(error) => panic!("{error:?}"),
                }
            }
        });
        let queued: Vec<_> = futures::future::join_all(asked).await.into_iter().flatten().collect();
        assert_eq!(queued.len(), 10);
        enqueue(&app, bob.id, Work::default()).await;

        // One that ends makes room for one.
        assert!(app.state.queue.cancel(ada.id, queued[0]).await.unwrap());
        enqueue(&app, ada.id, Work::default()).await;
        let mut transaction = app.state.platform.db.begin().await.unwrap();
        let new = NewJob::new(KIND, &Work::default()).unwrap();
        let eleventh = app.state.queue.enqueue(&mut transaction, ada.id, &new).await;
        assert!(matches!(eleventh, Err(EnqueueError::TooMany)));
        transaction.rollback().await.unwrap();
        assert_eq!(worker(&app, &Steps::free()).run_due().await.unwrap(), 11);
    }

    async fn what_has_not_begun_is_cancelled_at_once(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let job = enqueue(&app, ada.id, Work::default()).await;
        assert!(!app.state.queue.cancel(bob.id, job).await.unwrap(), "it is not Bob's");
        assert_eq!(state(&app, job).await, "queued");
        assert!(app.state.queue.cancel(ada.id, job).await.unwrap());
        assert_eq!(state(&app, job).await, "cancelled");
        let steps = Steps::free();
        assert_eq!(worker(&app, &steps).run_due().await.unwrap(), 0);
        assert!(!app.state.queue.cancel(ada.id, job).await.unwrap(), "it has ended");
    }

    async fn what_runs_stops_at_its_next_checkpoint(app) {
        let ada = app.user("ada").await;
        let job = enqueue(&app, ada.id, Work { steps: 5, ..Work::default() }).await;
        let steps = Steps::with_permits(1);
        let stop = CancellationToken::new();
        let run = worker(&app, &steps);
        let running = run.run(stop.clone());
        let asking = async {
            steps.until(|steps| steps.done(job).len() == 2).await;
            assert!(app.state.queue.cancel(ada.id, job).await.unwrap());
            assert_eq!(state(&app, job).await, "running");
            steps.permit(100);
            stop.cancel();
        };
        tokio::join!(running, asking);
        let ended = stored(&app, job).await;
        assert_eq!((ended.state.as_str(), ended.steps), ("cancelled", 2), "what was done is written down");
    }

    async fn what_waits_for_its_next_attempt_is_cancelled_without_waiting(app) {
        let ada = app.user("ada").await;
        let job = enqueue(&app, ada.id, Work { steps: 1, last: Last::TryAgain, ..Work::default() }).await;
        let steps = Steps::free();
        worker(&app, &steps).run_due().await.unwrap();
        app.clock.advance(Duration::SECOND);
        assert!(app.state.queue.cancel(ada.id, job).await.unwrap());
        assert_eq!(worker(&app, &steps).run_due().await.unwrap(), 1, "its handler tidies up");
        assert_eq!(state(&app, job).await, "cancelled");
        assert_eq!(steps.done(job), [0]);
    }

    async fn a_person_who_is_gone_leaves_no_jobs(app) {
        let ada = app.user("ada").await;
        let job = enqueue(&app, ada.id, Work { steps: 3, failures_a_step: 1, ..Work::default() }).await;
        let steps = Steps::with_permits(1);
        let stop = CancellationToken::new();
        let run = worker(&app, &steps);
        let deleting = async {
            steps.until(|steps| steps.done(job).len() == 2).await;
            sqlx::query("DELETE FROM users WHERE id = $1")
                .bind(ada.id.to_string())
                .execute(app.state.platform.db.pool())
                .await
                .unwrap();
            steps.permit(100);
            stop.cancel();
        };
        tokio::join!(run.run(stop.clone()), deleting);
        assert_eq!(steps.done(job), [0, 1], "and what ran has stopped");
        assert_eq!(count(&app).await, 0);
        assert!(failures(&app, job).await.is_empty());
    }
}
