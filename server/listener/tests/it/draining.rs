use std::time::Duration;

use listener::{Ended, Limits};
use tokio::net::TcpStream;

use crate::support::{Client, Server, generous};

/// A request that the server has begun to read.
async fn under_way(server: &Server) -> Client {
    let mut client = server.connect().await;
    client
        .send("POST /read HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n")
        .await;
    assert!(client.answer().await.starts_with("HTTP/1.1 100"));
    client
}

#[tokio::test]
async fn security_40_what_is_under_way_is_finished_and_nothing_else_begun() {
    let server = Server::start(generous()).await;
    let addr = server.addr;
    let mut idle = server.connect().await;
    assert!(idle.get("/").await.ends_with("here"));
    let mut client = under_way(&server).await;
    let ended = server.stop();
    assert_eq!(idle.until_closed().await, "");
    let refused = async { while TcpStream::connect(addr).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(20), refused)
        .await
        .expect("it goes on taking connections");
    assert!(!ended.is_finished());
    client.send("body").await;
    let answer = client.until_closed().await;
    assert!(answer.ends_with("read 4"), "{answer}");
    assert_eq!(ended.await.unwrap(), Ended::Drained);
}

#[tokio::test]
async fn a_listener_that_is_dropped_takes_its_connections_along() {
    let server = Server::start(generous()).await;
    let mut client = under_way(&server).await;
    server.kill();
    assert_eq!(client.until_closed().await, "");
}

#[tokio::test]
async fn what_takes_too_long_is_cut_off_and_counted() {
    let server = Server::start(Limits {
        drain: Duration::from_millis(100),
        ..generous()
    })
    .await;
    let mut clients = [under_way(&server).await, under_way(&server).await];
    let ended = server.stop();
    for client in &mut clients {
        assert_eq!(client.until_closed().await, "");
    }
    assert_eq!(ended.await.unwrap(), Ended::CutOff(2));
}
