//! Listings of objects, and what they tell of one.

use app::contract::{BucketName, ListedKey, Timestamp, UserKey};
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;

use super::{
    super::{
        S3Store,
        answer::{etag, size, timestamp},
        error::store_error,
    },
    before, decoded,
    decoder::QuickDecoding,
};
use crate::platform::object_store::{ListRequest, ListedObject, ListedPage, StoreError};

impl S3Store {
    /// One page of a listing, in the order of the keys' bytes.
    #[tracing::instrument(level = "debug", name = "s3.list", skip_all, fields(%bucket))]
    pub async fn list(&self, bucket: &BucketName, asked: ListRequest<'_>) -> Result<ListedPage, StoreError> {
        let after = asked.token.and_then(ListedPage::key_of);
        let token = asked.token.filter(|_| after.is_none());
        let request = self
            .client
            .list_objects_v2()
            .bucket(bucket.as_str())
            .prefix(asked.prefix.as_str())
            .set_delimiter(asked.folders.then(|| "/".to_owned()))
            .set_continuation_token(token.map(str::to_owned))
            .set_start_after(after.map(str::to_owned))
            .max_keys(asked.limit.into());
        let ask = |encoding| {
            let request = request.clone().set_encoding_type(encoding);
            request.customize().interceptor(QuickDecoding).send()
        };
        let page = self
            .encodings
            .objects
            .listed(ask, ListObjectsV2Output::encoding_type)
            .await
            .map_err(store_error)?;
        let encoding = page.encoding_type();
        let objects = page
            .contents()
            .iter()
            .map(|object| {
                Ok(ListedObject {
                    key: decoded(object.key(), encoding)?,
                    size: size(object.size()).unwrap_or_default(),
                    last_modified: timestamp(object.last_modified()),
                    etag: etag(object.e_tag()).unwrap_or_default(),
                    storage_class: object
                        .storage_class()
                        .map_or("STANDARD", |class| class.as_str())
                        .to_owned(),
                })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        let folders = page
            .common_prefixes()
            .iter()
            .map(|folder| decoded(folder.prefix(), encoding))
            .collect::<Result<Vec<_>, _>>()?;
        let named = page.next_continuation_token().filter(|token| !token.is_empty());
        let is_full = objects.len() + folders.len() >= usize::from(asked.limit);
        let next = match (page.is_truncated(), named) {
            (Some(false), _) => None,
            (_, Some(token)) => Some(token.to_owned()),
            (Some(true), None) => after_last(&objects, &folders),
            // An empty page will tell that this was the last.
            (None, None) if is_full => after_last(&objects, &folders),
            (None, None) => None,
        };
        Ok(ListedPage {
            objects,
            folders,
            next,
        })
    }

    /// The entry of exactly this key; nothing is known where there is none.
    pub(in super::super) async fn listed(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        version: Option<&str>,
    ) -> Result<Listed, StoreError> {
        let Some(version) = version else {
            // The shortest of the keys that begin so comes first. XML can carry every `UserKey` as it is.
            let page = self
                .client
                .list_objects_v2()
                .bucket(bucket.as_str())
                .prefix(key.as_str())
                .max_keys(1)
                .send()
                .await
                .map_err(store_error)?;
            let mut contents = page.contents().iter();
            let found = contents.find(|object| object.key() == Some(key.as_str()));
            return Ok(found.map_or_else(Listed::default, |object| Listed {
                size: size(object.size()),
                last_modified: timestamp(object.last_modified()),
                etag: etag(object.e_tag()),
            }));
        };
        let page = self
            .client
            .list_object_versions()
            .bucket(bucket.as_str())
            .prefix(key.as_str())
            .send()
            .await
            .map_err(store_error)?;
        let mut versions = page.versions().iter();
        let found = versions
            .find(|listed| listed.key() == Some(key.as_str()) && listed.version_id() == Some(version));
        Ok(found.map_or_else(Listed::default, |found| Listed {
            size: size(found.size()),
            last_modified: timestamp(found.last_modified()),
            etag: etag(found.e_tag()),
        }))
    }

    /// Whether a listing shows exactly this key.
    #[tracing::instrument(level = "debug", name = "s3.is_listed", skip_all, fields(%bucket))]
    pub async fn is_listed(&self, bucket: &BucketName, key: &ListedKey) -> Result<bool, StoreError> {
        let request = self
            .client
            .list_objects_v2()
            .bucket(bucket.as_str())
            .prefix(key.plain_prefix())
            .set_start_after(key.has_dot_segment().then(|| before(key.as_str())))
            .max_keys(NEIGHBOURS);
        let ask = |encoding| {
            let request = request.clone().set_encoding_type(encoding);
            request.customize().interceptor(QuickDecoding).send()
        };
        let page = self
            .encodings
            .objects
            .listed(ask, ListObjectsV2Output::encoding_type)
            .await
            .map_err(store_error)?;
        let encoding = page.encoding_type();
        for object in page.contents() {
            if decoded(object.key(), encoding)? == key.as_str() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// A token for what comes after this page, where storage said that there is more but not where.
fn after_last(objects: &[ListedObject], folders: &[String]) -> Option<String> {
    let object = objects.iter().map(|object| object.key.clone());
    // Behind everything in the folder, or the folder would come again.
    let folder = folders.iter().map(|folder| format!("{folder}{}", char::MAX));
    object.chain(folder).max().map(|last| ListedPage::after(&last))
}

/// What a listing tells of one object or version.
#[derive(Debug, Default)]
pub(in super::super) struct Listed {
    pub(in super::super) size: Option<u64>,
    pub(in super::super) last_modified: Option<Timestamp>,
    pub(in super::super) etag: Option<String>,
}

/// Keys that may lie between [`before`] and the key itself; there are none but in an attack.
const NEIGHBOURS: i32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_goes_on_behind_its_last_folder() {
        let object = |key: &str| ListedObject {
            key: key.to_owned(),
            size: 0,
            last_modified: None,
            etag: String::new(),
            storage_class: String::new(),
        };
        let next = |objects: &[&str], folders: &[&str]| {
            let objects: Vec<_> = objects.iter().map(|key| object(key)).collect();
            let folders: Vec<_> = folders.iter().map(|folder| (*folder).to_owned()).collect();
            after_last(&objects, &folders)
        };
        assert_eq!(next(&["a", "c"], &["b/"]).as_deref(), Some("\0c"));
        assert_eq!(next(&["a"], &["b/"]).as_deref(), Some("\0b/\u{10ffff}"));
        assert_eq!(next(&[], &[]), None);
    }
}
