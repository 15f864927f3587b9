//! `/api/s3` from the browser: objects and folders.

use serde::Serialize;

use super::types::{
    CreateFolderRequest, DeleteMarker, DeleteObjectsRequest, DeleteObjectsResponse, Disposition,
    DownloadRequest, DownloadResponse, ListQuery, ObjectEntry, ObjectMetadata, ObjectPage, ObjectRef,
    SearchPage, SearchQuery, UndeleteRequest, UndeleteResponse,
};
use crate::{
    contract::{BucketName, MaxKeys},
    rest::{self, Answer, CallError},
};

/// One page of a listing.
pub async fn list(query: &ListQuery) -> Result<Answer<ObjectPage>, CallError> {
    rest::get("/api/s3/objects", query, None).await
}

/// A full page of everything below a prefix, for counting before a deletion.
pub async fn list_recursive(
    prefix: String,
    continuation_token: Option<String>,
) -> Result<ObjectPage, CallError> {
    let query = ListQuery {
        prefix: Some(prefix),
        continuation_token,
        max_keys: Some(MaxKeys::MAX),
        recursive: Some(true),
        bucket: None,
    };
    list(&query).await.map(|answer| answer.body)
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
        bucket: None,
    };
    rest::get("/api/s3/object/metadata", &query, None)
        .await
        .map(|answer| answer.body)
}

/// The lifetime of the URLs that the page asks for, in seconds. The page uses each at once, and asks for another when
/// it needs one. A download that has begun may take longer.
const PAGES_URL_SECONDS: u32 = 300;

/// A URL at storage to save the file from, or to preview it.
pub async fn download_url(key: &str, disposition: Disposition) -> Result<DownloadResponse, CallError> {
    let request = DownloadRequest {
        key: key.to_owned(),
        version_id: None,
        expires_in: Some(PAGES_URL_SECONDS),
        disposition,
        bucket: None,
    };
    post("/api/s3/download", &request).await
}

/// Makes an empty folder, unless it is there.
pub async fn create_folder(prefix: String, bucket: Option<BucketName>) -> Result<(), CallError> {
    let request = CreateFolderRequest { prefix, bucket };
    post::<serde::de::IgnoredAny>("/api/s3/folder", &request)
        .await
        .map(|_| ())
}

/// At most 1,000 keys. Keys that could not be deleted are in the answer.
pub async fn delete(keys: Vec<String>) -> Result<DeleteObjectsResponse, CallError> {
    let request = DeleteObjectsRequest { keys, bucket: None };
    rest::delete("/api/s3/objects", &request, None).await
}

/// Undoes at most 1,000 deletions. The answer names the keys that stay deleted.
pub async fn undelete(markers: Vec<DeleteMarker>) -> Result<UndeleteResponse, CallError> {
    let request = UndeleteRequest {
        markers,
        bucket: None,
    };
    post("/api/s3/objects/undelete", &request).await
}

/// One page of what matches. While the answer holds a token, there are keys that were not looked at.
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

async fn post<T: serde::de::DeserializeOwned>(path: &str, body: &impl Serialize) -> Result<T, CallError> {
    rest::post(path, body, None).await
}
