//! What is stored beside an object's bytes, read and changed without a new upload.

use std::collections::BTreeMap;

use app::{
    contract::UserKey,
    features::files::{
        types::ObjectRef,
        types_history::CurrentObject,
        types_stored::{MetadataChange, ObjectTags},
    },
};

use super::{Files, existing, freed_by_replacing, unchanged, version_of};
use crate::{
    features::{
        auth::principal::Principal,
        files::{error::FileError, in_parts::InParts},
        quota::Change,
        scopes::{Access, Scope},
    },
    http::stored_headers::{MAX_METADATA_BYTES, check_headers},
    platform::object_store::{
        CopySource, ObjectHead, ObjectHeaders, Precondition, Replacement, StoreError, UPLOAD_MARK, Written,
    },
};

/// S3's limits on tags (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>). Lengths are of
/// UTF-16, as the console counts them.
const MAX_TAGS: usize = 10;
const MAX_TAG_KEY: usize = 128;
const MAX_TAG_VALUE: usize = 256;

impl Files {
    /// The tags of an object, or of one version.
    ///
    /// # Errors
    /// [`FileError`].
    #[tracing::instrument(level = "debug", name = "files.tags", skip_all, fields(user = %who.user_id))]
    pub async fn tags(&self, who: &Principal, named: &ObjectRef) -> Result<ObjectTags, FileError> {
        let scope = self.scope(who, named.bucket.as_ref()).await?;
        let key = scope.key("key", &named.key, Access::READ)?;
        let version = version_of(named.version_id.as_deref())?;
        existing(&scope, &key, version).await?;
        let Scope { store, bucket, .. } = &scope;
        Ok(ObjectTags {
            tags: store.tags(bucket, &key, version).await?,
        })
    }

    /// Changes content type, metadata and tags. What is not named stays, and so do the bytes.
    ///
    /// # Errors
    /// [`FileError::Changed`] when the object was written meanwhile: what was written stays as it is.
    #[tracing::instrument(level = "debug", name = "files.change_metadata", skip_all, fields(user = %who.user_id))]
    pub async fn change_metadata(
        &self,
        who: &Principal,
        change: &MetadataChange,
    ) -> Result<CurrentObject, FileError> {
        let scope = self.scope(who, change.bucket.as_ref()).await?;
        let key = scope.key("key", &change.key, Access::WRITE)?;
        check(change)?;
        let head = existing(&scope, &key, None).await?;
        let written = if change.content_type.is_none() && change.metadata.is_none() {
            tag(&scope, &key, &head, change.tags.as_ref()).await?
        } else {
            self.replace(&scope, &key, &head, change).await?
        };
        Ok(CurrentObject {
            key: key.as_str().to_owned(),
            etag: written.etag,
            version_id: written.version_id,
        })
    }

    /// Copies the object onto itself, for S3 changes nothing of an object that is there.
    async fn replace(
        &self,
        scope: &Scope,
        key: &UserKey,
        head: &ObjectHead,
        change: &MetadataChange,
    ) -> Result<Written, FileError> {
        let headers = merged(head, change)?;
        let Scope { store, bucket, .. } = scope;
        let conditions = store.conditional_writes(bucket).await;
        let precondition = if conditions.copy {
            conditions.replacing(Some(head))
        } else {
            // The source's condition holds the bytes; what others wrote since this look is an old version then.
            unchanged(scope, key, head).await?;
            Precondition::None
        };
        let source = CopySource {
            bucket,
            key,
            version: head.version_id.as_deref().filter(|id| *id != "null"),
            etag: &head.etag,
        };
        let is_in_parts = head.size > self.largest_copy;
        let tags = match &change.tags {
            None if is_in_parts => Some(store.tags(bucket, key, source.version).await?),
            tags => tags.clone(),
        };
        let freed = freed_by_replacing(scope, Some(head)).await?;
        let holder = scope.holder(key.as_str());
        let reservation = self.quotas.reserve(holder, head.size - freed).await?;
        let written = if is_in_parts {
            let rewriting = InParts {
                store,
                bucket,
                key,
                headers: &headers,
                tags: &tags.unwrap_or_default(),
                storage_class: head.storage_class.as_deref(),
                largest_part: self.largest_copy,
            };
            rewriting.copy(source, head.size, &precondition).await
        } else {
            let replacement = Replacement {
                headers: &headers,
                storage_class: head.storage_class.as_deref(),
                tags: tags.as_ref(),
            };
            store
                .replace_stored(bucket, key, source, replacement, &precondition)
                .await
        };
        let change = Change {
            added: head.size,
            freed,
        };
        self.quotas.settle_write(reservation, &written, change).await;
        written.map_err(|error| match error {
            StoreError::PreconditionFailed | StoreError::NotFound => FileError::Changed,
            error => error.into(),
        })
    }
}

/// Gives the version that was looked at these tags. One that was written meanwhile keeps its own.
async fn tag(
    scope: &Scope,
    key: &UserKey,
    head: &ObjectHead,
    tags: Option<&BTreeMap<String, String>>,
) -> Result<Written, FileError> {
    let Scope { store, bucket, .. } = scope;
    let version = head.version_id.as_deref();
    if let Some(tags) = tags {
        match store.set_tags(bucket, key, version, tags).await {
            Err(StoreError::NotFound) => return Err(FileError::Changed),
            set => set?,
        }
    }
    unchanged(scope, key, head).await?;
    Ok(Written {
        etag: head.etag.clone(),
        version_id: head.version_id.clone(),
    })
}

fn check(change: &MetadataChange) -> Result<(), FileError> {
    let MetadataChange {
        content_type,
        metadata,
        tags,
        ..
    } = change;
    if content_type.is_none() && metadata.is_none() && tags.is_none() {
        return Err(FileError::invalid(
            "metadata",
            "is missing: name a content_type, metadata or tags to change",
        ));
    }
    let none = BTreeMap::new();
    let metadata = metadata.as_ref().unwrap_or(&none);
    check_headers(content_type.as_deref(), metadata, MAX_METADATA_BYTES).map_err(invalid)?;
    tags.as_ref().map_or(Ok(()), check_tags)
}

fn invalid((field, why): (String, String)) -> FileError {
    FileError::InvalidNamed { field, why }
}

fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), FileError> {
    if tags.len() > MAX_TAGS {
        return Err(FileError::invalid(
            "tags",
            format!("must not be more than {MAX_TAGS}"),
        ));
    }
    let length = |text: &str| text.encode_utf16().count();
    for (key, value) in tags {
        let refused = |why: &str| invalid((format!("tags.{key}"), why.to_owned()));
        if key.is_empty() || length(key) > MAX_TAG_KEY {
            return Err(refused("must have a name of 1 to 128 characters"));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(refused("must not begin with aws:"));
        }
        if length(value) > MAX_TAG_VALUE {
            return Err(refused("must not be longer than 256 characters"));
        }
        if !key.chars().chain(value.chars()).all(is_for_tags) {
            return Err(refused(
                "must hold letters, digits, spaces and + - = . _ : / @ only",
            ));
        }
    }
    Ok(())
}

fn is_for_tags(c: char) -> bool {
    c.is_alphanumeric() || " +-=._:/@".contains(c)
}

/// What the object bears from now on. The mark of its upload stays.
fn merged(head: &ObjectHead, change: &MetadataChange) -> Result<ObjectHeaders, FileError> {
    let mut headers = head.headers.clone();
    if let Some(content_type) = &change.content_type {
        headers.content_type = Some(content_type.clone());
    }
    if let Some(metadata) = &change.metadata {
        let mark = headers.metadata.remove(UPLOAD_MARK);
        let room = MAX_METADATA_BYTES - mark.as_ref().map_or(0, |mark| UPLOAD_MARK.len() + mark.len());
        check_headers(None, metadata, room).map_err(invalid)?;
        headers.metadata.clone_from(metadata);
        headers
            .metadata
            .extend(mark.map(|mark| (UPLOAD_MARK.to_owned(), mark)));
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_those_that_s3_takes() {
        let tags = |pairs: &[(&str, &str)]| {
            let pairs = pairs
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            check_tags(&pairs.collect())
        };
        let long = "x".repeat(257);
        for good in [
            &[][..],
            &[("a", "")],
            &[("Größe 1", "+-=._:/@ é")],
            &[(&long[..128], &long[..256])],
        ] {
            assert!(tags(good).is_ok(), "{good:?}");
        }
        for bad in [
            ("", "x"),
            ("aws:x", "x"),
            ("AWS:x", "x"),
            (&long[..129], "x"),
            ("x", &long),
            ("x", "a\nb"),
            ("x", "\u{1f4be}"),
            ("a&b", "x"),
        ] {
            let error = tags(&[bad]).unwrap_err();
            let FileError::InvalidNamed { field, .. } = error else {
                panic!("{error}")
            };
            assert_eq!(field, format!("tags.{}", bad.0));
        }
        let eleven = (0..11).map(|n| (n.to_string(), String::new())).collect();
        assert!(check_tags(&eleven).is_err());
    }

    #[test]
    fn the_mark_of_an_upload_stays_and_takes_its_room() {
        let marked = |size: usize| {
            let mut head = ObjectHead::default();
            head.headers
                .metadata
                .insert(UPLOAD_MARK.to_owned(), "x".repeat(36));
            head.headers.metadata.insert("old".to_owned(), "1".to_owned());
            head.headers.cache_control = Some("no-store".to_owned());
            let change = MetadataChange {
                key: String::new(),
                content_type: None,
                metadata: Some(BTreeMap::from([("new".to_owned(), "x".repeat(size))])),
                tags: None,
                bucket: None,
            };
            merged(&head, &change)
        };
        let room = MAX_METADATA_BYTES - UPLOAD_MARK.len() - 36 - "new".len();
        let headers = marked(room).unwrap();
        assert_eq!(headers.cache_control.as_deref(), Some("no-store"));
        assert_eq!(
            headers.metadata.keys().map(String::as_str).collect::<Vec<_>>(),
            [UPLOAD_MARK, "new"]
        );
        assert!(
            matches!(marked(room + 1), Err(FileError::InvalidNamed { field, .. }) if field == "metadata")
        );
    }
}
