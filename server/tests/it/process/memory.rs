use std::time::Duration;

use futures::{StreamExt, stream};
use serde_json::json;

use super::program::Program;
use crate::support::Form;

const MIB: u64 = 1024;
/// The most that may stay above what was resident at rest, in KiB.
const COMES_BACK_TO: u64 = 60 * MIB;

async fn all_answered(requests: impl Iterator<Item = reqwest::RequestBuilder>) {
    stream::iter(requests)
        .for_each_concurrent(32, |request| async move {
            let answer = request.send().await.unwrap();
            assert!(
                answer.status().as_u16() < 500 || answer.status() == 503,
                "{answer:?}"
            );
            answer.bytes().await.unwrap();
        })
        .await;
}

/// Waits until no more than `kib` is resident, and fails after a minute.
async fn falls_to(program: &Program, kib: u64, after: &str) {
    let falling = async {
        let mut looks = tokio::time::interval(Duration::from_millis(250));
        while program.resident() > kib {
            looks.tick().await;
        }
    };
    let fallen = tokio::time::timeout(Duration::from_secs(60), falling).await;
    assert!(
        fallen.is_ok(),
        "{} KiB stay after {after}, not {kib}",
        program.resident()
    );
}

/// Security 48. Each password takes 19 MiB while it is hashed, and each upload its buffers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn security_48_memory_comes_back_after_any_load() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start_as(&data, &[("RATE_LIMIT_S3_PER_MINUTE", "0")]).await;
    let idle = program.resident();
    let http = reqwest::Client::new();
    let url = |path: &str| format!("{}{path}", program.url);
    let token = program.person().await;
    let home = program.home(&token).await;

    let login = json!({"username": "nobody", "password": "whatever it is"});
    all_answered((0..300).map(|_| http.post(url("/api/auth/login")).json(&login))).await;
    falls_to(&program, idle + COMES_BACK_TO, "sign-ins").await;

    let upload = |n: usize| {
        let form = Form::new()
            .file("x.bin", "application/octet-stream", &vec![7; 3_000_000])
            .text("key", &format!("{home}{n}.bin"));
        http.post(url("/api/s3/upload"))
            .bearer_auth(&token)
            .header("content-type", Form::content_type())
            .body(form.bytes())
    };
    all_answered((0..64).map(upload)).await;
    falls_to(&program, idle + COMES_BACK_TO, "uploads").await;

    let listing = url(&format!("/api/s3/objects?prefix={home}"));
    all_answered((0..200).map(|_| http.get(&listing).bearer_auth(&token))).await;
    all_answered((0..200).map(|_| http.get(url("/sign-in")))).await;
    falls_to(&program, idle + COMES_BACK_TO, "listings and pages").await;
}
