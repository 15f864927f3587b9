//! So many at once, and nobody's jobs in the way of the others.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::{
    enqueue,
    steps::{Steps, Work},
    worker,
};
use crate::support::{TestApp, on_both_databases};

on_both_databases! {
    async fn ten_jobs_of_one_person_leave_room_for_others(app) {
        let (ada, bob, eve) = (app.user("ada").await, app.user("bob").await, app.user("eve").await);
        for _ in 0..10 {
            enqueue(&app, ada.id, Work { steps: 1, ..Work::default() }).await;
        }
        for person in [&bob, &eve, &bob] {
            app.clock.advance(time::Duration::SECOND);
            enqueue(&app, person.id, Work { steps: 1, ..Work::default() }).await;
        }
        let steps = Steps::with_permits(0);
        let stop = CancellationToken::new();
        let run = worker(&app, &steps);
        let watching = async {
            steps.until(|steps| steps.started().len() == 4).await;
            let of = |person: &crate::support::User| {
                let started = steps.started();
                started.iter().filter(|owner| **owner == Some(person.id)).count()
            };
            assert_eq!((of(&ada), of(&bob), of(&eve)), (2, 1, 1), "the first four");
            steps.permit(100);
            steps.until(|steps| steps.started().len() == 13).await;
            assert_eq!((of(&ada), of(&bob), of(&eve)), (10, 2, 1));
            stop.cancel();
        };
        tokio::join!(run.run(stop.clone()), watching);
        // What had begun when it was told to stop may have been put back.
        app.run_with(&worker(&app, &steps)).await;
    }
}

#[tokio::test]
async fn a_worker_is_woken_by_what_is_queued_here() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    let steps = Steps::free();
    let stop = CancellationToken::new();
    let run = worker(&app, &steps);
    let asking = async {
        // Without being woken it would look every two seconds.
        let began = Instant::now();
        for n in 1..=10 {
            enqueue(
                &app,
                ada.id,
                Work {
                    steps: 1,
                    ..Work::default()
                },
            )
            .await;
            steps.until(|steps| steps.jobs().len() == n).await;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        stop.cancel();
    };
    tokio::join!(run.run(stop.clone()), asking);
    app.run_with(&worker(&app, &steps)).await;
}
