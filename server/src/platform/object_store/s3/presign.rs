//! Presigned URLs. Each is good for one method on one key (and version, or part number), for exactly the size
//! and headers it was asked for, and for a short time: all of it is under the signature.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use app::contract::{BucketName, Checksum, ChecksumAlgorithm, UserKey};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_s3::{
    Client,
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    operation::put_object::builders::PutObjectFluentBuilder,
    presigning::{PresignedRequest, PresigningConfig},
    primitives::DateTime,
};

use super::{
    S3Store,
    answer::length,
    error::store_error,
    multipart::with_checksum,
    objects::{expires, if_match, if_none_match},
};
use crate::platform::{
    clock::{Clock, SystemClock},
    object_store::{GetAnswer, PartToPresign, Presigned, PutToSign, StoreError},
};

/// Signs, and does nothing else.
#[derive(Clone, Debug)]
pub(super) struct Presigner {
    client: Client,
    expiries: Expiries,
}

/// When credentials expire, by their access key. Those of a role live for about an hour, and every URL that they signed
/// expires with them.
#[derive(Clone, Debug, Default)]
pub(super) struct Expiries(Arc<Mutex<HashMap<String, SystemTime>>>);

/// The most credentials that are remembered. Those of a role come one after the other.
const REMEMBERED: usize = 8;

impl Expiries {
    /// The provider, with every credential that it gives remembered here.
    pub(super) fn of(&self, provider: SharedCredentialsProvider) -> SharedCredentialsProvider {
        SharedCredentialsProvider::new(Remembering {
            provider,
            expiries: self.clone(),
        })
    }

    fn remember(&self, access_key: &str, end: SystemTime) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(access_key.to_owned(), end);
        if known.len() > REMEMBERED {
            let oldest = known
                .iter()
                .min_by_key(|(_, end)| **end)
                .map(|(key, _)| key.clone());
            oldest.map(|key| known.remove(&key));
        }
    }

    /// How long the credentials live that signed this URL; `None` where they do not end.
    fn rest(&self, url: &str) -> Option<Duration> {
        let credential = url.split_once("X-Amz-Credential=")?.1;
        let access_key = credential.split(['%', '/', '&']).next()?;
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let end = known.get(access_key)?;
        let now = SystemTime::from(SystemClock.now());
        Some(end.duration_since(now).unwrap_or_default())
    }
}

#[derive(Debug)]
struct Remembering {
    provider: SharedCredentialsProvider,
    expiries: Expiries,
}

impl ProvideCredentials for Remembering {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let credentials = self.provider.provide_credentials().await?;
            if let Some(end) = credentials.expiry() {
                self.expiries.remember(credentials.access_key_id(), end);
            }
            Ok(credentials)
        })
    }
}

impl Presigner {
    pub(super) fn new(client: Client, expiries: Expiries) -> Self {
        Self { client, expiries }
    }

    /// The same by a client that is made of this one's.
    pub(super) fn by(&self, client: impl FnOnce(&Client) -> Client) -> Self {
        Self {
            client: client(&self.client),
            expiries: self.expiries.clone(),
        }
    }

    /// Signs, and signs again for less time where the credentials expire before the URL would.
    async fn signed<F, E>(
        &self,
        lifetime: Duration,
        sign: impl Fn(PresigningConfig) -> F,
    ) -> Result<Presigned, StoreError>
    where
        F: Future<Output = Result<PresignedRequest, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let expiring = |lifetime: Duration| {
            PresigningConfig::expires_in(lifetime).map_err(|error| StoreError::Unexpected(error.to_string()))
        };
        let request = sign(expiring(lifetime)?).await.map_err(store_error)?;
        let rest = match self.expiries.rest(request.uri()) {
            Some(rest) if rest < lifetime => Duration::from_secs(rest.as_secs()),
            _ => return Ok(presigned(&request, lifetime)),
        };
        if rest.is_zero() {
            return Err(StoreError::Unavailable(
                "the credentials have just ended".to_owned(),
            ));
        }
        let request = sign(expiring(rest)?).await.map_err(store_error)?;
        Ok(presigned(&request, rest))
    }
}

impl S3Store {
    /// A URL that reads one object (or version) and is answered with exactly this type and disposition.
    #[tracing::instrument(level = "debug", name = "s3.presign_get", skip_all, fields(%bucket))]
    pub async fn presign_get(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        answer: GetAnswer<'_>,
        lifetime: Duration,
    ) -> Result<Presigned, StoreError> {
        let request = || {
            self.presigner
                .client
                .get_object()
                .bucket(bucket.as_str())
                .key(key.as_str())
                .set_version_id(answer.version.map(str::to_owned))
                .response_content_type(answer.content_type)
                .response_content_disposition(answer.content_disposition)
                .set_response_content_encoding(answer.content_encoding.map(str::to_owned))
                .set_response_content_language(answer.content_language.map(str::to_owned))
                // Every URL is new to a cache, so an answer in the cache would never be used again.
                .response_cache_control("private, no-cache")
                .response_expires(DateTime::from_secs(0))
        };
        self.presigner
            .signed(lifetime, |config| request().presigned(config))
            .await
    }

    /// A URL that writes one object of exactly `size` bytes, with exactly the headers that come with it.
    #[tracing::instrument(level = "debug", name = "s3.presign_put", skip_all, fields(%bucket))]
    pub async fn presign_put(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        put: PutToSign<'_>,
        lifetime: Duration,
    ) -> Result<Presigned, StoreError> {
        let length = length(put.size)?;
        let request = || {
            let request = self
                .presigner
                .client
                .put_object()
                .bucket(bucket.as_str())
                .key(key.as_str())
                .content_length(length)
                .set_content_type(put.headers.content_type.clone())
                .set_content_encoding(put.headers.content_encoding.clone())
                .set_content_language(put.headers.content_language.clone())
                .set_content_disposition(put.headers.content_disposition.clone())
                .set_cache_control(put.headers.cache_control.clone())
                .set_expires(expires(put.headers))
                .set_metadata(Some(put.headers.metadata.clone().into_iter().collect()))
                .set_if_none_match(if_none_match(put.precondition))
                .set_if_match(if_match(put.precondition));
            match put.checksum {
                Some(checksum) => put_with_checksum(request, checksum),
                None => request,
            }
        };
        self.presigner
            .signed(lifetime, |config| request().presigned(config))
            .await
    }

    /// A URL that writes one part of exactly `size` bytes.
    #[tracing::instrument(level = "debug", name = "s3.presign_part", skip_all, fields(%bucket, part = part.part_number))]
    pub async fn presign_part(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        part: PartToPresign<'_>,
        lifetime: Duration,
    ) -> Result<Presigned, StoreError> {
        let length = length(part.size)?;
        let request = || {
            let request = self
                .presigner
                .client
                .upload_part()
                .bucket(bucket.as_str())
                .key(key.as_str())
                .upload_id(part.upload_id)
                .part_number(part.part_number.into())
                .content_length(length);
            with_checksum(request, part.checksum)
        };
        self.presigner
            .signed(lifetime, |config| request().presigned(config))
            .await
    }
}

fn put_with_checksum(request: PutObjectFluentBuilder, checksum: &Checksum) -> PutObjectFluentBuilder {
    match checksum.algorithm {
        ChecksumAlgorithm::Crc32 => request.checksum_crc32(&checksum.value),
        ChecksumAlgorithm::Crc32C => request.checksum_crc32_c(&checksum.value),
        ChecksumAlgorithm::Crc64Nvme => request.checksum_crc64_nvme(&checksum.value),
        ChecksumAlgorithm::Sha1 => request.checksum_sha1(&checksum.value),
        ChecksumAlgorithm::Sha256 => request.checksum_sha256(&checksum.value),
    }
}

fn presigned(request: &PresignedRequest, lifetime: Duration) -> Presigned {
    Presigned {
        url: request.uri().to_owned(),
        headers: request
            .headers()
            .filter(|(name, _)| !matches!(*name, "host" | "content-length"))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        lifetime,
    }
}

#[cfg(test)]
mod tests {
    use app::contract::KeyRoot;
    use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};

    use super::{
        super::{Encodings, regions::Regions},
        *,
    };

    fn store(credentials_live: Option<Duration>) -> S3Store {
        let end = credentials_live.map(|rest| SystemTime::from(SystemClock.now()) + rest);
        let credentials = Credentials::new("ASIAROLE", "secret", Some("token".to_owned()), end, "test");
        let expiries = Expiries::default();
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(expiries.of(SharedCredentialsProvider::new(credentials)));
        let client = Client::from_conf(config.build());
        S3Store {
            client: client.clone(),
            presigner: Presigner::new(client, expiries),
            encodings: Encodings::default(),
            conditional_writes: Arc::default(),
            lists_in_order: Arc::default(),
            unsupported: super::super::Unsupported::default(),
            tried_in: None,
            regions: Regions::default(),
        }
    }

    /// The lifetimes that the answer and its URL claim.
    async fn claimed(store: &S3Store, asked: u64) -> (u64, u64) {
        let key = KeyRoot::whole_bucket().key("a").unwrap();
        let answer = GetAnswer {
            version: None,
            content_type: "text/plain",
            content_disposition: "attachment",
            content_encoding: None,
            content_language: None,
        };
        let bucket = "forepeak".parse().unwrap();
        let signed = store
            .presign_get(&bucket, &key, answer, Duration::from_secs(asked))
            .await
            .unwrap();
        let in_url = signed.url.split_once("X-Amz-Expires=").unwrap().1;
        let in_url = in_url.split('&').next().unwrap().parse().unwrap();
        (signed.lifetime.as_secs(), in_url)
    }

    #[tokio::test]
    async fn security_24_no_url_claims_to_outlive_the_credentials_that_signed_it() {
        assert_eq!(claimed(&store(None), 3600).await, (3600, 3600));
        let role = store(Some(Duration::from_secs(1000)));
        assert_eq!(claimed(&role, 60).await, (60, 60));
        let (beside, in_url) = claimed(&role, 43_200).await;
        assert!((990..=1000).contains(&beside), "{beside}");
        assert_eq!(beside, in_url);
    }

    #[test]
    fn old_credentials_are_forgotten() {
        let expiries = Expiries::default();
        let now = SystemTime::from(SystemClock.now());
        for n in 0..100 {
            expiries.remember(&format!("KEY{n}"), now + Duration::from_secs(100 + n));
        }
        let rest = |key: &str| expiries.rest(&format!("https://s3/b/k?X-Amz-Credential={key}%2F1"));
        assert_eq!(rest("KEY0"), None);
        assert!(rest("KEY99").is_some());
        assert_eq!(expiries.0.lock().unwrap().len(), REMEMBERED);
    }
}
