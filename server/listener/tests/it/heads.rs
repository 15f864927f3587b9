use std::time::Duration;

use listener::Limits;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Server, generous};

#[tokio::test]
async fn security_35_a_head_that_does_not_come_or_never_ends_is_cut_off() {
    let server = Server::start(Limits {
        head_timeout: Duration::from_millis(200),
        ..generous()
    })
    .await;
    // The last one is the preface of HTTP/2, whose idle connections would have no end.
    for beginning in [
        "",
        "G",
        "GET / HTTP/1.1\r\nhost: x\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut client = server.connect().await;
        client.send(beginning).await;
        let answer = client.until_closed().await;
        assert!(!answer.contains("here"), "{answer}");
    }
    // One that asks, and then falls silent.
    let mut client = server.connect().await;
    assert!(client.get("/").await.ends_with("here"));
    assert_eq!(client.until_closed().await, "");
    // One that keeps sending, but not to the end of its head.
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\na: ").await;
    let (mut reading, mut writing) = client.0.split();
    let mut nothing = Vec::new();
    let dripping = async {
        while writing.write_all(b"a").await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = reading.read_to_end(&mut nothing) => {}
        () = dripping => {}
        () = tokio::time::sleep(Duration::from_secs(20)) => panic!("the connection is still open"),
    }
}

#[tokio::test]
async fn security_47_a_head_has_at_most_64_kib() {
    let server = Server::start(generous()).await;
    let head = |bytes: usize| {
        let rest = "GET / HTTP/1.1\r\nhost: x\r\na: \r\n\r\n";
        rest.replace("a: ", &format!("a: {}", "a".repeat(bytes - rest.len())))
    };
    let mut client = server.connect().await;
    client.send(head(60 * 1024)).await;
    assert!(client.answer().await.ends_with("here"));
    let mut client = server.connect().await;
    client.send(head(68 * 1024)).await;
    let answer = client.until_closed().await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
}

/// The same head in pieces, so that it is held unfinished: as many as the budget grants, and no more.
#[tokio::test]
async fn security_47_unfinished_heads_have_a_budget_together() {
    let server = Server::start(generous()).await;
    let mut held = Vec::new();
    for _ in 0..60 {
        let mut client = server.connect().await;
        let _ = client
            .0
            .write_all(format!("GET / HTTP/1.1\r\na: {}", "a".repeat(60 * 1024)).as_bytes())
            .await;
        held.push(client);
    }
    let mut served = 0;
    for mut client in held {
        let _ = client.0.write_all(b"\r\n\r\n").await;
        served += usize::from(client.answer_or_end().await.contains("here"));
    }
    // 2 MiB, of which each takes 52 KiB.
    assert!((1..=41).contains(&served), "{served}");
    assert!(
        server.connect().await.get("/").await.ends_with("here"),
        "it goes on"
    );
}

#[tokio::test]
async fn security_47_a_target_without_a_path_is_refused() {
    let server = Server::start(generous()).await;
    for line in [
        "GET x",
        "GET example.org:80",
        "CONNECT example.org:80",
        "OPTIONS *",
        "GET *",
    ] {
        let mut client = server.connect().await;
        client.send(format!("{line} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
        let answer = client.answer().await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{line}: {answer}");
    }
    let mut client = server.connect().await;
    client
        .send("GET http://x/whole HTTP/1.1\r\nhost: x\r\n\r\n")
        .await;
    assert!(client.answer().await.ends_with("here"));
}
