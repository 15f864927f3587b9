//! Security 6: whether the time of an answer tells who exists. Every route that strangers may ask about people, asked
//! about people that exist, that do not, that are disabled or not confirmed yet, in turns, at production's cost of
//! hashing, on both databases. Prints the medians as a Markdown table, and fails when they differ by 5 ms.
//!
//! `cargo bench -p server --bench timing`

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot go on should say so and stop"
)]
#![expect(clippy::print_stdout, reason = "the table is its result")]

#[path = "../tests/it/support/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "shared with the tests, which use all of it"
)]
mod support;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use support::{PASSWORD, TestApp};

const SAMPLES: usize = 200;
const LIMIT: Duration = Duration::from_millis(5);
const WRONG: &str = "another long one";

/// One question, about one kind of person. `n` is a number of its own for each sample.
struct Question {
    route: &'static str,
    about: &'static str,
    body: fn(usize) -> Value,
}

const QUESTIONS: &[Question] = &[
    ask(
        "login",
        "known",
        |_| json!({"username": "known", "password": WRONG}),
    ),
    ask(
        "login",
        "unknown",
        |n| json!({"username": format!("unknown-{n}"), "password": WRONG}),
    ),
    ask(
        "login",
        "disabled, right password",
        |_| json!({"username": "disabled", "password": PASSWORD}),
    ),
    ask(
        "login",
        "not confirmed",
        |_| json!({"username": "pending", "password": WRONG}),
    ),
    ask(
        "register",
        "address with an account",
        |n| json!({"username": format!("new-{n}"), "password": PASSWORD, "email": "known@example.com"}),
    ),
    ask(
        "register",
        "address without one",
        |n| json!({"username": format!("new-{n}"), "password": PASSWORD, "email": format!("new-{n}@example.com")}),
    ),
    ask("forgot-password", "known", |_| json!({"username": "known"})),
    ask(
        "forgot-password",
        "unknown",
        |n| json!({"username": format!("unknown-{n}")}),
    ),
    ask("forgot-password", "disabled", |_| json!({"username": "disabled"})),
    ask(
        "forgot-password",
        "known address",
        |_| json!({"username": "known@example.com"}),
    ),
    ask("resend-code", "waiting", |_| json!({"username": "pending"})),
    ask("resend-code", "known", |_| json!({"username": "known"})),
    ask(
        "resend-code",
        "unknown",
        |n| json!({"username": format!("unknown-{n}")}),
    ),
    ask(
        "confirm",
        "waiting",
        |_| json!({"username": "pending", "code": "123456"}),
    ),
    ask(
        "confirm",
        "known",
        |_| json!({"username": "known", "code": "123456"}),
    ),
    ask(
        "confirm",
        "unknown",
        |n| json!({"username": format!("unknown-{n}"), "code": "123456"}),
    ),
    ask(
        "reset-password",
        "known",
        |_| json!({"username": "known", "code": "123456", "new_password": WRONG}),
    ),
    ask(
        "reset-password",
        "unknown",
        |n| json!({"username": format!("unknown-{n}"), "code": "123456", "new_password": WRONG}),
    ),
];

const fn ask(route: &'static str, about: &'static str, body: fn(usize) -> Value) -> Question {
    Question { route, about, body }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut told = Vec::new();
    println!("| database | route | about | median | difference |\n|---|---|---|---|---|");
    for (name, builder) in [
        ("SQLite", TestApp::builder()),
        ("PostgreSQL", TestApp::builder().postgres()),
    ] {
        let medians = runtime.block_on(async { measure(builder.full_strength().build().await).await });
        for (route, about) in medians {
            let least = about.iter().map(|(_, median)| *median).min().unwrap();
            for (about, median) in about {
                let difference = median - least;
                println!("| {name} | `{route}` | {about} | {median:.2?} | {difference:.2?} |");
                if difference >= LIMIT {
                    told.push(format!("{name} {route} {about}: {difference:?}"));
                }
            }
        }
    }
    assert!(told.is_empty(), "the time tells who exists: {told:#?}");
}

type Medians = BTreeMap<&'static str, Vec<(&'static str, Duration)>>;

async fn measure(app: TestApp) -> Medians {
    people(&app).await;
    let mut samples: Vec<Vec<Duration>> = vec![Vec::with_capacity(SAMPLES); QUESTIONS.len()];
    for n in 0..=SAMPLES {
        for (index, question) in QUESTIONS.iter().enumerate() {
            let (path, body) = (
                format!("/api/auth/{}", question.route),
                (question.body)(n * 100 + index),
            );
            let begun = Instant::now();
            let answer = app.anonymous().post(&path, body).await;
            let took = begun.elapsed();
            assert!(
                matches!(answer.status.as_u16(), 200 | 400 | 401),
                "{}",
                answer.text()
            );
            // The first of each opens files and connections.
            if n > 0 {
                samples[index].push(took);
            }
        }
    }
    let mut medians = Medians::new();
    for (question, mut samples) in QUESTIONS.iter().zip(samples) {
        samples.sort_unstable();
        let median = samples[samples.len() / 2];
        medians
            .entry(question.route)
            .or_default()
            .push((question.about, median));
    }
    medians
}

async fn people(app: &TestApp) {
    for username in ["known", "disabled", "pending"] {
        let email = format!("{username}@example.com");
        let body = json!({"username": username, "password": PASSWORD, "email": email});
        assert_eq!(app.anonymous().post("/api/auth/register", body).await.status, 200);
        if username != "pending" {
            let code = app.code_for(&email).await;
            let body = json!({"username": username, "code": code});
            assert_eq!(app.anonymous().post("/api/auth/confirm", body).await.status, 200);
        }
    }
    sqlx::query("UPDATE users SET status = 'disabled' WHERE username = 'disabled'")
        .execute(app.state.platform.db.pool())
        .await
        .unwrap();
}
