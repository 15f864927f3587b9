//! The body of a form, one piece at a time.
//!
//! The parser of forms takes from a body until nothing is ready, and keeps all of it in memory: a client on a fast line
//! would fill it. So after each piece this body answers "pending" once. And the head of a field that has no end would
//! be taken for ever, and searched again with every piece: when the parser holds [`LARGEST_BACKLOG`] without having
//! given anything on, the body breaks off. `multer::Constraints` does neither: it bounds a field, and the stream as a whole.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use futures::Stream;

/// Bytes that the parser may hold.
const LARGEST_BACKLOG: usize = 1024 * 1024;

/// The bytes that the parser has taken since it last gave something on.
#[derive(Clone, Default)]
pub(super) struct ParserBacklog(Arc<AtomicUsize>);

impl ParserBacklog {
    /// Call this whenever the parser has given something on.
    pub(super) fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

pub(super) struct FormBody<S> {
    body: S,
    backlog: ParserBacklog,
    /// A piece has just been given.
    pausing: bool,
}

impl<S> FormBody<S> {
    pub(super) fn new(body: S, backlog: ParserBacklog) -> Self {
        Self {
            body,
            backlog,
            pausing: false,
        }
    }
}

impl<S, E> Stream for FormBody<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: std::error::Error + Send + Sync + 'static,
{
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.pausing {
            self.pausing = false;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.backlog.0.load(Ordering::Relaxed) > LARGEST_BACKLOG {
            return Poll::Ready(Some(Err(io::Error::other("a head without an end"))));
        }
        let polled = Pin::new(&mut self.body).poll_next(context);
        if let Poll::Ready(Some(Ok(piece))) = &polled {
            self.pausing = true;
            self.backlog.0.fetch_add(piece.len(), Ordering::Relaxed);
        }
        polled.map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use futures::{StreamExt, poll, stream};

    use super::*;

    fn pieces(count: usize, len: usize) -> impl Stream<Item = io::Result<Bytes>> + Unpin {
        stream::iter((0..count).map(move |_| Ok(Bytes::from(vec![0; len]))))
    }

    #[tokio::test]
    async fn gives_all_of_it_one_piece_at_a_time() {
        let mut body = FormBody::new(pieces(2, 1), ParserBacklog::default());
        assert!(poll!(body.next()).is_ready());
        assert!(poll!(body.next()).is_pending());
        assert!(matches!(poll!(body.next()), Poll::Ready(Some(Ok(_)))));
        assert!(body.next().await.is_none());
    }

    #[tokio::test]
    async fn security_31_breaks_off_when_nothing_is_made_of_it() {
        const PIECE: usize = LARGEST_BACKLOG / 4;
        let backlog = ParserBacklog::default();
        let mut body = FormBody::new(pieces(100, PIECE), backlog.clone());
        for _ in 0..50 {
            body.next().await.unwrap().unwrap();
            backlog.clear();
        }
        for _ in 0..5 {
            body.next().await.unwrap().unwrap();
        }
        assert!(body.next().await.unwrap().is_err());
    }
}
