//! A body in sips. The parser of forms takes from a body until nothing is ready and keeps it all in memory; a client
//! on a fast line would fill it. So after each piece this body says "not yet", once. And a field's head without an end
//! would be taken for ever and searched again with every piece: after a while of that, the body breaks off. So does
//! one that comes in drops: each would be in time, and the last never come.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::Stream;

/// Bytes that the parser may hold without giving anything on.
const LONGEST_HEAD: usize = 1024 * 1024;

/// What the body and the reader of its form know of one another.
#[derive(Clone, Default)]
pub(super) struct Held(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// The bytes that the parser has taken since it last gave something on.
    bytes: AtomicUsize,
    /// The body broke off because it came too slowly.
    too_slow: AtomicBool,
}

impl Held {
    /// To be called whenever something came out of the parser.
    pub(super) fn given_on(&self) {
        self.0.bytes.store(0, Ordering::Relaxed);
    }

    pub(super) fn was_too_slow(&self) -> bool {
        self.0.too_slow.load(Ordering::Relaxed)
    }
}

/// How slow a body may be on average. Whoever is slower holds a connection and room on disk for too long.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    /// Before this nobody is measured.
    pub(super) grace: Duration,
    pub(super) bytes_per_second: u64,
}

impl Pace {
    /// The slowest line that anybody would upload over: a hundred megabytes take an hour and three quarters.
    pub(super) const SLOWEST: Self = Self {
        grace: Duration::from_secs(60),
        bytes_per_second: 16 * 1024,
    };

    fn is_kept(self, bytes: u64, took: Duration) -> bool {
        let measured = took.saturating_sub(self.grace).as_secs();
        bytes >= measured.saturating_mul(self.bytes_per_second)
    }
}

pub(super) struct Paced<S> {
    body: S,
    held: Held,
    pace: Pace,
    began: Instant,
    bytes: u64,
    /// A piece has just been given.
    swallowing: bool,
}

impl<S> Paced<S> {
    pub(super) fn new(body: S, held: Held, pace: Pace) -> Self {
        Self {
            body,
            held,
            pace,
            began: Instant::now(),
            bytes: 0,
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
        if self.held.0.bytes.load(Ordering::Relaxed) > LONGEST_HEAD {
            return Poll::Ready(Some(Err(io::Error::other("a head without an end"))));
        }
        if !self.pace.is_kept(self.bytes, self.began.elapsed()) {
            self.held.0.too_slow.store(true, Ordering::Relaxed);
            return Poll::Ready(Some(Err(io::Error::other("a body in drops"))));
        }
        let polled = Pin::new(&mut self.body).poll_next(context);
        if let Poll::Ready(Some(Ok(piece))) = &polled {
            self.swallowing = true;
            self.bytes += piece.len() as u64;
            self.held.0.bytes.fetch_add(piece.len(), Ordering::Relaxed);
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
        let mut paced = Paced::new(pieces(2, 1), Held::default(), Pace::SLOWEST);
        assert!(poll!(paced.next()).is_ready());
        assert!(poll!(paced.next()).is_pending());
        assert!(matches!(poll!(paced.next()), Poll::Ready(Some(Ok(_)))));
        assert!(paced.next().await.is_none());
    }

    #[tokio::test]
    async fn security_31_breaks_off_when_nothing_is_made_of_it() {
        const PIECE: usize = LONGEST_HEAD / 4;
        let held = Held::default();
        let mut paced = Paced::new(pieces(100, PIECE), held.clone(), Pace::SLOWEST);
        for _ in 0..50 {
            paced.next().await.unwrap().unwrap();
            held.given_on();
        }
        for _ in 0..5 {
            paced.next().await.unwrap().unwrap();
        }
        assert!(paced.next().await.unwrap().is_err());
    }

    #[tokio::test]
    async fn security_35_breaks_off_when_it_comes_in_drops() {
        let impatient = Pace {
            grace: Duration::ZERO,
            bytes_per_second: u64::MAX,
        };
        let held = Held::default();
        let mut paced = Paced::new(pieces(100, 1), held.clone(), impatient);
        paced.began = Instant::now().checked_sub(Duration::from_secs(2)).unwrap();
        assert!(paced.next().await.unwrap().is_err());
        assert!(held.was_too_slow());
    }

    #[test]
    fn security_35_a_line_may_be_slow_and_must_not_stand_still() {
        let kept = |bytes, seconds| Pace::SLOWEST.is_kept(bytes, Duration::from_secs(seconds));
        assert!(kept(0, 60), "the first minute is free");
        assert!(!kept(0, 61));
        assert!(kept(16 * 1024, 61));
        // A byte every nineteen seconds, each of them in time.
        assert!(!kept(5, 95));
        // A modem of 256 kbit/s, after an hour.
        assert!(kept(32_000 * 3600, 3600));
    }
}
