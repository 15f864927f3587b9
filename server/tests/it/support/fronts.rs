//! Servers that stand between the program and storage, or in its place.

use std::{process::Stdio, sync::Arc};

use aws_smithy_types::date_time::{DateTime, Format};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    process::{Child, Command},
    task::AbortHandle,
};

use super::{authority::Certified, tools::tools};

/// Speaks TLS and passes the bytes on, as a proxy does. Ends with the test.
pub(crate) struct TlsFront {
    pub(crate) port: u16,
    _child: Child,
}

impl TlsFront {
    pub(crate) async fn start(certified: &Certified, port: u16) -> Self {
        let mut child = Command::new(tools().join("venv/bin/python"))
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/it/support/tls_front.py"
            ))
            .arg(&certified.certificate)
            .arg(&certified.key)
            .arg(port.to_string())
            // Its end is the front's, should the test be killed before it can end it.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("Python is not installed: run `make setup`");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.next_line().await.unwrap().expect("the front starts");
        Self {
            port: port.parse().unwrap(),
            _child: child,
        }
    }
}

/// A server on a port of its own that ends with the test.
pub(crate) struct Front {
    pub(crate) port: u16,
    serving: AbortHandle,
}

impl Drop for Front {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Front {
    /// A web server that is no storage: every request is answered with these bytes.
    pub(crate) async fn answering(answer: &'static str) -> Self {
        Self::serve(move |mut stream| async move {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") && stream.read_buf(&mut head).await.is_ok_and(|read| read > 0)
            {
            }
            let _ = stream.write_all(answer.as_bytes()).await;
        })
        .await
    }

    /// A mail server without TLS, which speaks first.
    pub(crate) async fn greeting(greeting: &'static str) -> Self {
        Self::serve(move |mut stream| async move {
            let _ = stream.write_all(greeting.as_bytes()).await;
            // What is asked is read, so that the connection is not reset before the greeting has arrived.
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        })
        .await
    }

    /// Storage at `port`, whose clock differs by these seconds.
    pub(crate) async fn with_clock_off(port: u16, seconds: i64) -> Self {
        Self::serve(move |stream| async move {
            let Ok(inside) = TcpStream::connect(("127.0.0.1", port)).await else {
                return;
            };
            let ((from, to), (inside_from, inside_to)) = (stream.into_split(), inside.into_split());
            tokio::join!(
                copy(from, inside_to, |_| {}),
                copy(inside_from, to, move |bytes| shift(bytes, seconds))
            );
        })
        .await
    }

    async fn serve<F>(answer: impl Fn(TcpStream) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answer = Arc::new(answer);
        let serving = tokio::spawn(async move {
            // Dropped, and with it every connection, when the front ends.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(answer(stream));
            }
        });
        Self {
            port,
            serving: serving.abort_handle(),
        }
    }
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, change: impl Fn(&mut [u8])) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(read) = from.read(&mut bytes).await {
        if read == 0 {
            break;
        }
        change(&mut bytes[..read]);
        if to.write_all(&bytes[..read]).await.is_err() {
            break;
        }
    }
}

/// Moves the `Date` of a head. It is as long as before.
fn shift(bytes: &mut [u8], seconds: i64) {
    const NAME: &[u8] = b"\r\ndate: ";
    const LENGTH: usize = "Mon, 01 Jan 2024 00:00:00 GMT".len();
    let Some(at) = bytes.windows(NAME.len()).position(|window| window == NAME) else {
        return;
    };
    let Some(date) = bytes.get_mut(at + NAME.len()..at + NAME.len() + LENGTH) else {
        return;
    };
    let moment = DateTime::from_str(std::str::from_utf8(date).unwrap(), Format::HttpDate).unwrap();
    let moved = DateTime::from_secs(moment.secs() + seconds)
        .fmt(Format::HttpDate)
        .unwrap();
    date.copy_from_slice(moved.as_bytes());
}
