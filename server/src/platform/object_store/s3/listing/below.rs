//! The versions of all objects under a prefix, from any one of them on.

use app::contract::{BucketName, UserPrefix};

use super::{super::S3Store, by_folder::Walk, page::Asked};
use crate::platform::object_store::{StoreError, VersionMarker, VersionsBelow};

impl S3Store {
    /// Versions, delete markers among them, behind `after`, in the order of their keys. One request asks for `limit`
    /// (1–1000) of them. Where storage passes names over from page to page, several requests are put together, and a page may
    /// hold more.
    ///
    /// Storage answers versions and delete markers in two lists. Of one key they are put together by their dates, to the
    /// fraction that storage tells. At the same moment a delete marker counts as the older one unless storage says that it
    /// is the latest: what may have been there is shown rather than hidden.
    #[tracing::instrument(level = "debug", name = "s3.list_versions_below", skip_all, fields(%bucket, limit))]
    pub async fn list_versions_below(
        &self,
        bucket: &BucketName,
        prefix: &UserPrefix,
        after: Option<&VersionMarker>,
        limit: u16,
    ) -> Result<VersionsBelow, StoreError> {
        // Of a page that begins at the beginning and is the last one nothing is left out anywhere.
        if after.is_some() && !self.lists_in_order(bucket).await {
            return Walk::new(self, bucket, limit).below(prefix, after).await;
        }
        let asked = Asked {
            prefix: prefix.as_str(),
            folders: false,
            after,
            limit,
        };
        let page = self.versions_page(bucket, asked).await?;
        if page.next.is_some() && !self.lists_in_order(bucket).await {
            return Walk::new(self, bucket, limit).below(prefix, after).await;
        }
        Ok(VersionsBelow {
            versions: page.versions,
            next: page.next,
        })
    }
}
