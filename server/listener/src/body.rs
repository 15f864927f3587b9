//! Request bodies: none may be slower than the pace, and each is read to its end, by the service or by the listener.
//!
//! A refusal may be answered before the body has come in. Were the connection closed then, the bytes still on their way
//! would be met by a reset, which throws the answer away: a browser would see a dead network where storage said that a
//! URL had expired. So the rest of a body is read and forgotten, within bounds, while the answer goes out. That
//! answer says `Connection: close`, so that a client that listens stops sending; only a rest that is small and arrives
//! at once leaves the connection as it was.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, EXPECT, HeaderValue};
use http::{HeaderMap, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use thiserror::Error;

use crate::head::HeadMeter;
use crate::pace::{Pace, PaceMeter, TooSlow};

/// The listener reads the rest of a body up to this size, for up to `SMALL_REST_WAIT`, so that the connection can be
/// used again.
const SMALL_REST_BYTES: u64 = 64 * 1024;
const SMALL_REST_WAIT: Duration = Duration::from_millis(500);
/// The most that the listener reads of a refused body: the largest part that a browser sends. Beyond it a reset costs
/// less.
const LARGEST_REST_BYTES: u64 = 80 << 20;
const LONGEST_REST: Duration = Duration::from_secs(30);

/// What [`BodyError::TooSlow`] says, for services that are told an error's text only.
pub const TOO_SLOW: &str = "the body came too slowly";

/// Why a body did not come to its end.
#[derive(Debug, Error)]
pub enum BodyError {
    /// The client was slower than the listener's [`Pace`]. To be answered with 408.
    #[error("{TOO_SLOW}")]
    TooSlow(#[from] TooSlow),
    /// The connection broke off, or the body was no HTTP.
    #[error("the body broke off")]
    Broken(#[from] hyper::Error),
}

/// The body of a request, for the service.
#[derive(Debug)]
pub struct RequestBody {
    body: Option<Incoming>,
    meter: Option<PaceMeter>,
    exchange: Arc<Exchange>,
}

/// One request and its answer.
#[derive(Debug)]
pub(crate) struct Exchange {
    head: Arc<HeadMeter>,
    /// The client waits for `100 Continue`, which hyper sends when the body is first asked for, and only then.
    expects_continue: bool,
    progress: Mutex<Progress>,
}

#[derive(Debug, Default)]
struct Progress {
    /// The service has asked for the body.
    asked: bool,
    answered: bool,
    rest: Rest,
}

#[derive(Debug, Default)]
enum Rest {
    /// The service has the body.
    #[default]
    InUse,
    Nothing,
    /// The body broke off, or came too slowly.
    Lost,
    /// The service wants no more of it.
    Left(Incoming),
}

impl Exchange {
    fn with<T>(&self, work: impl FnOnce(&mut Progress) -> T) -> T {
        work(&mut self.progress.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Call this with the answer before it is sent: it takes care of the rest of the request.
    pub(crate) async fn conclude<B>(self: Arc<Self>, response: &mut Response<B>) {
        let (rest, asked) = self.with(|progress| {
            progress.answered = true;
            (std::mem::take(&mut progress.rest), progress.asked)
        });
        let reusable = match rest {
            // botocore takes an answer that came instead of `100 Continue` for that of the next request as well, if
            // the connection stays: the next upload would be lost.
            Rest::Nothing | Rest::InUse => !self.expects_continue || asked,
            Rest::Lost => false,
            // A client that was not asked for the body does not send it.
            Rest::Left(_) if self.expects_continue && !asked => false,
            Rest::Left(body) => match small_rest(body).await {
                Ok(()) => {
                    self.head.body_ended();
                    true
                }
                Err(body) => {
                    tokio::spawn(self.forget(body));
                    false
                }
            },
        };
        if !reusable {
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }

    /// Reads on for the client's sake, within bounds.
    async fn forget(self: Arc<Self>, mut body: Incoming) {
        if body.size_hint().lower() <= LARGEST_REST_BYTES {
            // The result is not needed: the connection notices by itself how the body ended.
            let _ = tokio::time::timeout(LONGEST_REST, read_at_most(&mut body, LARGEST_REST_BYTES)).await;
        }
        self.head.body_ended();
    }
}

impl RequestBody {
    pub(crate) fn new(
        body: Incoming,
        headers: &HeaderMap,
        pace: Option<Pace>,
        head: Arc<HeadMeter>,
    ) -> (Self, Arc<Exchange>) {
        let is_empty = body.is_end_stream();
        head.ended(!is_empty);
        let exchange = Arc::new(Exchange {
            head,
            expects_continue: headers.contains_key(EXPECT),
            progress: Mutex::new(Progress {
                rest: if is_empty { Rest::Nothing } else { Rest::InUse },
                ..Progress::default()
            }),
        });
        let body = Self {
            body: (!is_empty).then_some(body),
            meter: pace.map(PaceMeter::new),
            exchange: Arc::clone(&exchange),
        };
        (body, exchange)
    }

    fn end(&mut self, rest: Rest) {
        self.body = None;
        self.exchange.head.body_ended();
        self.exchange.with(|progress| progress.rest = rest);
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        let Some(body) = &mut this.body else {
            return Poll::Ready(None);
        };
        this.exchange.with(|progress| progress.asked = true);
        match Pin::new(body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                if let (Some(meter), Some(data)) = (&mut this.meter, frame.data_ref()) {
                    meter.moved(data.len());
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                this.end(Rest::Lost);
                Poll::Ready(Some(Err(error.into())))
            }
            Poll::Ready(None) => {
                this.end(Rest::Nothing);
                Poll::Ready(None)
            }
            Poll::Pending => {
                let meter = this.meter.as_mut();
                match meter.map_or(Poll::Pending, |meter| meter.poll_too_slow(cx)) {
                    Poll::Ready(too_slow) => {
                        this.end(Rest::Lost);
                        Poll::Ready(Some(Err(too_slow.into())))
                    }
                    Poll::Pending => Poll::Pending,
                }
            }
        }
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

impl Drop for RequestBody {
    fn drop(&mut self) {
        let Some(body) = self.body.take() else { return };
        if body.is_end_stream() {
            return self.end(Rest::Nothing);
        }
        let late = self.exchange.with(|progress| {
            if progress.answered {
                return Some(body);
            }
            progress.rest = Rest::Left(body);
            None
        });
        // Outside a runtime there is no connection either.
        if let (Some(body), Ok(runtime)) = (late, tokio::runtime::Handle::try_current()) {
            runtime.spawn(Arc::clone(&self.exchange).forget(body));
        }
    }
}

/// Reads a small rest to its end. `Err` when it is large, or does not come.
async fn small_rest(mut body: Incoming) -> Result<(), Incoming> {
    if body.size_hint().lower() > SMALL_REST_BYTES {
        return Err(body);
    }
    let reading = read_at_most(&mut body, SMALL_REST_BYTES);
    match tokio::time::timeout(SMALL_REST_WAIT, reading).await {
        Ok(true) => Ok(()),
        Ok(false) | Err(_) => Err(body),
    }
}

/// Whether the body has come to its end.
async fn read_at_most(body: &mut Incoming, limit: u64) -> bool {
    let mut read = 0;
    loop {
        match body.frame().await {
            None => return true,
            Some(Err(_)) => return false,
            Some(Ok(frame)) => {
                read += frame.data_ref().map_or(0, Bytes::len) as u64;
                if read > limit {
                    return false;
                }
            }
        }
    }
}
