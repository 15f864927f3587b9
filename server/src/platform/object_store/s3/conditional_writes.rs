//! Which conditions on writes a server holds to. Servers do not tell, so it is tried on an object that belongs to
//! nobody, and that is removed afterwards.

use app::contract::BucketName;
use aws_sdk_s3::{
    Client,
    error::BuildError,
    primitives::ByteStream,
    types::{Delete, MetadataDirective, ObjectIdentifier},
};

use super::{S3Store, error::store_error};
use crate::platform::{
    object_store::{ConditionalWrites, StoreError},
    rng::{Rng, SystemRng},
};

/// An ETag that the object does not have.
const ANOTHER: &str = "\"00000000000000000000000000000000\"";
/// A key outside every user's prefix, and within reach of credentials that reach all users.
pub(super) const NOBODY: &str = "users/00000000-0000-0000-0000-000000000000";

impl S3Store {
    /// Which conditions on writes storage holds to. Found out once, and remembered.
    #[tracing::instrument(level = "debug", name = "s3.conditional_writes", skip_all, fields(%bucket))]
    pub async fn conditional_writes(&self, bucket: &BucketName) -> ConditionalWrites {
        let probed = self
            .conditional_writes
            .get_or_try_init(|| {
                let (client, bucket) = self.trying_in(bucket);
                probe(client, bucket)
            })
            .await;
        match probed {
            Ok(found) => *found,
            Err(error) => {
                tracing::warn!(%bucket, %error, "it is not known whether storage holds to conditions on writes");
                ConditionalWrites::default()
            }
        }
    }
}

/// Whether a write whose condition does not hold is refused.
async fn probe(client: &Client, bucket: &BucketName) -> Result<ConditionalWrites, StoreError> {
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
        let if_none_match = self.is_refused(Some("*"), None).await?;
        let if_match = self.is_refused(None, Some(ANOTHER)).await?;
        Ok(ConditionalWrites {
            if_none_match,
            if_match,
            copy: if_none_match
                && if_match
                && self.is_copy_refused(Some("*"), None).await?
                && self.is_copy_refused(None, Some(ANOTHER)).await?,
            delete: if_match && self.is_deletion_refused().await?,
        })
    }

    /// The object copied onto itself.
    async fn is_copy_refused(
        &mut self,
        if_none_match: Option<&str>,
        if_match: Option<&str>,
    ) -> Result<bool, StoreError> {
        let copied = self
            .client
            .copy_object()
            .copy_source(format!("{}/{}", self.bucket, self.key))
            // Without a change it would be refused for that.
            .metadata_directive(MetadataDirective::Replace)
            .bucket(self.bucket.as_str())
            .key(&self.key)
            .set_if_none_match(if_none_match.map(str::to_owned))
            .set_if_match(if_match.map(str::to_owned))
            .send()
            .await;
        self.refused(copied.map(|copied| copied.version_id).map_err(store_error))
    }

    async fn is_deletion_refused(&mut self) -> Result<bool, StoreError> {
        let unexpected = |error: BuildError| StoreError::Unexpected(error.to_string());
        let object = ObjectIdentifier::builder().key(&self.key).e_tag(ANOTHER);
        let delete = Delete::builder()
            .objects(object.build().map_err(unexpected)?)
            .build()
            .map_err(unexpected)?;
        let deleted = self
            .client
            .delete_objects()
            .bucket(self.bucket.as_str())
            .delete(delete)
            .send()
            .await;
        match deleted.map_err(store_error) {
            Ok(answer) if !answer.errors().is_empty() => Ok(true),
            Ok(answer) => {
                let mut done = answer.deleted.unwrap_or_default().into_iter();
                self.written
                    .push(done.next().and_then(|done| done.delete_marker_version_id));
                Ok(false)
            }
            Err(error) => self.refused(Err(error)),
        }
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
        let is_conditional = if_none_match.is_some() || if_match.is_some();
        match written.map_err(store_error) {
            Err(error) if !is_conditional => Err(error),
            written => self.refused(written.map(|written| written.version_id)),
        }
    }

    fn refused(&mut self, written: Result<Option<String>, StoreError>) -> Result<bool, StoreError> {
        match written {
            Ok(version) => {
                self.written.push(version);
                Ok(false)
            }
            Err(StoreError::PreconditionFailed) => Ok(true),
            // Refused for the condition itself, which makes it useless as well.
            Err(StoreError::Unsupported(_) | StoreError::Refused { .. }) => Ok(false),
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
