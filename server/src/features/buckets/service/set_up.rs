//! What a new bucket is given: versions, rules for our pages, a rule for what is left lying.

use super::{Buckets, Located};
use crate::{features::buckets::error::BucketError, platform::object_store::StoreError};

impl Buckets {
    /// Can be repeated. Answers what storage does not do, in words.
    ///
    /// # Errors
    /// While storage is away: what it could do would stay undone.
    pub(super) async fn set_up(&self, bucket: &Located) -> Result<Vec<String>, BucketError> {
        let Located { store, name } = bucket;
        let mut warnings = Vec::new();
        let versions = store.enable_versioning(name).await;
        if is_refused(versions.map(|()| true))? {
            warnings.push(
                "Storage keeps no versions here: what is deleted or replaced in this bucket is gone."
                    .to_owned(),
            );
        }
        if !self.origins.is_empty()
            && is_refused(store.allow_origins(name, &self.origins).await.map(|()| true))?
        {
            warnings.push(
                "Storage does not let this server allow its pages: files in this bucket cannot be uploaded or shown in \
                 the browser until its CORS rules name them."
                    .to_owned(),
            );
        }
        // Old versions are removed by the program itself: a rule would stay as it is when the configuration changes.
        if is_refused(store.keep_lifecycle(name, &[""], None).await)? {
            warnings.push(
                "Storage takes no rules for what grows old: this server removes unfinished uploads itself."
                    .to_owned(),
            );
        }
        Ok(warnings)
    }
}

/// Whether storage does not do it, now and later.
fn is_refused(done: Result<bool, StoreError>) -> Result<bool, StoreError> {
    match done {
        Ok(is_done) => Ok(!is_done),
        Err(error @ StoreError::Unavailable(_)) => Err(error),
        Err(error) => {
            tracing::warn!(%error, "a new bucket could not be set up in full");
            Ok(true)
        }
    }
}
