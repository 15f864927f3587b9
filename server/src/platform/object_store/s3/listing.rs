//! Listings: objects, the versions of one, unfinished uploads.

use std::borrow::Cow;

use app::contract::{BucketName, UserKey, UserPrefix};
use aws_sdk_s3::{Client, types::EncodingType};
use percent_encoding::percent_decode_str;

use super::{error::store_error, size, timestamp, unquoted};
use crate::platform::object_store::{
    ListRequest, ListedObject, ListedPage, ListedUpload, ListedVersion, StoreError, UploadMarker, UploadPage,
    VersionPage,
};

pub(super) async fn objects(
    client: &Client,
    bucket: &BucketName,
    request: ListRequest<'_>,
) -> Result<ListedPage, StoreError> {
    let page = client
        .list_objects_v2()
        .bucket(bucket.as_str())
        .prefix(request.prefix.as_str())
        .set_delimiter(request.folders.then(|| "/".to_owned()))
        .set_continuation_token(request.token.map(str::to_owned))
        .max_keys(request.limit.into())
        .encoding_type(EncodingType::Url)
        .send()
        .await
        .map_err(store_error)?;
    let encoding = page.encoding_type();
    let objects = page
        .contents()
        .iter()
        .map(|object| {
            Ok(ListedObject {
                key: decoded(object.key(), encoding)?,
                size: size(object.size()),
                last_modified: timestamp(object.last_modified()),
                etag: unquoted(object.e_tag()),
                storage_class: object
                    .storage_class()
                    .map_or("STANDARD", |class| class.as_str())
                    .to_owned(),
            })
        })
        .collect::<Result<_, StoreError>>()?;
    let folders = page
        .common_prefixes()
        .iter()
        .map(|folder| decoded(folder.prefix(), encoding))
        .collect::<Result<_, _>>()?;
    let next = match (page.is_truncated(), page.next_continuation_token()) {
        (Some(true), Some(token)) => Some(token.to_owned()),
        (Some(true), None) => {
            return Err(StoreError::Unexpected(
                "a truncated page without a token".to_owned(),
            ));
        }
        _ => None,
    };
    Ok(ListedPage {
        objects,
        folders,
        next,
    })
}

pub(super) async fn versions(
    client: &Client,
    bucket: &BucketName,
    key: &UserKey,
    after: Option<&str>,
    limit: u16,
) -> Result<VersionPage, StoreError> {
    let page = client
        .list_object_versions()
        .bucket(bucket.as_str())
        .prefix(key.as_str())
        .set_key_marker(after.map(|_| key.as_str().to_owned()))
        .set_version_id_marker(after.map(str::to_owned))
        .max_keys(limit.into())
        .encoding_type(EncodingType::Url)
        .send()
        .await
        .map_err(store_error)?;
    let encoding = page.encoding_type();
    let mut versions = Vec::new();
    for version in page.versions() {
        if decoded(version.key(), encoding)? == key.as_str() {
            versions.push(ListedVersion {
                version_id: version.version_id().unwrap_or("null").to_owned(),
                is_latest: version.is_latest().unwrap_or_default(),
                is_delete_marker: false,
                last_modified: timestamp(version.last_modified()),
                size: size(version.size()),
                etag: unquoted(version.e_tag()),
            });
        }
    }
    for marker in page.delete_markers() {
        if decoded(marker.key(), encoding)? == key.as_str() {
            versions.push(ListedVersion {
                version_id: marker.version_id().unwrap_or("null").to_owned(),
                is_latest: marker.is_latest().unwrap_or_default(),
                is_delete_marker: true,
                last_modified: timestamp(marker.last_modified()),
                size: 0,
                etag: String::new(),
            });
        }
    }
    // The answer has them in two lists, each newest first.
    versions.sort_by_key(|version| std::cmp::Reverse((version.is_latest, version.last_modified)));
    // Longer keys that begin with this one come after it; they are no business of this page.
    let goes_on = page.is_truncated() == Some(true)
        && page
            .next_key_marker()
            .map(|marker| decoded(Some(marker), encoding))
            .transpose()?
            .is_some_and(|marker| marker == key.as_str());
    Ok(VersionPage {
        versions,
        next: page
            .next_version_id_marker()
            .filter(|_| goes_on)
            .map(str::to_owned),
    })
}

pub(super) async fn uploads(
    client: &Client,
    bucket: &BucketName,
    prefix: &UserPrefix,
    after: Option<&UploadMarker>,
) -> Result<UploadPage, StoreError> {
    let page = client
        .list_multipart_uploads()
        .bucket(bucket.as_str())
        .prefix(prefix.as_str())
        .set_key_marker(after.map(|marker| marker.key.clone()))
        .set_upload_id_marker(after.and_then(|marker| marker.upload_id.clone()))
        .encoding_type(EncodingType::Url)
        .send()
        .await
        .map_err(store_error)?;
    let encoding = page.encoding_type();
    let uploads = page
        .uploads()
        .iter()
        .map(|upload| {
            Ok(ListedUpload {
                key: decoded(upload.key(), encoding)?,
                upload_id: upload.upload_id().unwrap_or_default().to_owned(),
                initiated: timestamp(upload.initiated()),
            })
        })
        .collect::<Result<_, StoreError>>()?;
    let next = match (page.is_truncated(), page.next_key_marker()) {
        (Some(true), Some(key)) => Some(UploadMarker {
            key: decoded(Some(key), encoding)?,
            upload_id: page
                .next_upload_id_marker()
                .filter(|id| !id.is_empty())
                .map(str::to_owned),
        }),
        _ => None,
    };
    Ok(UploadPage { uploads, next })
}

/// Keys are asked for in URL encoding, since XML cannot carry all of them. There a space is `+`.
fn decoded(text: Option<&str>, encoding: Option<&EncodingType>) -> Result<String, StoreError> {
    let text = text.unwrap_or_default();
    if encoding != Some(&EncodingType::Url) {
        return Ok(text.to_owned());
    }
    let spaced = if text.contains('+') {
        Cow::Owned(text.replace('+', " "))
    } else {
        Cow::Borrowed(text)
    };
    percent_decode_str(&spaced)
        .decode_utf8()
        .map(Cow::into_owned)
        .map_err(|_| StoreError::Unexpected("a key that is not UTF-8".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_decoded_once_and_only_if_storage_says_they_are_encoded() {
        let url = Some(&EncodingType::Url);
        assert_eq!(decoded(Some("a+b%2Bc%252e"), url).unwrap(), "a b+c%2e");
        assert_eq!(decoded(Some("a+b%2Bc"), None).unwrap(), "a+b%2Bc");
        assert!(decoded(Some("%ff"), url).is_err());
    }
}
