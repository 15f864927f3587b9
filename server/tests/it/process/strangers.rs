//! What strangers who flood the running program cannot do.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::json;
use server::platform::descriptors;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use super::program::{Program, command};
use crate::support::{Form, ports::free_ports};

/// The program, and the port of its embedded store.
async fn start(data: &TempDir, stderr: Stdio) -> (Program, u16) {
    descriptors::raise();
    let [storage] = free_ports();
    let storage_addr = format!("127.0.0.1:{storage}");
    let variables = [
        ("EMBEDDED_S3_ADDR", storage_addr.as_str()),
        ("RUST_LOG", "info"),
        ("RATE_LIMIT_S3_PER_MINUTE", "0"),
    ];
    let mut command = command(data);
    command.stderr(stderr);
    (Program::start_by(command, &variables).await, storage)
}

/// From one of the addresses of this machine; `None` when the program closes it at once.
async fn connect(from: [u8; 4], port: u16, beginning: &str) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let mut stream = socket.connect(([127, 0, 0, 1], port).into()).await.unwrap();
    stream.write_all(beginning.as_bytes()).await.ok()?;
    Some(stream)
}

/// 1,100 connections to one presigned URL, none of which reads what comes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn security_47_slow_readers_of_one_link_do_not_slow_others_down() {
    let data = tempfile::tempdir().unwrap();
    let (program, storage) = start(&data, Stdio::inherit()).await;
    let token = program.person().await;
    let home = program.home(&token).await;
    let key = format!("{home}film.mp4");
    let form = Form::new()
        .file("film.mp4", "video/mp4", &vec![7; 16 << 20])
        .text("key", &key);
    let http = reqwest::Client::new();
    let stored = http
        .post(format!("{}/api/s3/upload", program.url))
        .bearer_auth(&token)
        .header("content-type", Form::content_type())
        .body(form.bytes())
        .send()
        .await
        .unwrap();
    assert_eq!(stored.status(), 200);
    let (status, link) = program
        .post("/api/s3/download", Some(&token), &json!({"key": key}))
        .await;
    assert_eq!(status, 200, "{link}");
    let url = url::Url::parse(link["url"].as_str().unwrap()).unwrap();
    let target = &url[url::Position::BeforePath..];
    let get = format!("GET {target} HTTP/1.1\r\nhost: 127.0.0.1:{storage}\r\n\r\n");

    let mut slow = Vec::new();
    for _ in 0..1100 {
        slow.push(connect([127, 0, 0, 1], storage, &get).await);
    }
    let mut first = [0; 12];
    let eldest = slow[0].as_mut().unwrap();
    eldest.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");

    let mut took = Vec::new();
    for _ in 0..30 {
        let began = Instant::now();
        program
            .get(&format!("/api/s3/objects?prefix={home}"), &token)
            .await;
        took.push(began.elapsed());
    }
    took.sort_unstable();
    assert!(took[29] < Duration::from_secs(2), "{took:?}");
    // Nor are those on other networks kept from storage itself.
    let mut other = connect([127, 0, 0, 2], storage, &get).await.unwrap();
    other.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
}

/// Connects to both listeners from enough networks to take all places, and sends each as much of a head as it accepts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn security_47_heads_without_an_end_take_little_memory() {
    const HEADS: usize = 1024;
    let data = tempfile::tempdir().unwrap();
    let (program, storage) = start(&data, Stdio::inherit()).await;
    let alive = |from| {
        connect(
            from,
            program.port,
            "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n",
        )
    };
    let before = program.resident();
    let head = format!("GET / HTTP/1.1\r\na: {}", "a".repeat(60 * 1024));
    let mut held = Vec::new();
    for port in [program.port, storage] {
        for n in 0..HEADS {
            let network = u8::try_from(n % 5).unwrap();
            held.push(connect([127, 0, 1, network + 1], port, &head).await);
        }
    }
    // The program has read what was sent before: connections are taken in their order.
    let mut client = alive([127, 0, 2, 1]).await.unwrap();
    let mut first = [0; 12];
    client.read_exact(&mut first).await.unwrap();
    assert_eq!(
        &first, b"HTTP/1.1 200",
        "health is answered although all places are taken"
    );
    let grown = program.resident().saturating_sub(before);
    // 8 KiB of a head and what a connection takes, twice 1,024 times, and twice 2 MiB of large heads.
    assert!(grown < 48 * 1024, "{grown} KiB");
}

/// Sends requests of every refused sort, as fast as possible.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn security_47_junk_does_not_fill_the_log() {
    const ROUNDS: usize = 1500;
    let data = tempfile::tempdir().unwrap();
    let log = data.path().join("log");
    let file = std::fs::File::create(&log).unwrap();
    let (program, storage) = start(&data, Stdio::from(file)).await;
    let xml = "<Delete><Object>".to_owned() + &"x".repeat(2000);
    let junk = [
        "GET /nowhere HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        "GET /b/k HTTP/1.1\r\nhost: localhost\r\nauthorization: AWS4-HMAC-SHA256 nonsense\r\n\r\n".to_owned(),
        format!(
            "POST /b?delete HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n{xml}",
            xml.len()
        ),
        "GET /api/auth/me HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer nonsense\r\n\r\n".to_owned(),
        "GET x HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        "NONSENSE\r\n\r\n".to_owned(),
    ];
    for port in [program.port, storage] {
        for junk in &junk {
            let mut left = ROUNDS;
            while left > 0 {
                let mut stream = connect([127, 0, 0, 1], port, "").await.unwrap();
                // As many as the connection takes; after the last one it is closed.
                let burst = left.min(50);
                for _ in 0..burst {
                    if stream.write_all(junk.as_bytes()).await.is_err() {
                        break;
                    }
                }
                let _ = stream.shutdown().await;
                let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut Vec::new()))
                    .await
                    .expect("the connection is closed");
                left -= burst;
            }
        }
    }
    let written = std::fs::metadata(&log).unwrap().len();
    // Some minutes' worth of lines, and not a line for each of 18,000 requests.
    assert!(written < 400_000, "{written} bytes");
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(text.contains("answered"), "the log is what was looked at: {text}");
}
