//! A socket that counts what is read of heads, and ends when the client takes nothing of what is written.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::head::HeadMeter;
use crate::pace::{Pace, PaceMeter};

/// What the kernel may hold of an answer beyond what is on its way. Without this it holds megabytes for a client that
/// reads nothing, and a steady reader's progress is seen in lumps as large.
const UNSENT_BYTES: u32 = 256 * 1024;

pub(crate) struct Socket {
    stream: TcpStream,
    head: Arc<HeadMeter>,
    /// `None` for clients that may read as slowly as they like.
    writes: Option<PaceMeter>,
}

impl Socket {
    pub(crate) fn new(stream: TcpStream, head: Arc<HeadMeter>, response_pace: Option<Pace>) -> Self {
        let tuned = stream
            .set_nodelay(true)
            .and_then(|()| SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT_BYTES));
        if let Err(error) = tuned {
            tracing::debug!(%error, "a socket could not be tuned");
        }
        Self {
            stream,
            head,
            writes: response_pace.map(PaceMeter::new),
        }
    }

    /// The socket's result of a write, or an error once the client has kept the server waiting for too long.
    fn paced(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let Some(writes) = &mut self.writes else {
            return polled;
        };
        match &polled {
            Poll::Ready(Ok(written)) => writes.moved(*written),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => {
                if let Poll::Ready(too_slow) = writes.poll_too_slow(cx) {
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, too_slow)));
                }
            }
        }
        polled
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Err(error) = self.head.check() {
            return Poll::Ready(Err(error));
        }
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if polled.is_ready() {
            self.head.received(buf.filled().len() - before);
        }
        polled
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.paced(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.paced(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
