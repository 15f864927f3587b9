//! What the server lends to the file pages while it renders them: the same use cases that REST reaches, bound to
//! the person who is looking.

use async_trait::async_trait;

use super::types::{ListQuery, ObjectMetadata, ObjectPage, SearchPage, SearchQuery};
use crate::contract::{ApiError, BucketName};

/// Given by context as `Arc<dyn FilePort>` for a signed-in request.
#[async_trait]
pub trait FilePort: Send + Sync {
    /// # Errors
    /// As `GET /api/s3/objects`.
    async fn list(&self, query: ListQuery) -> Result<ObjectPage, ApiError>;

    /// # Errors
    /// As `GET /api/s3/search`.
    async fn search(&self, query: SearchQuery) -> Result<SearchPage, ApiError>;

    /// # Errors
    /// As `GET /api/s3/object/metadata`.
    async fn metadata(&self, key: String, bucket: Option<BucketName>) -> Result<ObjectMetadata, ApiError>;
}
