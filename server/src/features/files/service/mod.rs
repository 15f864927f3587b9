//! The use cases of files, for REST and pages alike. Every one of them begins with [`Files::place`]: that is where
//! access is decided.

mod delete;
mod listing;
mod search;
mod transfer;
mod undelete;

use std::{sync::Arc, time::Duration};

use app::{
    contract::{BucketName, UserKey},
    features::files::types::{CreateFolderRequest, ObjectMetadata, ObjectRef, UserPrefixResponse},
};

use super::{
    access::{AccessError, Place},
    error::FileError,
};
use crate::{
    features::auth::principal::Principal,
    platform::{
        cursor::Cursors,
        object_store::{ObjectHead, ObjectHeaders, ObjectStore, Payload, Precondition, StoreError},
    },
};

pub use transfer::{OpenRequest, Opened, OpenedObject};

/// Kept beside every object that went up in parts (`uploads`): how a completion whose answer was lost is
/// recognised. Not shown to anyone.
pub const UPLOAD_MARK: &str = "forepeak-upload";

/// Requests to storage that one request has under way at a time.
const CONCURRENCY: usize = 16;

#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    /// The bucket that holds everyone's prefix.
    home: BucketName,
    cursors: Cursors,
    /// How long a download URL lives unless asked otherwise.
    download_lifetime: Duration,
}

impl Files {
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, home: BucketName, cursors: Cursors) -> Self {
        Self {
            store,
            home,
            cursors,
            download_lifetime: Duration::from_secs(3600),
        }
    }

    fn place(&self, who: &Principal, asked: Option<&BucketName>) -> Result<Place, AccessError> {
        Place::find(who, &self.home, asked)
    }

    /// What is known of an object, or of one version, that has bytes.
    async fn existing(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        version: Option<&str>,
    ) -> Result<ObjectHead, FileError> {
        self.store
            .head(bucket, key, version)
            .await?
            .filter(|head| !head.is_delete_marker)
            .ok_or(FileError::NotFound)
    }

    #[must_use]
    pub fn user_prefix(&self, who: &Principal) -> UserPrefixResponse {
        UserPrefixResponse {
            prefix: who.home().as_str().to_owned(),
        }
    }

    /// # Errors
    /// [`FileError::NotFound`] also for a version that is a delete marker: it has nothing to describe.
    pub async fn metadata(&self, who: &Principal, named: &ObjectRef) -> Result<ObjectMetadata, FileError> {
        let place = self.place(who, named.bucket.as_ref())?;
        let key = place.key("key", &named.key)?;
        let head = self
            .existing(&place.bucket, &key, version_of(named.version_id.as_deref())?)
            .await?;
        let mut stored = head.headers;
        stored.metadata.remove(UPLOAD_MARK);
        Ok(ObjectMetadata {
            content_type: stored
                .content_type
                .unwrap_or_else(|| "application/octet-stream".to_owned()),
            content_length: head.size,
            last_modified: head.last_modified,
            etag: head.etag,
            version_id: head.version_id,
            storage_class: head.storage_class.unwrap_or_else(|| "STANDARD".to_owned()),
            checksum: head.checksum,
            metadata: stored.metadata,
            content_encoding: stored.content_encoding,
            content_language: stored.content_language,
            content_disposition: stored.content_disposition,
            cache_control: stored.cache_control,
            expires: stored.expires,
        })
    }

    /// Makes the empty object that stands for a folder. Making one that is there changes nothing.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn create_folder(
        &self,
        who: &Principal,
        request: &CreateFolderRequest,
    ) -> Result<(), FileError> {
        let place = self.place(who, request.bucket.as_ref())?;
        let mut marker = request.prefix.clone();
        if !marker.ends_with('/') {
            marker.push('/');
        }
        let key = place.key("prefix", &marker)?;
        let headers = ObjectHeaders {
            content_type: Some("application/x-directory".to_owned()),
            ..ObjectHeaders::default()
        };
        let precondition = self.store.conditional_writes(&place.bucket).await.absent();
        if precondition == Precondition::None && self.store.head(&place.bucket, &key, None).await?.is_some() {
            return Ok(());
        }
        let made = self
            .store
            .put(&place.bucket, &key, &headers, &Payload::Empty, &precondition)
            .await;
        match made {
            Ok(_) | Err(StoreError::PreconditionFailed) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The version that a request names. An empty id would name the object to storage, not a version of it.
fn version_of(named: Option<&str>) -> Result<Option<&str>, FileError> {
    match named {
        Some("") => Err(FileError::invalid("version_id", "must not be empty")),
        named => Ok(named),
    }
}
