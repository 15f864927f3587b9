//! The queue of jobs: under a lease each, from checkpoint to checkpoint, on every replica.

mod claiming;
mod ending;
mod events;
mod lanes;
mod leases;
mod people;
mod rest;
mod runner;
mod steps;

use std::sync::Arc;

use app::contract::{JobId, UserId};
use server::platform::{
    Platform,
    queue::{Lane, NewJob, Queue, Worker},
};
use sqlx::Row;

use crate::support::TestApp;
use steps::{KIND, Steps, Work};

const LANE: Lane = Lane {
    name: "tests",
    at_once: 4,
    of_one_person: 2,
};

/// What stands in the database of a job.
#[derive(Debug, PartialEq, Eq)]
struct Stored {
    state: String,
    /// How many steps its last checkpoint knows of.
    steps: u64,
    done: i64,
    failed: i64,
    attempts: i64,
    due_at: i64,
}

async fn stored(app: &TestApp, job: JobId) -> Stored {
    let row = sqlx::query(
        "SELECT state, COALESCE(cursor, '0') AS steps, done, failed, attempts, due_at FROM jobs WHERE id = $1",
    )
    .bind(job.to_string())
    .fetch_one(app.state.platform.db.pool())
    .await
    .unwrap();
    Stored {
        state: row.get("state"),
        steps: row.get::<String, _>("steps").parse().unwrap(),
        done: row.get("done"),
        failed: row.get("failed"),
        attempts: row.get("attempts"),
        due_at: row.get("due_at"),
    }
}

async fn state(app: &TestApp, job: JobId) -> String {
    stored(app, job).await.state
}

/// `position message`, with the key where there is one.
async fn failures(app: &TestApp, job: JobId) -> Vec<String> {
    sqlx::query("SELECT position, object_key, message FROM job_failures WHERE job_id = $1 ORDER BY position")
        .bind(job.to_string())
        .fetch_all(app.state.platform.db.pool())
        .await
        .unwrap()
        .iter()
        .map(|row| {
            let (key, message): (String, String) = (row.get("object_key"), row.get("message"));
            format!("{} {key}{message}", row.get::<i64, _>("position"))
        })
        .collect()
}

async fn count(app: &TestApp) -> i64 {
    sqlx::query_scalar("SELECT COUNT(*) FROM jobs")
        .fetch_one(app.state.platform.db.pool())
        .await
        .unwrap()
}

/// Queues a job of a person's.
async fn enqueue(app: &TestApp, owner: UserId, work: Work) -> JobId {
    let queue = &app.state.queue;
    let mut transaction = app.state.platform.db.begin().await.unwrap();
    let new = NewJob::new(KIND, &work).unwrap();
    let job = queue.enqueue(&mut transaction, owner, &new).await.unwrap();
    transaction.commit().await.unwrap();
    queue.wake();
    job
}

/// Queues a job of the program's own.
async fn enqueue_own(app: &TestApp, new: &NewJob) -> JobId {
    let queue = &app.state.queue;
    let mut transaction = app.state.platform.db.begin().await.unwrap();
    let job = queue.enqueue_own(&mut transaction, new).await.unwrap();
    transaction.commit().await.unwrap();
    queue.wake();
    job
}

/// What works on this replica.
fn worker(app: &TestApp, steps: &Steps) -> Worker {
    Worker::new(app.state.queue.clone(), LANE, vec![Arc::new(steps.clone())])
}

/// What works on another replica, with a pool of its own.
async fn another_worker(app: &TestApp, steps: &Steps) -> Worker {
    Worker::new(another_queue(app).await, LANE, vec![Arc::new(steps.clone())])
}

async fn another_queue(app: &TestApp) -> Queue {
    Queue::new(Platform {
        db: app.another_database().await,
        ..app.state.platform.clone()
    })
}
