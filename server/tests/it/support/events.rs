//! A stream of server-sent events, read as it comes.

use axum::body::Body;
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;

use super::Client;

pub(crate) struct EventStream {
    body: Body,
    unread: String,
}

impl EventStream {
    pub(crate) async fn open(client: &Client, path: &str) -> Self {
        let response = client.open(path).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            body: response.into_body(),
            unread: String::new(),
        }
    }

    /// The data of the next event of this name; `None` when the stream has ended.
    pub(crate) async fn next<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        loop {
            if let Some((event, rest)) = self.unread.split_once("\n\n") {
                let event = event.to_owned();
                self.unread = rest.to_owned();
                let field = |field: &str| event.lines().find_map(|line| line.strip_prefix(field));
                if let Some(data) = field("data: ") {
                    assert_eq!(field("event: "), Some(name), "{event}");
                    return Some(serde_json::from_str(data).unwrap());
                }
                // A comment, which keeps the connection.
                continue;
            }
            let frame = self.body.frame().await?.unwrap();
            let bytes = frame.into_data().unwrap();
            self.unread.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    /// Whether it ends without telling anything more.
    pub(crate) async fn ends(&mut self) -> bool {
        self.next::<serde_json::Value>("job").await.is_none()
    }
}
