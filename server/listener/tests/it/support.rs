//! A listener with a small service, and clients that speak HTTP by hand.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use listener::{BodyError, ConnectionLimits, Ended, Limits, Refusal, RequestBody};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) type Answer = Response<BoxBody<Bytes, std::io::Error>>;

/// Nothing is slow or scarce.
pub(crate) fn generous() -> Limits {
    Limits {
        name: "test",
        connections: ConnectionLimits {
            total: 100,
            per_network: 100,
            trusted_proxies: Vec::new(),
        },
        head_timeout: Duration::from_secs(60),
        request_pace: None,
        response_pace: None,
        health_path: Some("/health"),
        drain: Duration::from_secs(20),
        refuse: |refusal: Refusal| Response::new(Full::from(refusal.message())),
    }
}

pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Ended>,
}

impl Server {
    pub(crate) async fn start(limits: Limits) -> Self {
        let socket = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let port = socket.local_addr().unwrap().port();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(listener::serve(
            socket,
            tower::service_fn(respond),
            limits,
            async {
                let _ = stopped.await;
            },
        ));
        Self {
            addr: SocketAddr::from(([127, 0, 0, 1], port)),
            stop,
            serving,
        }
    }

    pub(crate) async fn connect(&self) -> Client {
        self.connect_from("127.0.0.1").await
    }

    /// From another address of the loopback network.
    pub(crate) async fn connect_from(&self, address: &str) -> Client {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(address.parse().unwrap(), 0)).unwrap();
        Client(socket.connect(self.addr).await.unwrap())
    }

    /// Drops the listener.
    pub(crate) fn kill(self) {
        self.serving.abort();
    }

    /// Tells the listener to end, and does not wait for it.
    pub(crate) fn stop(self) -> JoinHandle<Ended> {
        self.stop.send(()).unwrap();
        self.serving
    }
}

fn whole(status: StatusCode, text: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(text.into()).map_err(|never| match never {}).boxed());
    *answer.status_mut() = status;
    answer
}

fn respond(request: Request<RequestBody>) -> BoxFuture<'static, Result<Answer, std::io::Error>> {
    Box::pin(async move {
        let (parts, body) = request.into_parts();
        Ok(match parts.uri.path() {
            "/health" => whole(StatusCode::OK, "alive"),
            "/refuse" => whole(StatusCode::PAYLOAD_TOO_LARGE, "too large"),
            "/read" => match body.collect().await {
                Ok(read) => whole(StatusCode::OK, format!("read {}", read.to_bytes().len())),
                Err(BodyError::TooSlow(why)) => whole(StatusCode::REQUEST_TIMEOUT, why.to_string()),
                Err(BodyError::Broken(_)) => whole(StatusCode::BAD_REQUEST, "broken"),
            },
            "/endless" => streamed(Duration::ZERO, usize::MAX, 64 * 1024),
            // Three events, each a while after the other.
            "/events" => streamed(Duration::from_millis(500), 3, 1),
            _ => whole(StatusCode::OK, "here"),
        })
    })
}

fn streamed(each: Duration, count: usize, bytes: usize) -> Answer {
    let pieces = futures::stream::unfold(0, move |sent| async move {
        if sent == count {
            return None;
        }
        tokio::time::sleep(each).await;
        Some((Ok(Frame::data(Bytes::from(vec![b'e'; bytes]))), sent + 1))
    });
    Response::new(StreamBody::new(pieces).boxed())
}

pub(crate) struct Client(pub(crate) TcpStream);

impl Client {
    pub(crate) async fn send(&mut self, text: impl AsRef<[u8]>) {
        self.0.write_all(text.as_ref()).await.unwrap();
    }

    pub(crate) async fn get(&mut self, path: &str) -> String {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
        self.answer().await
    }

    /// The head of the next answer and as much of its body as it says.
    pub(crate) async fn answer(&mut self) -> String {
        let reading = async {
            let mut text = Vec::new();
            loop {
                let byte = self.0.read_u8().await.expect("an answer");
                text.push(byte);
                if text.ends_with(b"\r\n\r\n") {
                    break;
                }
            }
            let head = String::from_utf8(text).unwrap();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            let mut body = vec![0; length];
            self.0.read_exact(&mut body).await.unwrap();
            head + &String::from_utf8(body).unwrap()
        };
        tokio::time::timeout(Duration::from_secs(20), reading)
            .await
            .expect("an answer in time")
    }

    /// The head of the answer, or nothing if the connection ends first.
    pub(crate) async fn answer_or_end(&mut self) -> String {
        let mut text = vec![0; 4096];
        let reading = tokio::time::timeout(Duration::from_secs(20), self.0.read(&mut text));
        let read = reading.await.expect("an answer or an end").unwrap_or_default();
        String::from_utf8_lossy(&text[..read]).into_owned()
    }

    /// All that comes until the server closes; one that never does fails the test.
    pub(crate) async fn until_closed(&mut self) -> String {
        let mut text = Vec::new();
        let reading = tokio::time::timeout(Duration::from_secs(20), self.0.read_to_end(&mut text));
        // A reset is an end, too.
        let _ = reading.await.expect("the connection is closed");
        String::from_utf8(text).unwrap()
    }
}
