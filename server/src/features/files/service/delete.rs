//! Deleting: one object, one version for good, or many objects.

use std::collections::BTreeSet;

use app::features::files::types::{DeleteError, DeleteObjectsRequest, DeleteObjectsResponse, ObjectRef};

use super::Files;
use crate::features::{auth::principal::Principal, files::error::FileError};

/// What S3 deletes in one request.
const MAX_KEYS: usize = 1000;

impl Files {
    /// # Errors
    /// [`FileError::NotFound`] when there is no such object, or no such version.
    pub async fn delete(&self, who: &Principal, named: &ObjectRef) -> Result<(), FileError> {
        let place = self.place(who, named.bucket.as_ref())?;
        let key = place.key("key", &named.key)?;
        let version = named.version_id.as_deref();
        self.store
            .head(&place.bucket, &key, version)
            .await?
            .ok_or(FileError::NotFound)?;
        self.store.delete(&place.bucket, &key, version).await?;
        Ok(())
    }

    /// Deletes all of them or, when one key is refused, none. Keys that are not there count as deleted.
    ///
    /// # Errors
    /// [`FileError`]; what storage would not delete is part of the answer instead.
    pub async fn delete_many(
        &self,
        who: &Principal,
        request: &DeleteObjectsRequest,
    ) -> Result<DeleteObjectsResponse, FileError> {
        if request.keys.is_empty() || request.keys.len() > MAX_KEYS {
            return Err(FileError::invalid(
                "keys",
                format!("must hold between 1 and {MAX_KEYS} keys"),
            ));
        }
        let place = self.place(who, request.bucket.as_ref())?;
        let mut keys = Vec::with_capacity(request.keys.len());
        let mut seen = BTreeSet::new();
        for (index, raw) in request.keys.iter().enumerate() {
            let key = place.key(&format!("keys[{index}]"), raw)?;
            if seen.insert(raw.as_str()) {
                keys.push(key);
            }
        }
        let failures = self.store.delete_many(&place.bucket, &keys).await?;
        let failed: BTreeSet<&str> = failures.iter().map(|failure| failure.key.as_str()).collect();
        Ok(DeleteObjectsResponse {
            deleted: keys
                .iter()
                .filter(|key| !failed.contains(key.as_str()))
                .map(|key| key.as_str().to_owned())
                .collect(),
            errors: failures
                .iter()
                .map(|failure| DeleteError {
                    key: failure.key.clone(),
                    message: reason(&failure.code).to_owned(),
                })
                .collect(),
        })
    }
}

/// Storage's code in words; its own words may tell more than the caller should know.
fn reason(code: &str) -> &'static str {
    match code {
        "AccessDenied" => "Storage does not allow this object to be deleted",
        "SlowDown" | "ServiceUnavailable" | "InternalError" => "Storage is busy; try again",
        _ => "Storage could not delete this object",
    }
}
