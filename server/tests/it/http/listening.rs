//! Over real sockets: what a connection may take up.

use std::time::Duration;

use axum::{Router, routing::get};
use server::http::listen::{self, Limits};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

struct Listening {
    addr: std::net::SocketAddr,
    /// Dropped with the test: the listener stops.
    _stop: oneshot::Sender<()>,
}

async fn listening(limits: Limits) -> Listening {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let router = Router::new().route("/", get(|| async { "here" }));
    tokio::spawn(listen::serve(listener, router, limits, async {
        let _ = stopped.await;
    }));
    Listening { addr, _stop: stop }
}

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

/// All that comes until the server closes; a server that never does fails the test.
async fn until_closed(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let reading = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut text));
    // A reset is an end, too.
    let _ = reading.await.expect("the connection is closed");
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn security_35_whoever_says_nothing_or_never_ends_is_cut_off() {
    let server = listening(Limits {
        head: Duration::from_millis(200),
        ..Limits::default()
    })
    .await;
    // The last one is the preface of HTTP/2, whose idle connections would have no end.
    for beginning in [
        &b""[..],
        b"G",
        b"GET / HTTP/1.1\r\nhost: x\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(server.addr).await.unwrap();
        stream.write_all(beginning).await.unwrap();
        let answer = until_closed(&mut stream).await;
        assert!(!answer.contains("here"), "{answer}");
    }
    // One that asked and then falls silent.
    let mut stream = TcpStream::connect(server.addr).await.unwrap();
    stream.write_all(REQUEST).await.unwrap();
    assert!(until_closed(&mut stream).await.ends_with("here"));
    // One that keeps sending, but not to the end of its head.
    let mut stream = TcpStream::connect(server.addr).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\na: ").await.unwrap();
    let (mut reading, mut writing) = stream.split();
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
async fn security_35_one_network_does_not_take_everybodys_place() {
    let crowded = |trusted: &[&str]| Limits {
        per_network: 1,
        trusted: trusted.iter().map(|network| network.parse().unwrap()).collect(),
        ..Limits::default()
    };
    let server = listening(crowded(&[])).await;
    let mut first = TcpStream::connect(server.addr).await.unwrap();
    first.write_all(REQUEST).await.unwrap();
    let mut answer = [0; 15];
    first.read_exact(&mut answer).await.unwrap();
    let mut second = TcpStream::connect(server.addr).await.unwrap();
    let _ = second.write_all(REQUEST).await;
    assert_eq!(until_closed(&mut second).await, "");

    // A proxy speaks for many.
    let server = listening(crowded(&["127.0.0.0/8"])).await;
    let mut kept = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(server.addr).await.unwrap();
        stream.write_all(REQUEST).await.unwrap();
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
        kept.push(stream);
    }
}

#[tokio::test]
async fn security_35_connections_beyond_the_cap_wait_for_a_place() {
    let server = listening(Limits {
        connections: 1,
        ..Limits::default()
    })
    .await;
    let mut first = TcpStream::connect(server.addr).await.unwrap();
    first.write_all(REQUEST).await.unwrap();
    let mut answer = [0; 15];
    first.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");

    let mut second = TcpStream::connect(server.addr).await.unwrap();
    second
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let early = tokio::time::timeout(Duration::from_millis(200), second.read(&mut answer)).await;
    assert!(early.is_err(), "answered beyond the cap");
    drop(first);
    assert!(until_closed(&mut second).await.ends_with("here"));
}
