//! Single objects: read, written, deleted.

use std::collections::BTreeMap;

use app::contract::{BucketName, UserKey};
use aws_sdk_s3::{
    Client,
    operation::{get_object::GetObjectOutput, head_object::HeadObjectOutput},
    primitives::ByteStream,
    types::{ChecksumMode, Delete, ObjectIdentifier},
};
use futures::{StreamExt, stream};

use super::{checksum_of, client::while_sending, error::store_error, length, size, timestamp, unquoted};
use crate::platform::object_store::{
    DeleteFailure, DeleteMarker, DeleteTarget, DeletedMany, Download, GetRequest, ObjectBytes, ObjectHead,
    ObjectHeaders, Payload, Precondition, StoreError, Written,
};

pub(super) async fn head(
    client: &Client,
    bucket: &BucketName,
    key: &UserKey,
    version: Option<&str>,
) -> Result<Option<ObjectHead>, StoreError> {
    let found = client
        .head_object()
        .bucket(bucket.as_str())
        .key(key.as_str())
        .set_version_id(version.map(str::to_owned))
        .checksum_mode(ChecksumMode::Enabled)
        .send()
        .await;
    let error = match found {
        Ok(found) => return Ok(Some(from_head(&found))),
        Err(error) => error,
    };
    match (error.raw_response().map(|raw| raw.status().as_u16()), version) {
        (Some(405), Some(version)) => Ok(Some(delete_marker(version))),
        // A version id that storage cannot even read.
        (Some(400), Some(_)) => Ok(None),
        _ => match store_error(error) {
            StoreError::NotFound => Ok(None),
            error => Err(error),
        },
    }
}

fn from_head(found: &HeadObjectOutput) -> ObjectHead {
    ObjectHead {
        content_type: found.content_type().map(str::to_owned),
        size: size(found.content_length()),
        last_modified: timestamp(found.last_modified()),
        etag: unquoted(found.e_tag()),
        version_id: found.version_id().map(str::to_owned),
        storage_class: found.storage_class().map(|class| class.as_str().to_owned()),
        checksum: checksum_of(
            found.checksum_crc64_nvme(),
            found.checksum_sha256(),
            found.checksum_crc32_c(),
            found.checksum_crc32(),
            found.checksum_sha1(),
        ),
        metadata: metadata(found.metadata()),
        is_delete_marker: false,
    }
}

fn delete_marker(version: &str) -> ObjectHead {
    ObjectHead {
        content_type: None,
        size: 0,
        last_modified: None,
        etag: String::new(),
        version_id: Some(version.to_owned()),
        storage_class: None,
        checksum: None,
        metadata: BTreeMap::new(),
        is_delete_marker: true,
    }
}

pub(super) async fn get(
    client: &Client,
    bucket: &BucketName,
    key: &UserKey,
    request: GetRequest<'_>,
) -> Result<Download, StoreError> {
    let found = client
        .get_object()
        .bucket(bucket.as_str())
        .key(key.as_str())
        .set_version_id(request.version.map(str::to_owned))
        .set_range(request.range.map(str::to_owned))
        .set_if_none_match(request.if_none_match.map(str::to_owned))
        .send()
        .await;
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            return match (
                error.raw_response().map(|raw| raw.status().as_u16()),
                request.version,
            ) {
                (Some(304), _) => Ok(Download::NotModified),
                // A delete marker has no bytes; a malformed version id names nothing.
                (Some(405 | 400), Some(_)) => Err(StoreError::NotFound),
                _ => Err(store_error(error)),
            };
        }
    };
    let head = from_get(&found);
    let stream = stream::unfold(Some(found.body), |body| async move {
        let mut body = body?;
        match body.next().await? {
            Ok(bytes) => Some((Ok(bytes), Some(body))),
            Err(error) => Some((Err(std::io::Error::other(error)), None)),
        }
    });
    Ok(Download::Bytes(Box::new(ObjectBytes {
        head,
        content_range: found.content_range,
        length: size(found.content_length),
        stream: stream.boxed(),
    })))
}

fn from_get(found: &GetObjectOutput) -> ObjectHead {
    // `bytes 0-99/1000`: of a range the whole size stands behind the slash.
    let whole = found
        .content_range()
        .and_then(|range| range.rsplit_once('/'))
        .and_then(|(_, whole)| whole.parse().ok());
    ObjectHead {
        content_type: found.content_type().map(str::to_owned),
        size: whole.unwrap_or_else(|| size(found.content_length())),
        last_modified: timestamp(found.last_modified()),
        etag: unquoted(found.e_tag()),
        version_id: found.version_id().map(str::to_owned),
        storage_class: found.storage_class().map(|class| class.as_str().to_owned()),
        checksum: checksum_of(
            found.checksum_crc64_nvme(),
            found.checksum_sha256(),
            found.checksum_crc32_c(),
            found.checksum_crc32(),
            found.checksum_sha1(),
        ),
        metadata: metadata(found.metadata()),
        is_delete_marker: false,
    }
}

pub(super) async fn put(
    client: &Client,
    bucket: &BucketName,
    key: &UserKey,
    headers: &ObjectHeaders,
    payload: &Payload,
    precondition: Precondition,
) -> Result<Written, StoreError> {
    let written = client
        .put_object()
        .bucket(bucket.as_str())
        .key(key.as_str())
        .set_content_type(headers.content_type.clone())
        .set_metadata(Some(headers.metadata.clone().into_iter().collect()))
        .set_if_none_match(if_none_match(precondition))
        .content_length(length(payload.len())?)
        .checksum_sha256(payload.sha256())
        .body(ByteStream::new(payload.body()))
        .customize()
        .config_override(while_sending())
        .send()
        .await
        .map_err(store_error)?;
    Ok(Written {
        etag: unquoted(written.e_tag()),
        version_id: written.version_id,
    })
}

pub(super) fn if_none_match(precondition: Precondition) -> Option<String> {
    (precondition == Precondition::Absent).then(|| "*".to_owned())
}

pub(super) async fn delete(
    client: &Client,
    bucket: &BucketName,
    key: &UserKey,
    version: Option<&str>,
) -> Result<(), StoreError> {
    let deleted = client
        .delete_object()
        .bucket(bucket.as_str())
        .key(key.as_str())
        .set_version_id(version.map(str::to_owned))
        .send()
        .await;
    match deleted.map_err(store_error) {
        Ok(_) | Err(StoreError::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
}

pub(super) async fn delete_many(
    client: &Client,
    bucket: &BucketName,
    targets: &[DeleteTarget],
) -> Result<DeletedMany, StoreError> {
    let unexpected = |error: aws_sdk_s3::error::BuildError| StoreError::Unexpected(error.to_string());
    let objects = targets
        .iter()
        .map(|target| {
            ObjectIdentifier::builder()
                .key(target.key.as_str())
                .set_version_id(target.version.clone())
                .build()
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(unexpected)?;
    let delete = Delete::builder()
        .set_objects(Some(objects))
        .build()
        .map_err(unexpected)?;
    let answer = client
        .delete_objects()
        .bucket(bucket.as_str())
        .delete(delete)
        .send()
        .await
        .map_err(store_error)?;
    let deleted = answer.deleted.unwrap_or_default().into_iter();
    let failures = answer.errors.unwrap_or_default().into_iter();
    Ok(DeletedMany {
        markers: deleted
            // A marker that was deleted itself is told of in the same fields.
            .filter(|done| done.version_id.is_none() && done.delete_marker == Some(true))
            .filter_map(|done| {
                Some(DeleteMarker {
                    key: done.key?,
                    version_id: done.delete_marker_version_id?,
                })
            })
            // Where versions are suspended the marker takes the object's place instead of hiding it.
            .filter(|marker| marker.version_id != "null")
            .collect(),
        failures: failures
            .map(|failure| DeleteFailure {
                key: failure.key.unwrap_or_default(),
                code: failure.code.unwrap_or_default(),
            })
            .collect(),
    })
}

fn metadata(found: Option<&std::collections::HashMap<String, String>>) -> BTreeMap<String, String> {
    found
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
