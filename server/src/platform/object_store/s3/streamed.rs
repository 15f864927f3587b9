//! Copies that storage does not make by itself: this server reads the source, and sends its bytes on as they come.

use std::{
    io,
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
};

use app::contract::{BucketName, UserKey};
use aws_sdk_s3::{primitives::ByteStream, types::StorageClass};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use futures::stream::BoxStream;
use http_body::{Body, Frame, SizeHint};

use super::{
    S3Store,
    answer::{etag, length},
    error::store_error,
    headers::with_headers,
    objects::{if_match, if_none_match},
    stored::{expires, query_of},
    timeouts::while_sending,
};
use crate::platform::object_store::{
    Copied, CopySource, GetRequest, ListedPart, ObjectBytes, PartToCopy, Precondition, Replacement,
    StoreError,
};

impl S3Store {
    /// Copies an object, with the headers and tags of its source unless others are given.
    /// [`StoreError::PreconditionFailed`] as for [`S3Store::copy`].
    pub(super) async fn stream_copy(
        &self,
        source: CopySource<'_>,
        bucket: &BucketName,
        key: &UserKey,
        replacement: Option<Replacement<'_>>,
        precondition: &Precondition,
    ) -> Result<Copied, StoreError> {
        let found = self.open_source(source, None).await?;
        let head = found.head;
        let size = found.length.unwrap_or(head.size);
        let version = head.version_id.as_deref().or(source.version);
        let tags = match replacement.and_then(|replacement| replacement.tags) {
            Some(tags) => tags.clone(),
            None => self.tags(source.bucket, source.key, version).await?,
        };
        let headers = replacement.map_or(&head.headers, |replacement| replacement.headers);
        let storage_class = replacement.and_then(|replacement| replacement.storage_class);
        let expires = expires(headers);
        let stored = with_headers!(self.client.put_object(), headers)
            .bucket(bucket.as_str())
            .key(key.as_str())
            .set_tagging((!tags.is_empty()).then(|| query_of(&tags)))
            .set_storage_class(storage_class.map(StorageClass::from))
            .set_if_none_match(if_none_match(precondition))
            .set_if_match(if_match(precondition))
            .content_length(length(size)?)
            .body(passing(found.stream, size))
            .customize()
            .config_override(while_sending())
            // The SDK writes dates only.
            .mutate_request(move |request| {
                if let Some(expires) = &expires {
                    request.headers_mut().insert("expires", expires.clone());
                }
            })
            .send()
            .await
            .map_err(store_error)?;
        Ok(Copied {
            written: self
                .written(bucket, key, stored.e_tag(), stored.version_id())
                .await?,
            source_version: version.map(str::to_owned),
        })
    }

    /// Opens the source of a copy. [`StoreError::PreconditionFailed`] when it is another object than was asked for.
    async fn open_source(
        &self,
        source: CopySource<'_>,
        range: Option<&str>,
    ) -> Result<ObjectBytes, StoreError> {
        let etag = Some(source.etag).filter(|etag| !etag.is_empty());
        let request = GetRequest {
            version: source.version,
            range,
            if_match: etag,
        };
        let found = self.get(source.bucket, source.key, request).await?;
        // Not every server honours the condition.
        match etag {
            Some(etag) if !found.head.etag.is_empty() && found.head.etag != etag => {
                Err(StoreError::PreconditionFailed)
            }
            _ => Ok(found),
        }
    }

    /// Copies a part. [`StoreError::PreconditionFailed`] when the source is another object than was asked for.
    pub(super) async fn stream_part(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        part: &PartToCopy<'_>,
    ) -> Result<ListedPart, StoreError> {
        let size = part.size();
        let found = self.open_source(part.source, Some(&part.range_header())).await?;
        if found.content_range.is_none() || found.length.is_some_and(|length| length != size) {
            return Err(StoreError::Unsupported("reading a part of an object".to_owned()));
        }
        let stored = self
            .client
            .upload_part()
            .bucket(bucket.as_str())
            .key(key.as_str())
            .upload_id(part.upload_id)
            .part_number(part.part_number.into())
            .content_length(length(size)?)
            .body(passing(found.stream, size))
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

fn passing(stream: BoxStream<'static, io::Result<Bytes>>, size: u64) -> ByteStream {
    ByteStream::new(SdkBody::from_body_1_x(Passing {
        stream: Mutex::new(stream),
        left: size,
    }))
}

/// Bytes on their way from one request to another. Too few or too many of them end it with an error, and nothing is stored.
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
