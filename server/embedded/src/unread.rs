//! Request bodies that an answer did not wait for.
//!
//! A refusal goes out before the body has come in. Were the connection closed then, the bytes still on their way
//! would be met by a reset, which throws the answer away: a browser would see a dead network where storage said
//! that a URL had expired. So what is left of a body is read and forgotten while the answer goes out.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

/// Beyond this a reset costs less than reading on: the largest part that a browser sends.
const MOST: u64 = 80 << 20;
/// A client that sends no more is not waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A body whose rest is read when it is dropped.
pub(crate) struct Unread {
    body: Option<Incoming>,
}

impl Unread {
    pub(crate) fn new(body: Incoming) -> Self {
        Self { body: Some(body) }
    }
}

impl Body for Unread {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(body).poll_frame(cx);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) else {
            return;
        };
        if body.size_hint().lower() > MOST {
            return;
        }
        // Outside a runtime there is no connection either.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                // Whichever way it ends, the connection learns it by itself.
                let _ = tokio::time::timeout(PATIENCE, forget(body)).await;
            });
        }
    }
}

async fn forget(mut body: Incoming) {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len) as u64;
        if read > MOST {
            return;
        }
    }
}
