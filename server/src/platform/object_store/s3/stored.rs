//! What is stored beside an object's bytes, changed without a new upload.

use std::collections::BTreeMap;

use app::contract::{BucketName, UserKey};
use aws_sdk_s3::{
    error::BuildError,
    types::{MetadataDirective, StorageClass, Tag, Tagging, TaggingDirective},
};
use http::HeaderValue;

use super::{
    S3Store,
    copy::{is_unsupported, may_try, named, quoted},
    error::store_error,
    headers::with_headers,
    objects::{if_match, if_none_match},
    timeouts::while_sending,
};
use crate::platform::object_store::{
    CopySource, ObjectHeaders, Precondition, Replacement, StoreError, Written,
};

impl S3Store {
    /// Copies an object of at most [`LARGEST_COPY`](crate::platform::object_store::LARGEST_COPY) bytes onto its own key,
    /// with other headers and, if asked for, other tags. Where storage copies no objects, their bytes go through this server.
    /// [`StoreError::PreconditionFailed`] when the object has changed since.
    #[tracing::instrument(level = "debug", name = "s3.replace_stored", skip_all, fields(%bucket))]
    pub async fn replace_stored(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        source: CopySource<'_>,
        replacement: Replacement<'_>,
        precondition: &Precondition,
    ) -> Result<Written, StoreError> {
        if may_try(&self.unsupported.copy) {
            let replaced = self
                .replace_within(bucket, key, source, replacement, precondition)
                .await;
            if !is_unsupported(&replaced, &self.unsupported.copy) {
                return replaced;
            }
        }
        let copied = self
            .stream_copy(source, bucket, key, Some(replacement), precondition)
            .await?;
        Ok(copied.written)
    }

    async fn replace_within(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        source: CopySource<'_>,
        replacement: Replacement<'_>,
        precondition: &Precondition,
    ) -> Result<Written, StoreError> {
        let Replacement {
            headers,
            storage_class,
            tags,
        } = replacement;
        let answer = with_headers!(self.client.copy_object(), headers)
            .copy_source(named(&source))
            .set_copy_source_if_match(quoted(source.etag))
            .bucket(bucket.as_str())
            .key(key.as_str())
            .metadata_directive(MetadataDirective::Replace)
            .set_storage_class(storage_class.map(StorageClass::from))
            .set_tagging_directive(tags.map(|_| TaggingDirective::Replace))
            .set_tagging(tags.map(query_of))
            .set_if_none_match(if_none_match(precondition))
            .set_if_match(if_match(precondition))
            .customize()
            .config_override(while_sending());
        // The SDK writes dates only.
        let expires = expires(headers);
        let answer = answer
            .mutate_request(move |request| {
                if let Some(expires) = &expires {
                    request.headers_mut().insert("expires", expires.clone());
                }
            })
            .send()
            .await
            .map_err(store_error)?;
        let tag = answer.copy_object_result().and_then(|result| result.e_tag());
        self.written(bucket, key, tag, answer.version_id()).await
    }

    /// Gives an object, or one version of it, these tags and no others.
    #[tracing::instrument(level = "debug", name = "s3.set_tags", skip_all, fields(%bucket))]
    pub async fn set_tags(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        version: Option<&str>,
        tags: &BTreeMap<String, String>,
    ) -> Result<(), StoreError> {
        let unexpected = |error: BuildError| StoreError::Unexpected(error.to_string());
        let tags = tags
            .iter()
            .map(|(key, value)| Tag::builder().key(key).value(value).build())
            .collect::<Result<Vec<_>, _>>()
            .map_err(unexpected)?;
        let tagging = Tagging::builder()
            .set_tag_set(Some(tags))
            .build()
            .map_err(unexpected)?;
        self.client
            .put_object_tagging()
            .bucket(bucket.as_str())
            .key(key.as_str())
            .set_version_id(version.map(str::to_owned))
            .tagging(tagging)
            .send()
            .await
            .map_err(store_error)?;
        Ok(())
    }
}

/// As it was given; left out where it can be no header.
pub(super) fn expires(headers: &ObjectHeaders) -> Option<String> {
    let text = headers.expires.clone()?;
    HeaderValue::try_from(&text).is_ok().then_some(text)
}

pub(super) fn query_of(tags: &BTreeMap<String, String>) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(tags)
        .finish()
}
