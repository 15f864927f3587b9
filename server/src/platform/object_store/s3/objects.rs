//! Single objects: read, written, deleted.

use std::collections::{BTreeMap, HashMap};

use app::contract::{BucketName, UserKey};
use aws_sdk_s3::{
    config::http::HttpResponse,
    error::SdkError,
    operation::{
        get_object::{GetObjectError, GetObjectOutput},
        head_object::HeadObjectOutput,
    },
    primitives::{ByteStream, DateTime, DateTimeFormat},
    types::ChecksumMode,
};
use futures::{StreamExt, stream};

use super::{
    S3Store,
    answer::{Digests, etag, length, size, timestamp},
    error::store_error,
    headers::with_headers,
    timeouts::while_sending,
};
use crate::platform::object_store::{
    GetRequest, ObjectBytes, ObjectHead, ObjectHeaders, Payload, Precondition, StoreError, Written,
};

impl S3Store {
    /// `None` when there is no such object (or version).
    #[tracing::instrument(level = "debug", name = "s3.head", skip_all, fields(%bucket))]
    pub async fn head(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        version: Option<&str>,
    ) -> Result<Option<ObjectHead>, StoreError> {
        let found = self
            .client
            .head_object()
            .bucket(bucket.as_str())
            .key(key.as_str())
            .set_version_id(version.map(str::to_owned))
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await;
        let error = match found {
            Ok(found) => return self.whole_head(bucket, key, version, &found).await.map(Some),
            Err(error) => error,
        };
        match (error.raw_response().map(|raw| raw.status().as_u16()), version) {
            (Some(405), Some(version)) => Ok(Some(ObjectHead {
                version_id: Some(version.to_owned()),
                is_delete_marker: true,
                ..ObjectHead::default()
            })),
            // A version id that storage cannot even read.
            (Some(400), Some(_)) => Ok(None),
            _ => match store_error(error) {
                StoreError::NotFound => Ok(None),
                error => Err(error),
            },
        }
    }

    /// The head; a size, date or ETag that the answer lacks is taken from a listing of this one key.
    async fn whole_head(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        version: Option<&str>,
        found: &HeadObjectOutput,
    ) -> Result<ObjectHead, StoreError> {
        let mut bytes = size(found.content_length());
        let mut modified = timestamp(found.last_modified());
        let mut tag = etag(found.e_tag());
        if bytes.is_none() || modified.is_none() || tag.is_none() {
            let listed = self.listed(bucket, key, version).await?;
            bytes = bytes.or(listed.size);
            modified = modified.or(listed.last_modified);
            tag = tag.or(listed.etag);
        }
        let digests = Digests {
            crc64_nvme: found.checksum_crc64_nvme(),
            sha256: found.checksum_sha256(),
            crc32_c: found.checksum_crc32_c(),
            crc32: found.checksum_crc32(),
            sha1: found.checksum_sha1(),
        };
        Ok(ObjectHead {
            headers: ObjectHeaders {
                content_type: found.content_type().map(str::to_owned),
                content_encoding: found.content_encoding().map(str::to_owned),
                content_language: found.content_language().map(str::to_owned),
                content_disposition: found.content_disposition().map(str::to_owned),
                cache_control: found.cache_control().map(str::to_owned),
                expires: found.expires_string().map(str::to_owned),
                metadata: metadata(found.metadata()),
            },
            size: bytes.ok_or_else(|| StoreError::Unexpected("an object without a size".to_owned()))?,
            last_modified: modified,
            checksum: digests.of_object(found.checksum_type(), tag.as_deref()),
            etag: tag.unwrap_or_default(),
            version_id: found.version_id().map(str::to_owned),
            storage_class: found.storage_class().map(|class| class.as_str().to_owned()),
            is_delete_marker: false,
        })
    }

    /// Opens an object for reading; its bytes arrive as they are taken from the stream.
    #[tracing::instrument(level = "debug", name = "s3.get", skip_all, fields(%bucket))]
    pub async fn get(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        request: GetRequest<'_>,
    ) -> Result<ObjectBytes, StoreError> {
        let request_of = |range: Option<&str>| {
            self.client
                .get_object()
                .bucket(bucket.as_str())
                .key(key.as_str())
                .set_version_id(request.version.map(str::to_owned))
                .set_range(range.map(str::to_owned))
                .set_if_match(request.if_match.map(|etag| format!("\"{etag}\"")))
        };
        let failure = |error: SdkError<GetObjectError, HttpResponse>| {
            let status = error.raw_response().map(|raw| raw.status().as_u16());
            match (status, request.version) {
                // A delete marker has no bytes; a malformed version id names nothing.
                (Some(405 | 400), Some(_)) => StoreError::NotFound,
                _ => store_error(error),
            }
        };
        let mut found = request_of(request.range).send().await.map_err(failure)?;
        if request.range.is_some() && found.content_range().is_none() {
            // Whether these bytes are the range or, the range being ignored, all of them cannot be told.
            found = request_of(None).send().await.map_err(failure)?;
        }
        let head = from_get(&found);
        let bytes = size(found.content_length());
        let stream = stream::unfold(Some(found.body), |body| async move {
            let mut body = body?;
            match body.next().await? {
                Ok(bytes) => Some((Ok(bytes), Some(body))),
                Err(error) => Some((Err(std::io::Error::other(error)), None)),
            }
        });
        Ok(ObjectBytes {
            head,
            content_range: found.content_range,
            length: bytes,
            stream: stream.boxed(),
        })
    }

    #[tracing::instrument(level = "debug", name = "s3.put", skip_all, fields(%bucket))]
    pub async fn put(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        headers: &ObjectHeaders,
        payload: &Payload,
        precondition: &Precondition,
    ) -> Result<Written, StoreError> {
        let answer = with_headers!(self.client.put_object(), headers)
            .bucket(bucket.as_str())
            .key(key.as_str())
            .set_expires(expires(headers))
            .set_if_none_match(if_none_match(precondition))
            .set_if_match(if_match(precondition))
            .content_length(length(payload.len())?)
            .checksum_sha256(payload.sha256())
            .body(ByteStream::new(payload.body()))
            .customize()
            .config_override(while_sending())
            .send()
            .await
            .map_err(store_error)?;
        self.written(bucket, key, answer.e_tag(), answer.version_id())
            .await
    }

    /// What a write answered. An ETag that the answer lacks is asked for.
    pub(super) async fn written(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        tag: Option<&str>,
        version: Option<&str>,
    ) -> Result<Written, StoreError> {
        let tag = match etag(tag) {
            Some(tag) => tag,
            // The write is done: that it cannot be looked at is no failure of it.
            None => match self.head(bucket, key, version).await {
                Ok(Some(head)) => head.etag,
                Ok(None) | Err(_) => String::new(),
            },
        };
        Ok(Written {
            etag: tag,
            version_id: version.map(str::to_owned),
        })
    }

    /// Deletes an object or, for good, one version. Answers the delete marker that hides the object from now on, where the
    /// bucket keeps versions and storage names it. Deleting what is not there succeeds, as in S3.
    #[tracing::instrument(level = "debug", name = "s3.delete", skip_all, fields(%bucket))]
    pub async fn delete(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        version: Option<&str>,
    ) -> Result<Option<String>, StoreError> {
        let deleted = self
            .client
            .delete_object()
            .bucket(bucket.as_str())
            .key(key.as_str())
            .set_version_id(version.map(str::to_owned))
            .send()
            .await;
        match deleted.map_err(store_error) {
            Ok(deleted) if version.is_none() && deleted.delete_marker == Some(true) => {
                // Where versions are suspended the marker replaces the object instead of hiding it.
                Ok(deleted.version_id.filter(|id| id != "null"))
            }
            Ok(_) | Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn from_get(found: &GetObjectOutput) -> ObjectHead {
    // `bytes 0-99/1000`: of a range the whole size stands behind the slash.
    let whole = found
        .content_range()
        .and_then(|range| range.rsplit_once('/'))
        .and_then(|(_, whole)| whole.parse().ok());
    let tag = etag(found.e_tag());
    let digests = Digests {
        crc64_nvme: found.checksum_crc64_nvme(),
        sha256: found.checksum_sha256(),
        crc32_c: found.checksum_crc32_c(),
        crc32: found.checksum_crc32(),
        sha1: found.checksum_sha1(),
    };
    ObjectHead {
        headers: ObjectHeaders {
            content_type: found.content_type().map(str::to_owned),
            content_encoding: found.content_encoding().map(str::to_owned),
            content_language: found.content_language().map(str::to_owned),
            content_disposition: found.content_disposition().map(str::to_owned),
            cache_control: found.cache_control().map(str::to_owned),
            expires: found.expires_string().map(str::to_owned),
            metadata: metadata(found.metadata()),
        },
        size: whole.or(size(found.content_length())).unwrap_or_default(),
        last_modified: timestamp(found.last_modified()),
        checksum: digests.of_object(found.checksum_type(), tag.as_deref()),
        etag: tag.unwrap_or_default(),
        version_id: found.version_id().map(str::to_owned),
        storage_class: found.storage_class().map(|class| class.as_str().to_owned()),
        is_delete_marker: false,
    }
}

pub(super) fn if_none_match(precondition: &Precondition) -> Option<String> {
    matches!(precondition, Precondition::Absent).then(|| "*".to_owned())
}

pub(super) fn if_match(precondition: &Precondition) -> Option<String> {
    match precondition {
        Precondition::Matches(etag) => Some(format!("\"{etag}\"")),
        Precondition::None | Precondition::Absent => None,
    }
}

/// The SDK sends dates only; what is none, which S3 would keep as it is, is left out.
pub(super) fn expires(headers: &ObjectHeaders) -> Option<DateTime> {
    let text = headers.expires.as_deref()?;
    DateTime::from_str(text, DateTimeFormat::HttpDate).ok()
}

fn metadata(found: Option<&HashMap<String, String>>) -> BTreeMap<String, String> {
    found
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
