//! The fields of a form before its file, and the file as a stream.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::{Stream, TryStreamExt as _};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use multer::Multipart;
use s3s::{Body, S3Error, S3Result, StdError, s3_error};

/// All fields together, the file apart. S3 allows 20 KB.
const LARGEST: usize = 64 << 10;
/// What the parser gets at once while fields are read.
const SLICE: usize = 4 << 10;
/// The file is as long as the policy lets it be.
const UNMEASURED: usize = usize::MAX;

/// Fields by their names in lower case.
#[derive(Debug, Default)]
pub(super) struct Fields(BTreeMap<String, String>);

impl Fields {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A field that is there twice would let its policy see the one and the upload the other.
    pub(super) fn add(&mut self, name: &str, value: String) -> S3Result<()> {
        if self.0.insert(name.to_lowercase(), value).is_some() {
            return Err(s3_error!(InvalidArgument, "The form has the field {name} twice"));
        }
        Ok(())
    }

    /// The key, in which `${filename}` stands for the file's name.
    pub(super) fn name_file(&mut self, file_name: &str) {
        // Some browsers send the path on the user's machine.
        let name = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
        if let Some(key) = self.0.get_mut("key") {
            *key = key.replace("${filename}", name);
        }
    }
}

/// A form whose file has not been read yet.
pub(super) struct Form {
    pub(super) fields: Fields,
    pub(super) file: Body,
}

/// Reads a form up to its file. What comes behind the file is ignored, as S3 does.
pub(super) async fn read(content_type: &str, body: Body) -> S3Result<Form> {
    let boundary = multer::parse_boundary(content_type).map_err(|_| malformed())?;
    let left = Arc::new(AtomicUsize::new(LARGEST));
    let frames = Measured {
        inner: Box::pin(body.into_data_stream()),
        left: left.clone(),
        held: Bytes::new(),
        yielded: false,
    };
    let mut parts = Multipart::new(frames, boundary);
    let mut fields = Fields::default();
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        let name = part.name().ok_or_else(malformed)?.to_owned();
        if name.eq_ignore_ascii_case("file") {
            left.store(UNMEASURED, Ordering::Relaxed);
            fields.name_file(part.file_name().unwrap_or_default());
            let frames = part.map_ok(Frame::data).map_err(StdError::from);
            return Ok(Form {
                fields,
                file: Body::http_body_unsync(StreamBody::new(frames)),
            });
        }
        fields.add(&name, part.text().await.map_err(broken)?)?;
    }
    Err(s3_error!(
        InvalidArgument,
        "POST requires exactly one file upload per request."
    ))
}

fn malformed() -> S3Error {
    s3_error!(
        MalformedPOSTRequest,
        "The body of your POST request is not well-formed multipart/form-data."
    )
}

fn broken(error: multer::Error) -> S3Error {
    match error {
        multer::Error::StreamReadFailed(source) if source.is::<TooLong>() => s3_error!(
            MaxPostPreDataLengthExceededError,
            "Your POST request fields preceding the upload file were too large."
        ),
        _ => malformed(),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the fields of a form are too long")]
struct TooLong;

/// Hands on one slice at a time, and no more than `left` bytes. The parser would gather all that comes at once, and a
/// form without a boundary for ever. (`multer::Constraints` bounds a field, or the stream as a whole; what is bounded here
/// is what comes before the file.)
struct Measured<S> {
    inner: Pin<Box<S>>,
    left: Arc<AtomicUsize>,
    /// What the last frame brought and was not handed on yet.
    held: Bytes,
    yielded: bool,
}

impl<S: Stream<Item = Result<Bytes, StdError>>> Stream for Measured<S> {
    type Item = Result<Bytes, StdError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.yielded) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.held.is_empty() {
            match ready!(self.inner.as_mut().poll_next(cx)) {
                Some(Ok(frame)) => self.held = frame,
                end => return Poll::Ready(end),
            }
        }
        self.yielded = true;
        let left = self.left.load(Ordering::Relaxed);
        if left == UNMEASURED {
            return Poll::Ready(Some(Ok(std::mem::take(&mut self.held))));
        }
        // Frames that begin with the last fields may bring much of the file with them.
        let len = self.held.len().min(SLICE);
        let Some(rest) = left.checked_sub(len) else {
            return Poll::Ready(Some(Err(TooLong.into())));
        };
        self.left.store(rest, Ordering::Relaxed);
        Poll::Ready(Some(Ok(self.held.split_to(len))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=b";

    fn body(frames: Vec<Vec<u8>>) -> Body {
        let frames = futures::stream::iter(
            frames
                .into_iter()
                .map(|frame| Ok::<_, StdError>(Frame::data(Bytes::from(frame)))),
        );
        Body::http_body_unsync(StreamBody::new(frames))
    }

    fn form(fields: &str, file: &[u8]) -> Vec<u8> {
        let head = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"C:\\x\\a.txt\"\r\n\r\n";
        [fields.as_bytes(), head.as_bytes(), file, b"\r\n--b--\r\n"].concat()
    }

    fn field(name: &str, value: &str) -> String {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    }

    #[tokio::test]
    async fn a_large_file_behind_small_fields_is_a_stream() {
        let file = vec![b'x'; 1 << 20];
        let fields = field("Key", "in/${filename}") + &field("acl", "private");
        let read = read(TYPE, body(vec![form(&fields, &file)])).await.unwrap();
        assert_eq!(read.fields.get("key"), Some("in/a.txt"));
        assert_eq!(read.fields.get("acl"), Some("private"));
        assert_eq!(read.file.collect().await.unwrap().to_bytes(), file);
    }

    #[tokio::test]
    async fn a_form_cut_at_any_byte_is_read() {
        let whole = form(&field("key", "k"), b"content");
        for at in 1..whole.len() {
            let (start, end) = whole.split_at(at);
            let read = read(TYPE, body(vec![start.to_vec(), end.to_vec()]))
                .await
                .unwrap();
            assert_eq!(read.file.collect().await.unwrap().to_bytes(), "content", "{at}");
        }
    }

    #[tokio::test]
    async fn what_is_no_form_is_refused() {
        let code = async |content_type: &str, sent: Vec<u8>| match read(content_type, body(vec![sent])).await
        {
            Ok(_) => "ok".to_owned(),
            Err(error) => error.code().as_str().to_owned(),
        };
        let long = field("key", &"k".repeat(LARGEST));
        assert_eq!(
            code(TYPE, form(&long, b"x")).await,
            "MaxPostPreDataLengthExceededError"
        );
        assert_eq!(
            code(TYPE, vec![b'-'; 1 << 20]).await,
            "MaxPostPreDataLengthExceededError"
        );
        let twice = field("key", "a") + &field("KEY", "b");
        assert_eq!(code(TYPE, form(&twice, b"x")).await, "InvalidArgument");
        assert_eq!(
            code(TYPE, (field("key", "a") + "--b--\r\n").into_bytes()).await,
            "InvalidArgument"
        );
        assert_eq!(
            code("multipart/form-data", form("", b"x")).await,
            "MalformedPOSTRequest"
        );
        assert_eq!(code(TYPE, b"--c--".to_vec()).await, "MalformedPOSTRequest");
    }
}
