//! A body in sips. The parser of forms takes from a body until nothing is ready and keeps it all in memory; a client
//! on a fast line would fill it. So after each piece this body says "not yet", once. And a field's head without an end
//! would be taken for ever and searched again with every piece: after a while of that, the body breaks off.

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

/// Bytes that the parser may hold without giving anything on.
const LONGEST_HEAD: usize = 1024 * 1024;

/// The bytes that the parser has taken since it last gave something on.
#[derive(Clone, Default)]
pub(super) struct Held(Arc<AtomicUsize>);

impl Held {
    /// To be called whenever something came out of the parser.
    pub(super) fn given_on(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

pub(super) struct Paced<S> {
    body: S,
    held: Held,
    /// A piece has just been given.
    swallowing: bool,
}

impl<S> Paced<S> {
    pub(super) fn new(body: S, held: Held) -> Self {
        Self {
            body,
            held,
            swallowing: false,
        }
    }
}

impl<S, E> Stream for Paced<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: std::error::Error + Send + Sync + 'static,
{
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.swallowing {
            self.swallowing = false;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.held.0.load(Ordering::Relaxed) > LONGEST_HEAD {
            return Poll::Ready(Some(Err(io::Error::other("a head without an end"))));
        }
        let polled = Pin::new(&mut self.body).poll_next(context);
        if let Poll::Ready(Some(Ok(piece))) = &polled {
            self.swallowing = true;
            self.held.0.fetch_add(piece.len(), Ordering::Relaxed);
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
        let mut paced = Paced::new(pieces(2, 1), Held::default());
        assert!(poll!(paced.next()).is_ready());
        assert!(poll!(paced.next()).is_pending());
        assert!(matches!(poll!(paced.next()), Poll::Ready(Some(Ok(_)))));
        assert!(paced.next().await.is_none());
    }

    #[tokio::test]
    async fn security_31_breaks_off_when_nothing_is_made_of_it() {
        const PIECE: usize = LONGEST_HEAD / 4;
        let held = Held::default();
        let mut paced = Paced::new(pieces(100, PIECE), held.clone());
        for _ in 0..50 {
            paced.next().await.unwrap().unwrap();
            held.given_on();
        }
        for _ in 0..5 {
            paced.next().await.unwrap().unwrap();
        }
        assert!(paced.next().await.unwrap().is_err());
    }
}
