//! A job on a folder whose program is killed, again and again.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream};
use serde_json::json;
use tempfile::TempDir;

use super::program::Program;
use crate::support::Form;

const FILES: usize = 400;
/// How soon after its start a program goes on with what another left.
const SOON: Duration = Duration::from_secs(15);

/// Security 41: a move that is killed three times ends exact.
#[tokio::test]
async fn security_41_a_move_goes_on_after_kill_9() {
    let data = tempfile::tempdir().unwrap();
    let mut program = start(&data).await;
    let mut token = program.person().await;
    let home = program.home(&token).await;
    let (from, to) = (format!("{home}from/"), format!("{home}to/"));
    upload_all(&program, &token, &from, 0..FILES, "moved").await;
    let before = listed(&program, &token, &from).await;
    assert_eq!(before.len(), FILES);

    let body = json!({"source": from, "destination": to});
    let (status, answer) = program.post("/api/s3/move", Some(&token), &body).await;
    assert_eq!(status, 202, "{answer}");
    for kill_at in [1, 150, 300] {
        let so_far = listed(&program, &token, &to).await.len();
        let started = Instant::now();
        // Until it has gone on, and far enough.
        while listed(&program, &token, &to).await.len() < kill_at.max((so_far + 1).min(FILES)) {
            assert!(started.elapsed() < SOON * 3, "it does not go on");
        }
        program.child.kill().await.unwrap();
        program = start(&data).await;
        token = program.person().await;
    }
    let so_far = (
        listed(&program, &token, &to).await.len(),
        listed(&program, &token, &from).await.len(),
    );
    let started = Instant::now();
    loop {
        let now = (
            listed(&program, &token, &to).await.len(),
            listed(&program, &token, &from).await.len(),
        );
        if now == (FILES, 0) {
            break;
        }
        assert!(
            now != so_far || started.elapsed() < SOON,
            "it has not gone on by now"
        );
        assert!(
            started.elapsed() < SOON * 4,
            "it does not come to its end: {now:?}"
        );
    }
    assert_eq!(listed(&program, &token, &to).await, before);
    program.end().await;
}

/// Security 41: a folder that comes back as of a moment, by a job that is killed three times, is exactly as it was.
#[tokio::test]
async fn security_41_bringing_back_goes_on_after_kill_9() {
    let data = tempfile::tempdir().unwrap();
    let mut program = start(&data).await;
    let mut token = program.person().await;
    let home = program.home(&token).await;
    let folder = format!("{home}f/");
    upload_all(&program, &token, &folder, 0..FILES, "then").await;
    let before = listed(&program, &token, &folder).await;
    assert_eq!(before.len(), FILES);
    let as_of = newest(&program, &token, &folder).await;
    // What comes later is dated later.
    while newest(&program, &token, &home).await <= as_of {
        upload(&program, &token, format!("{home}tick"), "x".to_owned()).await;
    }
    // A third is replaced, a third deleted, and something is added.
    upload_all(&program, &token, &folder, 0..FILES / 3, "since").await;
    upload_all(&program, &token, &folder, FILES..FILES + 20, "added").await;
    let keys: Vec<_> = (FILES / 3..2 * FILES / 3)
        .map(|n| format!("{folder}{n:03}"))
        .collect();
    let (status, _) = program
        .post("/api/s3/delete", Some(&token), &json!({"keys": keys}))
        .await;
    assert_eq!(status, 202);
    let right = async |program: &Program, token: &str| {
        let now = listed(program, token, &folder).await;
        let left = now
            .iter()
            .filter(|(key, etag)| before.get(*key) != Some(*etag))
            .count();
        (now.len() - left, left)
    };
    let started = Instant::now();
    while right(&program, &token).await.0 > FILES - 2 * (FILES / 3) {
        assert!(started.elapsed() < SOON * 3, "the deletion does not end");
    }
    idle(&program, &token).await;

    let body = json!({"prefix": folder, "as_of": as_of, "delete_added": true});
    let (status, answer) = program.post("/api/s3/object/restore", Some(&token), &body).await;
    assert_eq!(status, 202, "{answer}");
    let first = right(&program, &token).await.0;
    for more in [1, 60, 120] {
        let so_far = right(&program, &token).await.0;
        let started = Instant::now();
        while right(&program, &token).await.0 < (first + more).max(so_far + 1).min(FILES) {
            assert!(started.elapsed() < SOON * 3, "it does not go on");
        }
        program.child.kill().await.unwrap();
        program = start(&data).await;
        token = program.person().await;
    }
    let started = Instant::now();
    while right(&program, &token).await != (FILES, 0) {
        assert!(started.elapsed() < SOON * 4, "it does not come to its end");
    }
    idle(&program, &token).await;
    let job = &program.get("/api/jobs", &token).await["jobs"][0];
    assert_eq!(
        (&job["kind"], &job["state"]),
        (&json!("files.restore"), &json!("done"))
    );
    assert_eq!(job["failures"], json!([]), "{job}");
    assert_eq!(listed(&program, &token, &folder).await, before);
    program.end().await;
}

/// Waits until all jobs have ended.
async fn idle(program: &Program, token: &str) {
    let started = Instant::now();
    loop {
        let jobs = program.get("/api/jobs", token).await;
        let open = jobs["jobs"]
            .as_array()
            .unwrap()
            .iter()
            .any(|job| matches!(job["state"].as_str(), Some("queued" | "running")));
        if !open {
            return;
        }
        assert!(started.elapsed() < SOON * 4, "{jobs}");
    }
}

async fn upload_all(
    program: &Program,
    token: &str,
    folder: &str,
    numbers: std::ops::Range<usize>,
    content: &str,
) {
    let uploading = numbers.map(|n| {
        upload(
            program,
            token,
            format!("{folder}{n:03}"),
            format!("{content} {n}"),
        )
    });
    stream::iter(uploading)
        .buffer_unordered(8)
        .collect::<Vec<_>>()
        .await;
}

/// When the newest of what lies below was written, in RFC 3339.
async fn newest(program: &Program, token: &str, prefix: &str) -> String {
    let path = format!("/api/s3/objects?recursive=true&max_keys=1000&prefix={prefix}");
    let page = program.get(&path, token).await;
    let objects = page["objects"].as_array().unwrap().iter();
    objects
        .map(|object| object["last_modified"].as_str().unwrap().to_owned())
        .max()
        .unwrap()
}

async fn start(data: &TempDir) -> Program {
    Program::start_as(data, &[("RATE_LIMIT_S3_PER_MINUTE", "0")]).await
}

async fn upload(program: &Program, token: &str, key: String, content: String) {
    let form = Form::new()
        .file("f", "text/plain", content.as_bytes())
        .text("key", &key)
        .bytes();
    let answer = reqwest::Client::new()
        .post(format!("{}/api/s3/upload", program.url))
        .header("content-type", Form::content_type())
        .bearer_auth(token)
        .body(form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
}

/// The ETags of all that lies below, by the rest of the key.
async fn listed(program: &Program, token: &str, prefix: &str) -> BTreeMap<String, String> {
    let path = format!("/api/s3/objects?recursive=true&max_keys=1000&prefix={prefix}");
    let page = program.get(&path, token).await;
    page["objects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|object| {
            let key = object["key"].as_str().unwrap();
            (
                key[prefix.len()..].to_owned(),
                object["etag"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}
