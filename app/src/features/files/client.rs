//! `/api/s3` from the browser.

use super::types::{
    CreateFolderRequest, DeleteMarker, DeleteObjectsRequest, DeleteObjectsResponse, Disposition,
    DownloadRequest, DownloadResponse, ListQuery, ObjectEntry, ObjectMetadata, ObjectPage, SearchPage,
    SearchQuery, UndeleteRequest, UndeleteResponse,
};
use crate::{
    contract::MaxKeys,
    rest::{self, Answer, Failure},
    routes::Query,
};

/// One page of a listing.
///
/// # Errors
/// [`Failure`]
pub async fn list(query: ListQuery) -> Result<Answer<ObjectPage>, Failure> {
    let mut pairs = Query::default();
    if let Some(prefix) = query.prefix {
        pairs = pairs.with("prefix", prefix);
    }
    if let Some(token) = query.continuation_token {
        pairs = pairs.with("continuation_token", token);
    }
    if let Some(max_keys) = query.max_keys {
        pairs = pairs.with("max_keys", max_keys.get().to_string());
    }
    if query.recursive == Some(true) {
        pairs = pairs.with("recursive", "true");
    }
    if let Some(bucket) = query.bucket {
        pairs = pairs.with("bucket", bucket.as_str());
    }
    rest::get("/api/s3/objects", &pairs).await
}

/// A full page of everything below a prefix, for counting before a deletion.
///
/// # Errors
/// [`Failure`]
pub async fn list_recursive(
    prefix: String,
    continuation_token: Option<String>,
) -> Result<Answer<ObjectPage>, Failure> {
    let query = ListQuery {
        prefix: Some(prefix),
        continuation_token,
        max_keys: Some(MaxKeys::MAX),
        recursive: Some(true),
        bucket: None,
    };
    list(query).await
}

/// # Errors
/// [`Failure`]
pub async fn metadata(key: &str) -> Result<ObjectMetadata, Failure> {
    let query = Query::default().with("key", key);
    rest::get("/api/s3/object/metadata", &query)
        .await
        .map(|answer| answer.body)
}

/// A URL at storage to save the file from, or to preview it.
///
/// # Errors
/// [`Failure`]
pub async fn download_url(key: &str, disposition: Disposition) -> Result<DownloadResponse, Failure> {
    let request = DownloadRequest {
        key: key.to_owned(),
        version_id: None,
        expires_in: None,
        disposition,
        bucket: None,
    };
    rest::post("/api/s3/download", &request).await
}

/// # Errors
/// [`Failure`]
pub async fn create_folder(prefix: String) -> Result<(), Failure> {
    let request = CreateFolderRequest { prefix, bucket: None };
    rest::post::<serde_json::Value>("/api/s3/folder", &request)
        .await
        .map(|_| ())
}

/// At most 1,000 keys.
///
/// # Errors
/// [`Failure`]; keys that could not be deleted are in the answer.
pub async fn delete(keys: Vec<String>) -> Result<DeleteObjectsResponse, Failure> {
    rest::delete("/api/s3/objects", &DeleteObjectsRequest { keys, bucket: None }).await
}

/// Takes back at most 1,000 deletions.
///
/// # Errors
/// [`Failure`]; what stays deleted is in the answer.
pub async fn undelete(markers: Vec<DeleteMarker>) -> Result<UndeleteResponse, Failure> {
    let request = UndeleteRequest {
        markers,
        bucket: None,
    };
    rest::post("/api/s3/objects/undelete", &request).await
}

/// Some of what matches; the token goes on with while there are keys that nobody has looked at.
///
/// # Errors
/// [`Failure`]
pub async fn search(query: SearchQuery) -> Result<Answer<SearchPage>, Failure> {
    let mut pairs = Query::default().with("query", query.query);
    if let Some(prefix) = query.prefix {
        pairs = pairs.with("prefix", prefix);
    }
    if let Some(token) = query.continuation_token {
        pairs = pairs.with("continuation_token", token);
    }
    if let Some(max_keys) = query.max_keys {
        pairs = pairs.with("max_keys", max_keys.get().to_string());
    }
    let answer = rest::get::<Vec<ObjectEntry>>("/api/s3/search", &pairs).await?;
    Ok(Answer {
        body: SearchPage {
            objects: answer.body,
            continuation_token: answer.continuation_token,
        },
        allowance: answer.allowance,
        continuation_token: None,
    })
}
