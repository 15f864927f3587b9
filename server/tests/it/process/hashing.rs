use std::time::{Duration, Instant};

use serde_json::json;

use super::program::Program;

/// Security 34: with passwords of full strength. Those who wait are served, the rest is told to come back, and the
/// server goes on answering everyone else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn security_34_two_hundred_sign_ins_at_once_leave_the_server_awake() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(&data).await;
    let http = reqwest::Client::new();
    let logins: Vec<_> = (0..200)
        .map(|n| {
            let body = json!({"username": format!("nobody-{n}"), "password": "whatever it is"});
            let login = http
                .post(format!("{}/api/auth/login", program.url))
                .json(&body)
                .send();
            tokio::spawn(async move { login.await.unwrap() })
        })
        .collect();

    let mut took = Vec::new();
    while took.len() < 100 || logins.iter().any(|login| !login.is_finished()) {
        let began = Instant::now();
        let alive = http.get(format!("{}/health", program.url)).send().await.unwrap();
        took.push(began.elapsed());
        assert_eq!(alive.status(), 200);
    }
    took.sort_unstable();
    let p99 = took[took.len() * 99 / 100 - 1];

    let (mut compared, mut busy) = (0, 0);
    for login in logins {
        let answer = login.await.unwrap();
        match answer.status().as_u16() {
            401 => compared += 1,
            503 => {
                assert!(answer.headers().contains_key("retry-after"));
                busy += 1;
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!(compared + busy, 200);
    assert!(
        compared > 0 && busy > 0,
        "{compared} compared, {busy} told to come back"
    );
    assert!(
        p99 < Duration::from_millis(100),
        "{p99:?} of {} answers",
        took.len()
    );
}
