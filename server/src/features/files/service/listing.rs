//! Pages of objects and of one object's versions.

use app::{
    contract::{Timestamp, key::name_of},
    features::files::types::{ListQuery, ObjectEntry, ObjectPage, ObjectVersion, VersionsQuery},
};

use super::Files;
use crate::{
    features::{auth::principal::Principal, files::error::FileError, scopes::Access},
    platform::object_store::{ListRequest, ListedObject},
};

impl Files {
    /// One page of a folder, or of all keys below it. The object that only marks the folder itself is left out of
    /// its own listing.
    ///
    /// # Errors
    /// [`FileError`].
    #[tracing::instrument(level = "debug", name = "files.list", skip_all, fields(user = %who.user_id))]
    pub async fn list(&self, who: &Principal, query: &ListQuery) -> Result<ObjectPage, FileError> {
        let scope = self.scope(who, query.bucket.as_ref()).await?;
        let prefix = scope.prefix("prefix", query.prefix.as_deref(), Access::LIST)?;
        let recursive = query.recursive.unwrap_or_default();
        let caller = who.user_id.to_string();
        let bound = [
            if recursive { "list all" } else { "list" },
            &caller,
            scope.bucket.as_str(),
            prefix.as_str(),
        ];
        let token = query
            .continuation_token
            .as_deref()
            .map(|token| self.cursors.open(&bound, token))
            .transpose()?;
        let page = scope
            .store
            .list(
                &scope.bucket,
                ListRequest {
                    prefix: &prefix,
                    folders: !recursive,
                    token: token.as_deref(),
                    limit: query.max_keys.unwrap_or_default().get(),
                },
            )
            .await?;
        let mut objects: Vec<ObjectEntry> = page
            .objects
            .into_iter()
            .filter(|object| recursive || object.key != prefix.as_str())
            .map(entry)
            .chain(page.folders.into_iter().map(folder))
            .collect();
        objects.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        Ok(ObjectPage {
            objects,
            prefix: prefix.as_str().to_owned(),
            has_more: page.next.is_some(),
            continuation_token: page.next.map(|next| self.cursors.seal(&bound, &next)),
        })
    }

    /// A page of the versions of one object, newest first, and the token of the next page.
    ///
    /// # Errors
    /// [`FileError::NotFound`] when there is no version at all.
    #[tracing::instrument(level = "debug", name = "files.versions", skip_all, fields(user = %who.user_id))]
    pub async fn versions(
        &self,
        who: &Principal,
        query: &VersionsQuery,
    ) -> Result<(Vec<ObjectVersion>, Option<String>), FileError> {
        let scope = self.scope(who, query.bucket.as_ref()).await?;
        let key = scope.key("key", &query.key, Access::READ)?;
        let caller = who.user_id.to_string();
        let bound = ["versions", &caller, scope.bucket.as_str(), key.as_str()];
        let after = query
            .continuation_token
            .as_deref()
            .map(|token| self.cursors.open(&bound, token))
            .transpose()?;
        let page = scope
            .store
            .list_versions(
                &scope.bucket,
                &key.clone().into(),
                after.as_deref(),
                query.max_keys.unwrap_or_default().get(),
            )
            .await?;
        if page.versions.is_empty() && after.is_none() {
            return Err(FileError::NotFound);
        }
        let versions = page
            .versions
            .into_iter()
            .map(|version| ObjectVersion {
                key: key.as_str().to_owned(),
                version_id: version.version_id,
                is_latest: version.is_latest,
                last_modified: version.last_modified.unwrap_or_else(epoch),
                size: version.size,
                etag: version.etag,
                is_delete_marker: version.is_delete_marker,
            })
            .collect();
        Ok((versions, page.next.map(|next| self.cursors.seal(&bound, &next))))
    }
}

/// Storage dates every version; one that does not is older than all others.
fn epoch() -> Timestamp {
    time::OffsetDateTime::UNIX_EPOCH.into()
}

pub(super) fn entry(object: ListedObject) -> ObjectEntry {
    ObjectEntry {
        is_folder: name_of(&object.key).ends_with('/'),
        key: object.key,
        size: object.size,
        last_modified: object.last_modified,
        etag: object.etag,
        storage_class: object.storage_class,
    }
}

/// A folder that no object stands for.
pub(super) fn folder(prefix: String) -> ObjectEntry {
    ObjectEntry {
        key: prefix,
        size: 0,
        last_modified: None,
        etag: String::new(),
        storage_class: String::new(),
        is_folder: true,
    }
}
