//! The use cases of files, for REST and pages alike. Every one of them begins with [`Files::scope`]: store, bucket and
//! keys come from there.

mod archive;
pub(super) mod delete;
mod listing;
mod search;
mod space;
mod stored;
mod transfer;
pub(super) mod undelete;

use std::{sync::Arc, time::Duration};

use app::{
    contract::{BucketName, UserKey},
    features::files::types::{CreateFolderRequest, ObjectMetadata, ObjectRef, UserPrefixResponse},
};
use tokio::sync::Semaphore;

use super::{error::FileError, undo_offer::UndoOffers};
use crate::{
    features::{
        auth::principal::Principal,
        quota::Quotas,
        scopes::{Access, Named, Scope, ScopeError, Scopes},
    },
    platform::{
        Platform,
        cursor::Cursors,
        object_store::{
            LARGEST_COPY, ObjectHead, ObjectHeaders, Payload, Precondition, StoreError, UPLOAD_MARK,
        },
    },
};

pub use archive::{Archive, Archives, UnpackedEntry, Wanted};
pub use search::{Searching, Stopped};
pub use transfer::{OpenRequest, Opened, OpenedObject};

/// Requests to storage that one request has under way at a time.
const CONCURRENCY: usize = 16;

#[derive(Clone)]
pub struct Files {
    scopes: Scopes,
    quotas: Quotas,
    cursors: Cursors,
    offers: UndoOffers,
    /// How long a download URL lives unless asked otherwise.
    download_lifetime: Duration,
    /// Whoever counts all of a prefix holds one of these.
    counts: Arc<Semaphore>,
    /// Storage copies no larger object by itself.
    largest_copy: u64,
}

impl Files {
    #[must_use]
    pub fn new(scopes: Scopes, quotas: Quotas, platform: Platform, cursors: Cursors) -> Self {
        Self {
            offers: UndoOffers::new(cursors.clone(), platform),
            scopes,
            quotas,
            cursors,
            download_lifetime: Duration::from_secs(3600),
            counts: Arc::new(Semaphore::new(space::COUNTS_AT_ONCE)),
            largest_copy: LARGEST_COPY,
        }
    }

    /// Takes storage to copy nothing larger by itself.
    #[must_use]
    pub fn with_largest_copy(self, largest_copy: u64) -> Self {
        Self { largest_copy, ..self }
    }

    async fn scope(&self, who: &Principal, bucket: Option<&BucketName>) -> Result<Scope, ScopeError> {
        self.scopes.resolve(who, &Named::bucket(bucket)).await
    }

    /// Where a request of this caller's that names no prefix is about.
    #[tracing::instrument(level = "debug", name = "files.user_prefix", skip_all, fields(user = %who.user_id))]
    pub async fn user_prefix(&self, who: &Principal) -> Result<UserPrefixResponse, FileError> {
        let scope = self.scope(who, None).await?;
        Ok(UserPrefixResponse {
            prefix: scope.default_root().as_str().to_owned(),
        })
    }

    /// # Errors
    /// [`FileError::NotFound`] also for a version that is a delete marker: it has nothing to describe.
    #[tracing::instrument(level = "debug", name = "files.metadata", skip_all, fields(user = %who.user_id))]
    pub async fn metadata(&self, who: &Principal, named: &ObjectRef) -> Result<ObjectMetadata, FileError> {
        let scope = self.scope(who, named.bucket.as_ref()).await?;
        let key = scope.key("key", &named.key, Access::READ)?;
        let head = existing(&scope, &key, version_of(named.version_id.as_deref())?).await?;
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
    #[tracing::instrument(level = "debug", name = "files.create_folder", skip_all, fields(user = %who.user_id))]
    pub async fn create_folder(
        &self,
        who: &Principal,
        request: &CreateFolderRequest,
    ) -> Result<(), FileError> {
        let scope = self.scope(who, request.bucket.as_ref()).await?;
        let mut marker = request.prefix.clone();
        if !marker.ends_with('/') {
            marker.push('/');
        }
        let key = scope.key("prefix", &marker, Access::WRITE)?;
        let headers = ObjectHeaders {
            content_type: Some("application/x-directory".to_owned()),
            ..ObjectHeaders::default()
        };
        let Scope { store, bucket, .. } = &scope;
        let precondition = store.conditional_writes(bucket).await.absent();
        if precondition == Precondition::None && store.head(bucket, &key, None).await?.is_some() {
            return Ok(());
        }
        let made = store
            .put(bucket, &key, &headers, &Payload::Empty, &precondition)
            .await;
        match made {
            Ok(_) | Err(StoreError::PreconditionFailed) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The bytes that become free when an object is replaced or deleted: all of it, in a bucket without versions.
pub(super) async fn freed_by_replacing(scope: &Scope, there: Option<&ObjectHead>) -> Result<u64, StoreError> {
    match there.map(|there| there.size) {
        None | Some(0) => Ok(0),
        Some(size) => Ok(if scope.store.keeps_versions(&scope.bucket).await? {
            0
        } else {
            size
        }),
    }
}

/// What is known of an object, or of one version, that has bytes.
async fn existing(scope: &Scope, key: &UserKey, version: Option<&str>) -> Result<ObjectHead, FileError> {
    scope
        .store
        .head(&scope.bucket, key, version)
        .await?
        .filter(|head| !head.is_delete_marker)
        .ok_or(FileError::NotFound)
}

/// Looks whether an object is still what it was.
async fn unchanged(scope: &Scope, key: &UserKey, before: &ObjectHead) -> Result<(), FileError> {
    let now = scope.store.head(&scope.bucket, key, None).await?;
    match now {
        Some(now) if now.etag == before.etag && now.version_id == before.version_id => Ok(()),
        _ => Err(FileError::Changed),
    }
}

/// The version that a request names. An empty id would name the object to storage, not a version of it.
fn version_of(named: Option<&str>) -> Result<Option<&str>, FileError> {
    match named {
        Some("") => Err(FileError::invalid("version_id", "must not be empty")),
        named => Ok(named),
    }
}
