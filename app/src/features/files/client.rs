//! `/api/s3` from the browser: objects and folders of the bucket that the document shows, unless a call names another.

use serde::Serialize;

use super::{
    changes::{DeleteRequest, TransferRequest, Transferred, UndoRequest},
    here,
    model::transfer::Transfer,
    types::{
        CreateFolderRequest, DownloadRequest, DownloadResponse, ListQuery, ObjectEntry, ObjectMetadata,
        ObjectPage, ObjectRef, ObjectVersion, SearchPage, SearchQuery, VersionsQuery,
    },
    types_archive::{ArchiveRequest, ArchiveUrl},
    types_history::{
        ChangeCounts, ChangesQuery, CurrentObject, DeletedPage, DeletedQuery, HistoryPage, HistoryQuery,
        RestoreRequest,
    },
    types_stored::{MetadataChange, ObjectTags, QuotaUse, SpaceQuery, Usage},
};
use crate::{
    contract::{BucketName, Disposition, MaxKeys, Timestamp},
    features::jobs::types::{DoneOrQueued, QueuedJob},
    rest::{self, Answer, CallError},
};

/// One page of a listing.
pub async fn list(query: &ListQuery) -> Result<Answer<ObjectPage>, CallError> {
    rest::get("/api/s3/objects", query, None).await
}

/// The key of a file below a prefix; `None` where none is among the first objects.
pub async fn any_file(prefix: String) -> Result<Option<String>, CallError> {
    let query = ListQuery {
        prefix: Some(prefix),
        max_keys: MaxKeys::try_from(10).ok(),
        recursive: Some(true),
        bucket: here::bucket(),
        ..ListQuery::default()
    };
    let page = list(&query).await?.body;
    let mut keys = page.objects.into_iter().map(|object| object.key);
    Ok(keys.find(|key| !key.ends_with('/')))
}

/// Counts the objects below a prefix.
pub async fn usage(prefix: String) -> Result<Usage, CallError> {
    let query = SpaceQuery {
        prefix: Some(prefix),
        bucket: here::bucket(),
    };
    rest::get("/api/s3/usage", &query, None)
        .await
        .map(|answer| answer.body)
}

/// The quota of whoever holds the prefix; the person's own unless given.
pub async fn quota(prefix: Option<String>) -> Result<QuotaUse, CallError> {
    let query = SpaceQuery { prefix, bucket: None };
    rest::get("/api/s3/quota", &query, None)
        .await
        .map(|answer| answer.body)
}

/// Whether there is any object below a prefix.
pub async fn has_objects(prefix: String, bucket: Option<BucketName>) -> Result<bool, CallError> {
    let query = ListQuery {
        prefix: Some(prefix),
        max_keys: MaxKeys::try_from(1).ok(),
        recursive: Some(true),
        bucket,
        ..ListQuery::default()
    };
    list(&query).await.map(|answer| !answer.body.objects.is_empty())
}

pub async fn metadata(key: String) -> Result<ObjectMetadata, CallError> {
    let query = ObjectRef {
        key,
        version_id: None,
        bucket: here::bucket(),
    };
    rest::get("/api/s3/object/metadata", &query, None)
        .await
        .map(|answer| answer.body)
}

/// The lifetime of the page's URLs, in seconds. The page uses each at once, and a download that has begun may take
/// longer.
const PAGES_URL_SECONDS: u32 = 300;

/// A presigned URL at storage, to download or preview the file.
pub async fn download_url(
    key: &str,
    version_id: Option<String>,
    disposition: Disposition,
) -> Result<DownloadResponse, CallError> {
    let request = DownloadRequest {
        key: key.to_owned(),
        version_id,
        expires_in: Some(PAGES_URL_SECONDS),
        disposition,
        bucket: here::bucket(),
    };
    post("/api/s3/download", &request).await
}

/// A URL of the server that answers one ZIP, once.
pub async fn archive_url(request: &ArchiveRequest) -> Result<ArchiveUrl, CallError> {
    let request = ArchiveRequest {
        bucket: here::bucket(),
        ..request.clone()
    };
    post("/api/s3/archive", &request).await
}

/// Makes an empty folder, unless it exists.
pub async fn create_folder(prefix: String, bucket: Option<BucketName>) -> Result<(), CallError> {
    let request = CreateFolderRequest { prefix, bucket };
    post::<serde::de::IgnoredAny>("/api/s3/folder", &request)
        .await
        .map(|_| ())
}

pub async fn delete(request: &DeleteRequest) -> Result<QueuedJob, CallError> {
    let request = DeleteRequest {
        bucket: here::bucket(),
        ..request.clone()
    };
    post("/api/s3/delete", &request).await
}

/// From the bucket that is shown to the one that the request names.
pub async fn transfer(
    transfer: Transfer,
    request: &TransferRequest,
) -> Result<DoneOrQueued<Transferred>, CallError> {
    let path = match transfer {
        Transfer::Copy => "/api/s3/copy",
        Transfer::Move => "/api/s3/move",
    };
    let request = TransferRequest {
        source_bucket: here::bucket(),
        ..request.clone()
    };
    post(path, &request).await
}

/// Undoes a change of one object that was made at once.
pub async fn undo(token: String) -> Result<(), CallError> {
    post::<serde::de::IgnoredAny>("/api/s3/undo", &UndoRequest { token })
        .await
        .map(|_| ())
}

/// One page of matches. As long as the answer has a token, some keys were not searched yet.
pub async fn search(query: &SearchQuery) -> Result<Answer<SearchPage>, CallError> {
    let answer = rest::get::<Vec<ObjectEntry>>("/api/s3/search", query, None).await?;
    Ok(Answer {
        body: SearchPage {
            objects: answer.body,
            continuation_token: answer.continuation_token,
        },
        allowance: answer.allowance,
        continuation_token: None,
    })
}

/// One page of an object's versions, the newest first.
pub async fn versions(
    key: String,
    continuation_token: Option<String>,
) -> Result<Answer<Vec<ObjectVersion>>, CallError> {
    let query = VersionsQuery {
        key,
        continuation_token,
        max_keys: None,
        bucket: here::bucket(),
    };
    rest::get("/api/s3/object/versions", &query, None).await
}

/// Deletes one version for good. If it was the current one, the version below becomes current.
pub async fn delete_version(key: String, version_id: String) -> Result<(), CallError> {
    let version = ObjectRef {
        key,
        version_id: Some(version_id),
        bucket: here::bucket(),
    };
    rest::delete::<serde::de::IgnoredAny>("/api/s3/object", &version, None)
        .await
        .map(|_| ())
}

pub async fn deleted(query: &DeletedQuery) -> Result<DeletedPage, CallError> {
    let query = DeletedQuery {
        bucket: here::bucket(),
        ..query.clone()
    };
    rest::get("/api/s3/deleted", &query, None)
        .await
        .map(|answer| answer.body)
}

pub async fn history(query: &HistoryQuery) -> Result<HistoryPage, CallError> {
    let query = HistoryQuery {
        bucket: here::bucket(),
        ..query.clone()
    };
    rest::get("/api/s3/history", &query, None)
        .await
        .map(|answer| answer.body)
}

/// Counts the objects below a prefix that have changed; `None` where counting takes a job.
pub async fn changes_since(prefix: String, as_of: Timestamp) -> Result<Option<ChangeCounts>, CallError> {
    let query = ChangesQuery {
        prefix: Some(prefix),
        as_of,
        bucket: here::bucket(),
    };
    let answer = rest::get("/api/s3/history/changes", &query, None).await?;
    Ok(match answer.body {
        DoneOrQueued::Done(counts) => Some(counts),
        DoneOrQueued::Queued(_) => None,
    })
}

pub async fn restore(request: &RestoreRequest) -> Result<DoneOrQueued<CurrentObject>, CallError> {
    let request = RestoreRequest {
        bucket: here::bucket(),
        ..request.clone()
    };
    post("/api/s3/object/restore", &request).await
}

pub async fn tags(key: String) -> Result<ObjectTags, CallError> {
    let query = ObjectRef {
        key,
        version_id: None,
        bucket: here::bucket(),
    };
    rest::get("/api/s3/object/tags", &query, None)
        .await
        .map(|answer| answer.body)
}

pub async fn change_metadata(change: &MetadataChange) -> Result<(), CallError> {
    let change = MetadataChange {
        bucket: here::bucket(),
        ..change.clone()
    };
    rest::patch::<serde::de::IgnoredAny>("/api/s3/object/metadata", &change, None)
        .await
        .map(|_| ())
}

async fn post<T: serde::de::DeserializeOwned>(path: &str, body: &impl Serialize) -> Result<T, CallError> {
    rest::post(path, body, None).await
}
