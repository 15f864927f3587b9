//! [`ObjectStore`] by the AWS SDK: for AWS S3, for servers that speak its protocol, and for the embedded store.

mod answer;
mod client;
mod conditional_writes;
mod deletion;
mod error;
mod listing;
mod multipart;
mod objects;
mod presign;
mod probe;
mod timeouts;

use std::{fmt, sync::Arc, time::Duration};

use app::{
    contract::{BucketName, ListedKey, UserKey, UserPrefix},
    features::files::types::ChecksumAlgorithm,
};
use async_trait::async_trait;
use aws_sdk_s3::Client;
use secrecy::SecretString;
use tokio::sync::OnceCell;

use listing::UrlEncoding;
use presign::Presigner;

use super::{
    ConditionalWrites, DeleteTarget, DeletedMany, GetAnswer, GetRequest, ListRequest, ListedPage, ListedPart,
    ObjectBytes, ObjectHead, ObjectHeaders, ObjectStore, PartToJoin, PartToPresign, PartToStore, Payload,
    Precondition, Presigned, Probe, ProbeError, PutToSign, StoreError, UploadMarker, UploadPage, VersionPage,
    Written,
};

/// Where storage is and how to get in.
#[derive(Clone, Debug)]
pub struct S3Config {
    /// `None` for AWS itself, found through the region.
    pub endpoint_url: Option<String>,
    /// The same storage as browsers reach it; presigned URLs name it. `None` when it is the same address.
    pub public_endpoint_url: Option<String>,
    /// `None` for what the SDK's chain finds, or `us-east-1`.
    pub region: Option<String>,
    /// `endpoint/bucket/key` instead of `bucket.endpoint/key`.
    pub force_path_style: bool,
    /// `None` for the SDK's usual chain (environment, profile, role of the machine).
    pub credentials: Option<S3Credentials>,
    /// The authorities, in PEM, whose certificates storage may have; `None` for those that the machine trusts.
    pub ca_bundle: Option<String>,
}

#[derive(Clone)]
pub struct S3Credentials {
    pub access_key_id: String,
    pub secret_access_key: SecretString,
}

impl fmt::Debug for S3Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// S3 through the AWS SDK. Cheap to clone.
#[derive(Clone, Debug)]
pub struct S3Store {
    /// Talks to storage.
    client: Client,
    /// For the address that browsers see.
    presigner: Presigner,
    encodings: Encodings,
    conditional_writes: Arc<OnceCell<ConditionalWrites>>,
}

/// How storage writes keys, which differs between the listings of one server.
#[derive(Clone, Debug, Default)]
struct Encodings {
    objects: UrlEncoding,
    versions: UrlEncoding,
    uploads: UrlEncoding,
}

#[async_trait]
impl ObjectStore for S3Store {
    async fn list(&self, bucket: &BucketName, request: ListRequest<'_>) -> Result<ListedPage, StoreError> {
        listing::objects(&self.client, &self.encodings.objects, bucket, request).await
    }

    async fn is_listed(&self, bucket: &BucketName, key: &ListedKey) -> Result<bool, StoreError> {
        listing::shows(&self.client, &self.encodings.objects, bucket, key).await
    }

    async fn list_versions(
        &self,
        bucket: &BucketName,
        key: &ListedKey,
        after: Option<&str>,
        limit: u16,
    ) -> Result<VersionPage, StoreError> {
        listing::versions(&self.client, &self.encodings, bucket, key, after, limit).await
    }

    async fn head(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        version: Option<&str>,
    ) -> Result<Option<ObjectHead>, StoreError> {
        objects::head(&self.client, bucket, key, version).await
    }

    async fn get(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        request: GetRequest<'_>,
    ) -> Result<ObjectBytes, StoreError> {
        objects::get(&self.client, bucket, key, request).await
    }

    async fn put(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        headers: &ObjectHeaders,
        payload: &Payload,
        precondition: &Precondition,
    ) -> Result<Written, StoreError> {
        objects::put(&self.client, bucket, key, headers, payload, precondition).await
    }

    async fn delete(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        version: Option<&str>,
    ) -> Result<(), StoreError> {
        objects::delete(&self.client, bucket, key, version).await
    }

    async fn delete_many(
        &self,
        bucket: &BucketName,
        targets: &[DeleteTarget],
    ) -> Result<DeletedMany, StoreError> {
        deletion::delete_many(&self.client, &self.encodings, bucket, targets).await
    }

    async fn create_upload(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        headers: &ObjectHeaders,
        checksum: Option<ChecksumAlgorithm>,
    ) -> Result<String, StoreError> {
        multipart::create(&self.client, bucket, key, headers, checksum).await
    }

    async fn upload_part(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        part: PartToStore<'_>,
    ) -> Result<ListedPart, StoreError> {
        multipart::upload_part(&self.client, bucket, key, part).await
    }

    async fn list_parts(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        upload_id: &str,
    ) -> Result<Vec<ListedPart>, StoreError> {
        multipart::list_parts(&self.client, bucket, key, upload_id).await
    }

    async fn complete_upload(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        upload_id: &str,
        parts: &[PartToJoin],
        precondition: &Precondition,
    ) -> Result<Written, StoreError> {
        multipart::complete(&self.client, bucket, key, upload_id, parts, precondition).await
    }

    async fn abort_upload(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        upload_id: &str,
    ) -> Result<(), StoreError> {
        multipart::abort(&self.client, bucket, key, upload_id).await
    }

    async fn list_uploads(
        &self,
        bucket: &BucketName,
        prefix: &UserPrefix,
        after: Option<&UploadMarker>,
    ) -> Result<UploadPage, StoreError> {
        listing::uploads(&self.client, &self.encodings.uploads, bucket, prefix, after).await
    }

    async fn conditional_writes(&self, bucket: &BucketName) -> ConditionalWrites {
        let probed = self
            .conditional_writes
            .get_or_try_init(|| conditional_writes::probe(&self.client, bucket))
            .await;
        match probed {
            Ok(found) => *found,
            Err(error) => {
                tracing::warn!(%bucket, %error, "it is not known whether storage holds to conditions on writes");
                ConditionalWrites::default()
            }
        }
    }

    async fn presign_get(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        answer: GetAnswer<'_>,
        lifetime: Duration,
    ) -> Result<Presigned, StoreError> {
        self.presigner.get(bucket, key, answer, lifetime).await
    }

    async fn presign_put(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        put: PutToSign<'_>,
        lifetime: Duration,
    ) -> Result<Presigned, StoreError> {
        self.presigner.put(bucket, key, put, lifetime).await
    }

    async fn presign_part(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        part: PartToPresign<'_>,
        lifetime: Duration,
    ) -> Result<Presigned, StoreError> {
        self.presigner.part(bucket, key, part, lifetime).await
    }

    async fn probe(&self, bucket: &BucketName) -> Result<Probe, ProbeError> {
        probe::probe(&self.client, bucket).await
    }

    async fn ensure_bucket(&self, bucket: &BucketName) -> Result<(), StoreError> {
        client::ensure_bucket(&self.client, bucket).await
    }

    async fn allow_origins(&self, bucket: &BucketName, origins: &[String]) -> Result<(), StoreError> {
        client::allow_origins(&self.client, bucket, origins).await
    }
}
