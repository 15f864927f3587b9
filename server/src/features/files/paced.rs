//! A body in sips. The parser of forms takes from a body until nothing is ready and keeps it all in memory; a client
//! on a fast line would fill it. So after each piece this body says "not yet", once.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures::Stream;

pub(super) struct Paced<S> {
    body: S,
    /// A piece has just been given.
    swallowing: bool,
}

impl<S> Paced<S> {
    pub(super) fn new(body: S) -> Self {
        Self {
            body,
            swallowing: false,
        }
    }
}

impl<S: Stream + Unpin> Stream for Paced<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        if self.swallowing {
            self.swallowing = false;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let polled = Pin::new(&mut self.body).poll_next(context);
        self.swallowing = matches!(polled, Poll::Ready(Some(_)));
        polled
    }
}

#[cfg(test)]
mod tests {
    use futures::{StreamExt, poll, stream};

    use super::*;

    #[tokio::test]
    async fn gives_all_of_it_one_piece_at_a_time() {
        let mut paced = Paced::new(stream::iter([1, 2]));
        assert_eq!(poll!(paced.next()), Poll::Ready(Some(1)));
        assert_eq!(poll!(paced.next()), Poll::Pending);
        assert_eq!(poll!(paced.next()), Poll::Ready(Some(2)));
        assert_eq!(paced.next().await, None);
        let all: Vec<_> = Paced::new(stream::iter(0..100)).collect().await;
        assert_eq!(all, (0..100).collect::<Vec<_>>());
    }
}
