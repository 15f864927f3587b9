use crate::support::{Server, generous};

/// As a browser does: the whole body goes out before the answer is looked at.
#[tokio::test]
async fn a_refusal_closes_the_connection_and_reaches_a_client_that_is_still_sending() {
    const LENGTH: usize = 16 << 20;
    let server = Server::start(generous()).await;
    let mut client = server.connect().await;
    client
        .send(format!(
            "PUT /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: {LENGTH}\r\n\r\n"
        ))
        .await;
    client.send(vec![7; LENGTH]).await;
    let answer = client.until_closed().await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("connection: close\r\n"), "{answer}");
    assert!(answer.ends_with("too large"), "{answer}");
}

/// The answer comes before the body has, so that a client that listens can stop.
#[tokio::test]
async fn a_refusal_does_not_wait_for_a_large_body() {
    let server = Server::start(generous()).await;
    for framing in ["content-length: 1000000000", "transfer-encoding: chunked"] {
        let mut client = server.connect().await;
        client
            .send(format!("PUT /refuse HTTP/1.1\r\nhost: x\r\n{framing}\r\n\r\n"))
            .await;
        let answer = client.answer().await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        assert!(answer.contains("connection: close\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn a_small_body_that_nobody_wants_leaves_the_connection_whole() {
    let server = Server::start(generous()).await;
    let mut client = server.connect().await;
    for _ in 0..3 {
        client
            .send("POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nbody")
            .await;
        let answer = client.answer().await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        assert!(!answer.contains("connection: close"), "{answer}");
    }
    assert!(client.get("/").await.ends_with("here"));
}

/// A fault of botocore: it takes an answer that comes instead of `100 Continue` for the next request's, too.
#[tokio::test]
async fn who_expects_100_continue_gets_it_or_a_connection_that_closes() {
    let server = Server::start(generous()).await;
    for (path, length) in [("/refuse", 10), ("/read", 0), ("/", 0)] {
        let mut client = server.connect().await;
        client
            .send(format!(
                "PUT {path} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: {length}\r\n\r\n"
            ))
            .await;
        let answer = client.until_closed().await;
        assert!(!answer.starts_with("HTTP/1.1 100"), "{path}: {answer}");
        assert!(answer.contains("connection: close\r\n"), "{path}: {answer}");
    }
    let mut client = server.connect().await;
    for _ in 0..2 {
        client
            .send("PUT /read HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n")
            .await;
        assert_eq!(client.answer().await, "HTTP/1.1 100 Continue\r\n\r\n");
        client.send("body").await;
        let answer = client.answer().await;
        assert!(answer.ends_with("read 4"), "{answer}");
        assert!(!answer.contains("connection: close"), "{answer}");
    }
}
