//! How jobs end, and what is kept of them.

use server::platform::queue::NewJob;
use time::Duration;

use super::{
    count, enqueue, enqueue_own, failures, state,
    steps::{KIND, Last, Steps, Work},
    stored, worker,
};
use crate::support::on_both_databases;

fn ending(last: Last) -> Work {
    Work {
        last,
        ..Work::default()
    }
}

on_both_databases! {
    async fn what_may_work_later_is_tried_after_pauses_and_given_up_in_the_end(app) {
        let ada = app.user("ada").await;
        let job = enqueue(&app, ada.id, ending(Last::TryAgain)).await;
        let (steps, panics) = (Steps::free(), Steps::free());
        let run = worker(&app, &steps);
        assert_eq!(run.run_due().await.unwrap(), 1);
        for pause in [10, 20, 30] {
            app.clock.advance(Duration::seconds(pause - 1));
            assert_eq!(run.run_due().await.unwrap(), 0, "{pause}");
            assert_eq!(state(&app, job).await, "queued");
            app.clock.advance(Duration::SECOND);
            assert_eq!(run.run_due().await.unwrap(), 1, "{pause}");
        }
        assert_eq!(state(&app, job).await, "failed");
        assert_eq!(failures(&app, job).await, ["0 Given up after 4 attempts"]);

        let job = enqueue(&app, ada.id, ending(Last::Panic)).await;
        assert_eq!(worker(&app, &panics).run_due().await.unwrap(), 1);
        let left = stored(&app, job).await;
        assert_eq!((left.state.as_str(), left.attempts), ("queued", 1));
        assert!(app.state.queue.cancel(ada.id, job).await.unwrap());
        app.run_with(&worker(&app, &Steps::free())).await;
    }

    async fn attempts_count_only_while_nothing_moves_on(app) {
        let ada = app.user("ada").await;
        let job = enqueue(&app, ada.id, Work { steps: 1, ..ending(Last::TryAgain) }).await;
        let steps = Steps::free();
        worker(&app, &steps).run_due().await.unwrap();
        assert_eq!(stored(&app, job).await.attempts, 1, "the step was done by the first attempt");
        for attempts in [2, 3] {
            app.clock.advance(Duration::seconds(30));
            worker(&app, &steps).run_due().await.unwrap();
            assert_eq!(stored(&app, job).await.attempts, attempts);
        }
        app.clock.advance(Duration::seconds(30));
        worker(&app, &steps).run_due().await.unwrap();
        assert_eq!(state(&app, job).await, "failed");
    }

    async fn what_can_never_work_fails_at_once_and_says_why(app) {
        let ada = app.user("ada").await;
        let job = enqueue(&app, ada.id, ending(Last::Fail)).await;
        worker(&app, &Steps::free()).run_due().await.unwrap();
        let ended = stored(&app, job).await;
        assert_eq!((ended.state.as_str(), ended.failed), ("failed", 1));
        assert_eq!(failures(&app, job).await, ["0 target:is gone"]);
    }

    async fn a_thousand_failures_are_kept_and_the_others_counted(app) {
        let ada = app.user("ada").await;
        let work = Work { steps: 3, failures_a_step: 400, last: Last::Fail };
        let job = enqueue(&app, ada.id, work).await;
        worker(&app, &Steps::free()).run_due().await.unwrap();
        let ended = stored(&app, job).await;
        assert_eq!((ended.state.as_str(), ended.failed, ended.done), ("failed", 1201, 3));
        let kept = failures(&app, job).await;
        assert_eq!(kept.len(), 1000);
        assert_eq!((kept[0].as_str(), kept[400].as_str()), ("0 0-0:no", "400 1-0:no"));
        assert_eq!(kept[998], "998 2-198:no");
        assert_eq!(kept[999], "999 target:is gone", "the reason is kept in any case");
    }

    async fn what_a_job_becomes_is_queued_as_it_ends(app) {
        let whole = enqueue_own(&app, &NewJob::new(KIND, &ending(Last::Split)).unwrap()).await;
        let steps = Steps::free();
        assert_eq!(worker(&app, &steps).run_due().await.unwrap(), 3);
        let halves = steps.jobs();
        assert_eq!((halves.len(), halves.contains(&whole)), (2, false));
        assert_eq!(count(&app).await, 0);
    }

    async fn what_comes_back_later_has_not_failed(app) {
        let ada = app.user("ada").await;
        let job = enqueue(&app, ada.id, ending(Last::ComeBack)).await;
        let steps = Steps::free();
        let run = worker(&app, &steps);
        for _ in 0..6 {
            assert_eq!(run.run_due().await.unwrap(), 1);
            assert_eq!(stored(&app, job).await.attempts, 0);
            app.clock.advance(Duration::seconds(59));
            assert_eq!(run.run_due().await.unwrap(), 0);
            app.clock.advance(Duration::SECOND);
        }
        app.leave_jobs();
    }

    async fn an_input_of_a_newer_replica_is_tried_later(app) {
        let job = enqueue_own(&app, &NewJob::new(KIND, &"newer").unwrap()).await;
        worker(&app, &Steps::free()).run_due().await.unwrap();
        let left = stored(&app, job).await;
        assert_eq!((left.state.as_str(), left.attempts), ("queued", 1));
        app.leave_jobs();
    }

    async fn what_ended_long_ago_is_forgotten_unless_it_can_be_undone(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let run = worker(&app, &Steps::free());
        let failed = enqueue(&app, ada.id, ending(Last::Fail)).await;
        enqueue(&app, ada.id, ending(Last::Finish)).await;
        let undoable = enqueue(&app, ada.id, ending(Last::OfferUndo)).await;
        run.run_due().await.unwrap();
        let waits = enqueue(&app, bob.id, ending(Last::Finish)).await;
        app.clock.advance(Duration::days(7));
        assert_eq!(app.state.queue.sweep().await.unwrap(), 0);
        app.clock.advance(Duration::SECOND);
        assert_eq!(app.state.queue.sweep().await.unwrap(), 2);
        assert_eq!(count(&app).await, 2);
        assert_eq!((state(&app, undoable).await, state(&app, waits).await), ("done".into(), "queued".into()));
        assert!(failures(&app, failed).await.is_empty());
        run.run_due().await.unwrap();
    }

    async fn no_more_than_a_thousand_ended_jobs_of_a_person_are_kept(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let bobs = enqueue(&app, bob.id, ending(Last::Finish)).await;
        app.run_with(&worker(&app, &Steps::free())).await;
        for n in 0..1005 {
            sqlx::query(
                "INSERT INTO jobs (id, kind, owner, input, state, due_at, created_at_ms, finished_at)
                 VALUES ($1, 'k', $2, '{}', 'done', 0, $3, $4)",
            )
            .bind(format!("{n}"))
            .bind(ada.id.to_string())
            .bind(n)
            .bind(app.state.platform.now())
            .execute(app.state.platform.db.pool())
            .await
            .unwrap();
        }
        assert_eq!(app.state.queue.sweep().await.unwrap(), 5);
        let oldest: i64 = sqlx::query_scalar("SELECT MIN(created_at_ms) FROM jobs WHERE kind = 'k'")
            .fetch_one(app.state.platform.db.pool())
            .await
            .unwrap();
        assert_eq!((oldest, state(&app, bobs).await.as_str()), (5, "done"));
    }
}
