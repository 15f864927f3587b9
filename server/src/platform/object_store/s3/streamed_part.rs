//! Parts of a copy that storage does not make by itself: read out of the source, and written as they come.

use std::{
    io,
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
};

use app::contract::{BucketName, UserKey};
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use futures::stream::BoxStream;
use http_body::{Body, Frame, SizeHint};

use super::{
    S3Store,
    answer::{etag, length},
    error::store_error,
    timeouts::while_sending,
};
use crate::platform::object_store::{GetRequest, ListedPart, PartToCopy, StoreError};

impl S3Store {
    /// [`StoreError::PreconditionFailed`] when the source is another object than was asked for.
    pub(super) async fn stream_part(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        part: &PartToCopy<'_>,
    ) -> Result<ListedPart, StoreError> {
        let (source, size) = (part.source, part.size());
        let header = part.range_header();
        let request = GetRequest {
            version: source.version,
            range: Some(&header),
            if_match: Some(source.etag).filter(|etag| !etag.is_empty()),
        };
        let found = self.get(source.bucket, source.key, request).await?;
        // Not every server holds to the condition.
        if !source.etag.is_empty() && !found.head.etag.is_empty() && found.head.etag != source.etag {
            return Err(StoreError::PreconditionFailed);
        }
        if found.content_range.is_none() || found.length.is_some_and(|length| length != size) {
            return Err(StoreError::Unsupported("reading a part of an object".to_owned()));
        }
        let body = Passing {
            stream: Mutex::new(found.stream),
            left: size,
        };
        let stored = self
            .client
            .upload_part()
            .bucket(bucket.as_str())
            .key(key.as_str())
            .upload_id(part.upload_id)
            .part_number(part.part_number.into())
            .content_length(length(size)?)
            .body(ByteStream::new(SdkBody::from_body_1_x(body)))
            .customize()
            .config_override(while_sending())
            .send()
            .await
            .map_err(store_error)?;
        Ok(ListedPart {
            part_number: part.part_number.into(),
            size: Some(size),
            etag: etag(stored.e_tag()),
            checksum: None,
        })
    }
}

/// Bytes on their way from one request to another. Too few or too many of them end it with an error, and no part is made.
struct Passing {
    /// A body must be `Sync`, which no stream in a box is. Nobody but the one who polls it takes it.
    stream: Mutex<BoxStream<'static, io::Result<Bytes>>>,
    left: u64,
}

impl Body for Passing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = &mut *self;
        let stream = this.stream.get_mut().unwrap_or_else(PoisonError::into_inner);
        let next = match stream.as_mut().poll_next(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(next) => next,
        };
        Poll::Ready(match next {
            Some(Ok(bytes)) => match this.left.checked_sub(bytes.len() as u64) {
                Some(left) => {
                    this.left = left;
                    Some(Ok(Frame::data(bytes)))
                }
                None => Some(Err(io::Error::other("storage sent more than it was asked for"))),
            },
            Some(Err(error)) => Some(Err(error)),
            None if this.left > 0 => Some(Err(io::ErrorKind::UnexpectedEof.into())),
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
