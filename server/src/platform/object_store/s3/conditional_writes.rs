//! Which conditions on writes a server holds to. Servers do not tell, so it is tried on an object that belongs to
//! nobody, and that is removed afterwards.

use app::contract::BucketName;
use aws_sdk_s3::{Client, primitives::ByteStream};

use super::error::store_error;
use crate::platform::{
    object_store::{ConditionalWrites, StoreError},
    rng::{Rng, SystemRng},
};

/// A key outside every user's prefix, and within reach of credentials that reach all users.
const NOBODY: &str = "users/00000000-0000-0000-0000-000000000000";

/// Whether a write whose condition does not hold is refused.
///
/// # Errors
/// [`StoreError`] when that could not be found out.
pub(super) async fn probe(client: &Client, bucket: &BucketName) -> Result<ConditionalWrites, StoreError> {
    let mut attempt = Attempt {
        client,
        bucket,
        key: format!("{NOBODY}/conditions-{}", SystemRng.uuid()),
        written: Vec::new(),
    };
    let found = attempt.try_all().await;
    attempt.clean_up().await;
    if let Ok(found) = &found {
        tracing::debug!(%bucket, ?found, "which conditions on writes storage holds to");
    }
    found
}

struct Attempt<'a> {
    client: &'a Client,
    bucket: &'a BucketName,
    key: String,
    /// The versions that the attempt has written, where the bucket keeps them.
    written: Vec<Option<String>>,
}

impl Attempt<'_> {
    async fn try_all(&mut self) -> Result<ConditionalWrites, StoreError> {
        // So that something is in the way of those that follow.
        self.is_refused(None, None).await?;
        Ok(ConditionalWrites {
            if_none_match: self.is_refused(Some("*"), None).await?,
            if_match: self
                .is_refused(None, Some("\"00000000000000000000000000000000\""))
                .await?,
        })
    }

    async fn is_refused(
        &mut self,
        if_none_match: Option<&str>,
        if_match: Option<&str>,
    ) -> Result<bool, StoreError> {
        let written = self
            .client
            .put_object()
            .bucket(self.bucket.as_str())
            .key(&self.key)
            .set_if_none_match(if_none_match.map(str::to_owned))
            .set_if_match(if_match.map(str::to_owned))
            .body(ByteStream::from_static(b""))
            .send()
            .await;
        match written.map_err(store_error) {
            Ok(written) => {
                self.written.push(written.version_id);
                Ok(false)
            }
            Err(StoreError::PreconditionFailed) => Ok(true),
            // Refused for the condition itself, which makes it useless as well.
            Err(StoreError::Unsupported(_) | StoreError::Refused { .. })
                if if_none_match.is_some() || if_match.is_some() =>
            {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    async fn clean_up(self) {
        for version in self.written {
            let deleted = self
                .client
                .delete_object()
                .bucket(self.bucket.as_str())
                .key(&self.key)
                .set_version_id(version)
                .send()
                .await;
            if let Err(error) = deleted.map_err(store_error) {
                tracing::warn!(key = self.key, %error, "an empty object stays behind after a look at what storage can do");
            }
        }
    }
}
