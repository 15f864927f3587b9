use listener::{ConnectionLimits, Limits};

use crate::support::{Client, Server, generous};

fn limited(total: usize, per_network: usize, proxies: &[&str]) -> Limits {
    Limits {
        connections: ConnectionLimits {
            total,
            per_network,
            trusted_proxies: proxies.iter().map(|proxy| proxy.parse().unwrap()).collect(),
        },
        ..generous()
    }
}

/// A connection that was served and stays open.
async fn served(server: &Server, address: &str) -> Client {
    let mut client = server.connect_from(address).await;
    let answer = client.get("/").await;
    assert!(answer.ends_with("here"), "{answer}");
    client
}

async fn refused(server: &Server, address: &str) {
    let mut client = server.connect_from(address).await;
    let answer = client.get("/").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("connection: close\r\n"), "{answer}");
    assert!(answer.contains("retry-after: 2\r\n"), "{answer}");
    assert_eq!(client.until_closed().await, "");
}

#[tokio::test]
async fn security_35_one_network_does_not_take_everybodys_place() {
    let server = Server::start(limited(10, 2, &[])).await;
    let first = served(&server, "127.0.0.1").await;
    let _second = served(&server, "127.0.0.1").await;
    refused(&server, "127.0.0.1").await;
    let _other = served(&server, "127.0.0.2").await;
    // The place is free again as soon as the server has seen the end of the connection.
    drop(first);
    let again = async { while !server.connect().await.get("/").await.ends_with("here") {} };
    tokio::time::timeout(std::time::Duration::from_secs(20), again)
        .await
        .expect("a place");
}

#[tokio::test]
async fn security_35_connections_beyond_the_cap_are_told_to_come_back() {
    let server = Server::start(limited(2, 2, &[])).await;
    let _all = [
        served(&server, "127.0.0.1").await,
        served(&server, "127.0.0.2").await,
    ];
    refused(&server, "127.0.0.3").await;
}

#[tokio::test]
async fn security_47_a_proxy_speaks_for_many_and_finds_a_place() {
    let server = Server::start(limited(16, 1, &["127.0.0.9/32"])).await;
    let mut kept = Vec::new();
    for network in 1..=14 {
        kept.push(served(&server, &format!("127.0.1.{network}")).await);
    }
    // The last free places are reserved for proxies. The limit for one network does not apply to them.
    refused(&server, "127.0.1.15").await;
    for _ in 0..2 {
        kept.push(served(&server, "127.0.0.9").await);
    }
    refused(&server, "127.0.0.9").await;
}

#[tokio::test]
async fn security_47_health_is_answered_to_one_who_holds_all_connections() {
    let server = Server::start(limited(10, 2, &[])).await;
    let _held = [
        served(&server, "127.0.0.1").await,
        served(&server, "127.0.0.1").await,
    ];
    // Silent connections do not keep it out either, however many there are.
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(server.connect().await);
    }
    let mut client = server.connect().await;
    let answer = client.get("/health").await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("alive"),
        "{answer}"
    );
    assert!(answer.contains("connection: close"), "{answer}");
    // The oldest of them was closed, long before its time-out.
    assert_eq!(silent[0].until_closed().await, "");
}
