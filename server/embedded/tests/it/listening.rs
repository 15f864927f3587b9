//! The listener as the store uses it: refusals in S3's words, readers that do not read, clients that wait for
//! `100 Continue`.

use std::time::{Duration, Instant};

use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use embedded::{Limits, Store};
use listener::{ConnectionLimits, Pace};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::support::bytes;
use crate::support::store::{ORIGIN, Running};
use crate::support::tools::tool;

/// More than the kernel takes for a client that reads nothing.
const LARGE: usize = 24 << 20;

/// A connection that has asked for an object and reads no more than the answer's first line.
async fn reader(running: &Running, key: &str) -> TcpStream {
    let get = running.root().get_object().bucket("b-b").key(key);
    let get = get
        .presigned(PresigningConfig::expires_in(Duration::from_secs(60)).unwrap())
        .await
        .unwrap();
    let address = running.endpoint.trim_start_matches("http://");
    let target = get.uri().trim_start_matches(&running.endpoint);
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut line = [0; 15];
    stream.read_exact(&mut line).await.unwrap();
    assert_eq!(&line, b"HTTP/1.1 200 OK");
    stream
}

/// Waits until the store has this many blobs, and fails after 20 seconds.
async fn settles_at(running: &Running, files: usize) {
    let wait = async {
        while running.blobs() != files {
            tokio::task::yield_now().await;
        }
    };
    let outcome = tokio::time::timeout(Duration::from_secs(20), wait).await;
    assert!(outcome.is_ok(), "{} files instead of {files}", running.blobs());
}

#[tokio::test]
async fn security_47_a_reader_that_does_not_read_keeps_its_own_blob_until_it_is_cut_off() {
    let running = Running::start_as(
        |_| {},
        Limits {
            response_pace: Some(Pace {
                stall: Duration::from_secs(2),
                ..Pace::RESPONSE
            }),
            ..Store::limits()
        },
    )
    .await;
    let root = running.root();
    root.create_bucket().bucket("b-b").send().await.unwrap();
    for key in ["read", "other"] {
        let put = root.put_object().bucket("b-b").key(key);
        put.body(ByteStream::from(bytes(1, LARGE))).send().await.unwrap();
    }
    let mut stalled = reader(&running, "read").await;
    let began = Instant::now();
    for key in ["read", "other"] {
        root.delete_object().bucket("b-b").key(key).send().await.unwrap();
    }
    settles_at(&running, 1).await;
    settles_at(&running, 0).await;
    assert!(
        began.elapsed() >= Duration::from_secs(1),
        "it was kept while it was read"
    );
    let mut received = Vec::new();
    let _ = stalled.read_to_end(&mut received).await;
    assert!(received.len() < LARGE, "cut off");
}

#[tokio::test]
async fn too_many_connections_are_told_to_slow_down() {
    let running = Running::start_as(
        |_| {},
        Limits {
            connections: ConnectionLimits {
                total: 1,
                per_network: 1,
                trusted_proxies: Vec::new(),
            },
            ..Store::limits()
        },
    )
    .await;
    let address = running.endpoint.trim_start_matches("http://");
    // Answered, so that the place is taken.
    let mut first = TcpStream::connect(address).await.unwrap();
    first
        .write_all(b"OPTIONS / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    first.read_u8().await.unwrap();
    let answer = reqwest::Client::new()
        .get(format!("{}/b-b/k", running.endpoint))
        .header("origin", ORIGIN)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "2");
    let text = answer.text().await.unwrap();
    assert!(text.contains("<Code>SlowDown</Code>"), "{text}");
}

/// aws CLI and boto3 expect `100 Continue` before every upload, also of nothing. What they were answered instead they
/// take for the answer to the next upload on the connection too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_aws_cli_loses_nothing_after_an_empty_file() {
    const ROUNDS: usize = 8;
    let running = Running::start().await;
    running.root().create_bucket().bucket("b-b").send().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    for name in ["empty", "a/empty", "b/empty"] {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, "").unwrap();
    }
    for (seed, name) in (1..).zip(["first", "second", "third"]) {
        std::fs::write(folder.path().join(name), bytes(seed, 9 << 20)).unwrap();
    }
    let key = running.store.root_key();
    for round in 0..ROUNDS {
        let output = Command::new(tool("aws"))
            .args(["s3", "sync", "--only-show-errors"])
            .arg(folder.path())
            .arg(format!("s3://b-b/{round}"))
            .arg(format!("--endpoint-url={}", running.endpoint))
            .env("AWS_ACCESS_KEY_ID", &key.access_key_id)
            .env(
                "AWS_SECRET_ACCESS_KEY",
                secrecy::ExposeSecret::expose_secret(&key.secret),
            )
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_CONFIG_FILE", folder.path().join("none"))
            .env("AWS_MAX_ATTEMPTS", "1")
            .output()
            .await
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "round {round}: {said}");
    }
    let listed = running
        .root()
        .list_objects_v2()
        .bucket("b-b")
        .send()
        .await
        .unwrap();
    assert_eq!(listed.contents().len(), ROUNDS * 6);
}
