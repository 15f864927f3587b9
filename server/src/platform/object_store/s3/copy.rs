//! Copies that storage makes by itself. Bytes, stored headers, metadata and tags go along.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
};

use app::contract::{BucketName, UserKey};
use aws_sdk_s3::types::StorageClass;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    S3Store,
    answer::{Digests, etag},
    error::store_error,
    headers::with_headers,
    objects::{self, if_match, if_none_match},
    timeouts::while_sending,
};
use crate::platform::object_store::{
    Copied, CopySource, ListedPart, ObjectHeaders, PartToCopy, Precondition, StoreError,
};

/// All but what RFC 3986 calls unreserved, and the slashes between segments.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

impl S3Store {
    /// Copies an object of at most [`LARGEST_COPY`](crate::platform::object_store::LARGEST_COPY) bytes. Where storage copies no
    /// objects, this server reads the bytes and sends them on as they come. [`StoreError::PreconditionFailed`] does not say
    /// which side has changed: the source, or what is there already.
    #[tracing::instrument(level = "debug", name = "s3.copy", skip_all, fields(%bucket))]
    pub async fn copy(
        &self,
        source: CopySource<'_>,
        bucket: &BucketName,
        key: &UserKey,
        precondition: &Precondition,
    ) -> Result<Copied, StoreError> {
        if may_try(&self.unsupported.copy) {
            let copied = self.copy_within(source, bucket, key, precondition).await;
            if !is_unsupported(&copied, &self.unsupported.copy) {
                return copied;
            }
        }
        self.stream_copy(source, bucket, key, None, precondition).await
    }

    async fn copy_within(
        &self,
        source: CopySource<'_>,
        bucket: &BucketName,
        key: &UserKey,
        precondition: &Precondition,
    ) -> Result<Copied, StoreError> {
        let answer = self
            .client
            .copy_object()
            .copy_source(named(&source))
            .set_copy_source_if_match(quoted(source.etag))
            .bucket(bucket.as_str())
            .key(key.as_str())
            .set_if_none_match(if_none_match(precondition))
            .set_if_match(if_match(precondition))
            .customize()
            // Storage may write gigabytes before it answers.
            .config_override(while_sending())
            .send()
            .await
            .map_err(store_error)?;
        let tag = answer.copy_object_result().and_then(|result| result.e_tag());
        Ok(Copied {
            written: self.written(bucket, key, tag, answer.version_id()).await?,
            source_version: answer.copy_source_version_id().map(str::to_owned),
        })
    }

    /// Copies a range into a part of an upload of `key`. Where storage copies no parts, this server reads the bytes and
    /// sends them on as they come.
    #[tracing::instrument(level = "debug", name = "s3.copy_part", skip_all, fields(%bucket, part = part.part_number))]
    pub async fn copy_part(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        part: PartToCopy<'_>,
    ) -> Result<ListedPart, StoreError> {
        if may_try(&self.unsupported.part_copy) {
            let copied = self.copy_part_within(bucket, key, &part).await;
            if !is_unsupported(&copied, &self.unsupported.part_copy) {
                return copied;
            }
        }
        self.stream_part(bucket, key, &part).await
    }

    async fn copy_part_within(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        part: &PartToCopy<'_>,
    ) -> Result<ListedPart, StoreError> {
        let answer = self
            .client
            .upload_part_copy()
            .copy_source(named(&part.source))
            .set_copy_source_if_match(quoted(part.source.etag))
            .copy_source_range(part.range_header())
            .bucket(bucket.as_str())
            .key(key.as_str())
            .upload_id(part.upload_id)
            .part_number(part.part_number.into())
            .customize()
            .config_override(while_sending())
            .send()
            .await
            .map_err(store_error)?;
        let result = answer
            .copy_part_result()
            .ok_or_else(|| StoreError::Unexpected("a copied part without a result".to_owned()))?;
        let digests = Digests {
            crc64_nvme: result.checksum_crc64_nvme(),
            sha256: result.checksum_sha256(),
            crc32_c: result.checksum_crc32_c(),
            crc32: result.checksum_crc32(),
            sha1: result.checksum_sha1(),
        };
        Ok(ListedPart {
            part_number: part.part_number.into(),
            size: Some(part.size()),
            etag: etag(result.e_tag()),
            checksum: digests.of_part(),
        })
    }

    /// Starts an upload whose parts are copied, with what is stored beside the bytes of its source. It gets the bucket's
    /// usual storage class unless one is given.
    #[tracing::instrument(level = "debug", name = "s3.create_copying_upload", skip_all, fields(%bucket))]
    pub async fn create_copying_upload(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        headers: &ObjectHeaders,
        tags: &BTreeMap<String, String>,
        storage_class: Option<&str>,
    ) -> Result<String, StoreError> {
        let tagging: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(tags)
            .finish();
        with_headers!(self.client.create_multipart_upload(), headers)
            .bucket(bucket.as_str())
            .key(key.as_str())
            .set_expires(objects::expires(headers))
            .set_tagging((!tagging.is_empty()).then_some(tagging))
            .set_storage_class(storage_class.map(StorageClass::from))
            .send()
            .await
            .map_err(store_error)?
            .upload_id
            .filter(|id| !id.is_empty())
            .ok_or_else(|| StoreError::Unexpected("an upload without an id".to_owned()))
    }

    /// The tags of an object; none where storage keeps none.
    #[tracing::instrument(level = "debug", name = "s3.tags", skip_all, fields(%bucket))]
    pub async fn tags(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        version: Option<&str>,
    ) -> Result<BTreeMap<String, String>, StoreError> {
        let found = self
            .client
            .get_object_tagging()
            .bucket(bucket.as_str())
            .key(key.as_str())
            .set_version_id(version.map(str::to_owned))
            .send()
            .await;
        match found.map_err(store_error) {
            Ok(found) => Ok(found
                .tag_set
                .into_iter()
                .map(|tag| (tag.key, tag.value))
                .collect()),
            Err(StoreError::Unsupported(_)) => Ok(BTreeMap::new()),
            Err(error) => Err(error),
        }
    }
}

/// Whether storage has not refused this kind of copy yet.
pub(super) fn may_try(is_unsupported: &AtomicBool) -> bool {
    !is_unsupported.load(Ordering::Relaxed)
}

/// Whether storage does not implement this kind of copy, which is remembered.
pub(super) fn is_unsupported<T>(copied: &Result<T, StoreError>, remembered: &AtomicBool) -> bool {
    let Err(StoreError::Unsupported(why)) = copied else {
        return false;
    };
    tracing::info!(
        why,
        "storage does not make such copies: their bytes go through this server"
    );
    remembered.store(true, Ordering::Relaxed);
    true
}

/// As the header names it: encoded once, for the SDK sends it as it is.
pub(super) fn named(source: &CopySource<'_>) -> String {
    let key = utf8_percent_encode(source.key.as_str(), ENCODED);
    let mut named = format!("{}/{key}", source.bucket);
    if let Some(version) = source.version {
        named.push_str("?versionId=");
        named.extend(utf8_percent_encode(version, NON_ALPHANUMERIC));
    }
    named
}

pub(super) fn quoted(etag: &str) -> Option<String> {
    (!etag.is_empty()).then(|| format!("\"{etag}\""))
}

#[cfg(test)]
mod tests {
    use app::contract::KeyRoot;

    use super::*;

    #[test]
    fn a_source_is_encoded_once() {
        let bucket: BucketName = "home".parse().unwrap();
        for (key, expected) in [
            ("a/b c+d", "home/a/b%20c%2Bd"),
            ("%2e%2e?x=y#z", "home/%252e%252e%3Fx%3Dy%23z"),
            ("é/\u{1f4be}", "home/%C3%A9/%F0%9F%92%BE"),
        ] {
            let key = KeyRoot::whole_bucket().key(key).unwrap();
            let source = CopySource {
                bucket: &bucket,
                key: &key,
                version: None,
                etag: "",
            };
            assert_eq!(named(&source), expected);
            let version = CopySource {
                version: Some("a+b"),
                ..source
            };
            assert_eq!(named(&version), format!("{expected}?versionId=a%2Bb"));
        }
    }
}
