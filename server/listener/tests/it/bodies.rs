use std::time::Duration;

use listener::{Limits, Pace};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Server, generous};

const HASTY: Pace = Pace {
    stall: Duration::from_millis(400),
    window: Duration::from_secs(1),
    bytes_per_second: 1024,
};

#[tokio::test]
async fn security_47_a_body_that_stops_or_drips_is_given_up() {
    let server = Server::start(Limits {
        request_pace: Some(HASTY),
        ..generous()
    })
    .await;
    let mut client = server.connect().await;
    client
        .send("POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf")
        .await;
    let answer = client.until_closed().await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");

    let client = server.connect().await;
    let (mut reading, mut writing) = client.0.into_split();
    let dripping = tokio::spawn(async move {
        let head = b"POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n";
        let _ = writing.write_all(head).await;
        while writing.write_all(b"a").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), reading.read_to_end(&mut answer));
    let _ = read.await.expect("the connection is closed");
    dripping.abort();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("too little moved"), "{answer}");
}

#[tokio::test]
async fn security_47_who_does_not_read_an_answer_is_cut_off() {
    let server = Server::start(Limits {
        response_pace: Some(HASTY),
        ..generous()
    })
    .await;
    let mut client = server.connect().await;
    client.send("GET /endless HTTP/1.1\r\nhost: x\r\n\r\n").await;
    // The client reads nothing, so it learns of the end when writing fails.
    let cut_off = async {
        while client.0.write_all(b"\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), cut_off)
        .await
        .expect("the connection is closed");
}

#[tokio::test]
async fn security_47_who_reads_an_answer_in_drops_is_cut_off() {
    let server = Server::start(Limits {
        response_pace: Some(Pace {
            stall: Duration::from_secs(20),
            bytes_per_second: 64 << 20,
            ..HASTY
        }),
        ..generous()
    })
    .await;
    let mut client = server.connect().await;
    client.send("GET /endless HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let reading = async {
        let mut piece = vec![0; 64 * 1024];
        while let Ok(1..) = client.0.read(&mut piece).await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reading)
        .await
        .expect("the connection is closed");
}

/// The client does not keep the server waiting: there is nothing to send.
#[tokio::test]
async fn an_event_stream_may_be_silent_for_longer_than_a_stall() {
    let server = Server::start(Limits {
        response_pace: Some(Pace {
            stall: Duration::from_millis(100),
            ..HASTY
        }),
        ..generous()
    })
    .await;
    let mut client = server.connect().await;
    client
        .send("GET /events HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await;
    let answer = client.until_closed().await;
    assert_eq!(answer.matches("1\r\ne\r\n").count(), 3, "{answer}");
    assert!(answer.ends_with("0\r\n\r\n"), "{answer}");
}
