//! Security 40: PostgreSQL goes away and comes back, as the program sees it: connections break, new ones are refused.

use std::path::PathBuf;

use app::contract::ErrorCode;
use serde_json::json;
use server::platform::database::{Database, DatabaseUrl};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream, UnixStream},
    task::JoinHandle,
};

use crate::{
    accounts::replica_on,
    support::{Client, JWT_SECRET, PASSWORD, TestApp},
};

/// Between the program and the server's socket.
struct Wire {
    port: u16,
    socket: PathBuf,
    relaying: JoinHandle<()>,
}

impl Wire {
    async fn to(socket: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let relaying = Self::relay(listener, socket.clone());
        Self {
            port,
            socket,
            relaying,
        }
    }

    fn relay(listener: TcpListener, socket: PathBuf) -> JoinHandle<()> {
        tokio::spawn(async move {
            // Dropped, and with it every connection, when the wire is cut.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                let socket = socket.clone();
                connections.spawn(async move {
                    let mut server = UnixStream::connect(socket).await?;
                    copy_bidirectional(&mut client, &mut server).await
                });
            }
        })
    }

    async fn cut(&mut self) {
        self.relaying.abort();
        let _ = (&mut self.relaying).await;
        assert!(TcpStream::connect(("127.0.0.1", self.port)).await.is_err());
    }

    async fn mend(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        self.relaying = Self::relay(listener, self.socket.clone());
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.relaying.abort();
    }
}

#[tokio::test]
async fn security_40_a_database_that_goes_away_is_said_until_it_is_back() {
    let app = TestApp::builder().postgres().build().await;
    let ada = app.user("ada").await;
    let browser = app.browser_of("ada").await;
    let schema = app.database().schema();
    let mut wire = Wire::to(schema.socket()).await;
    let url = DatabaseUrl::parse(&schema.url_through(wire.port)).unwrap();
    let db = Database::connect(&url).await.unwrap();
    let there = Client::new(replica_on(&app, db, &[JWT_SECRET]));
    let ada = there.clone().bearer(&ada.tokens.access_token);
    let browser = browser
        .stolen_by(there.clone())
        .with("sec-fetch-site", "same-origin");
    assert_eq!(ada.get("/api/auth/me").await.status, 200);
    assert_eq!(browser.get("/api/auth/me").await.status, 200);

    wire.cut().await;
    let login = json!({"username": "ada", "password": PASSWORD});
    let (me, page, login, ready) = tokio::join!(
        ada.get("/api/auth/me"),
        browser.get("/api/auth/me"),
        there.post("/api/auth/login", login),
        there.get("/ready"),
    );
    for answer in [me, page, login] {
        assert_eq!(answer.error(503).code, ErrorCode::DatabaseUnavailable);
        assert!(answer.header("retry-after").is_some());
    }
    assert_eq!(ready.status, 503);
    assert_eq!(there.get("/health").await.status, 200);

    wire.mend().await;
    assert_eq!(
        ada.get("/api/auth/me").await.status,
        200,
        "the same token, the same process"
    );
    assert_eq!(browser.get("/api/auth/me").await.status, 200);
}
