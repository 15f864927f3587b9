//! Bytes in and out: presigned downloads, and the routes made for scripts that stream through the server.

use std::time::Duration;

use app::{
    contract::{BucketName, Disposition, UserKey},
    features::{
        files::types::{DownloadRequest, DownloadResponse, ObjectRef},
        uploads::types::UploadedResponse,
    },
};

use super::{Files, existing, version_of};
use crate::{
    features::{
        auth::principal::Principal,
        files::error::FileError,
        quota::Change,
        scopes::{Access, Scope},
    },
    http::{
        conditional::{Conditions, Validators, Verdict, single_etag},
        file_form::FileForm,
        serving::{ServedAs, guessed_content_type, is_media_type},
    },
    platform::object_store::{
        GetAnswer, GetRequest, ObjectBytes, ObjectHead, ObjectHeaders, Precondition, StoreError,
    },
};

/// The longest that a download URL may be asked to live: twelve hours.
const MAX_DOWNLOAD_SECONDS: u32 = 12 * 3600;

/// What is to be read, and on what conditions.
#[derive(Clone, Copy)]
pub struct OpenRequest<'a> {
    pub named: &'a ObjectRef,
    /// As in the `Range` header.
    pub range: Option<&'a str>,
    pub conditions: &'a Conditions,
}

/// What a reader is answered.
pub enum OpenedObject {
    /// What the reader has is what is there.
    NotModified(Box<ObjectHead>),
    Opened(Box<Opened>),
}

/// An object opened for reading through the server.
pub struct Opened {
    pub bytes: ObjectBytes,
    pub served: ServedAs,
}

impl Files {
    /// A URL from which a browser reads one object straight out of storage.
    ///
    /// # Errors
    /// [`FileError::NotFound`] rather than a URL that would lead nowhere.
    #[tracing::instrument(level = "debug", name = "files.download", skip_all, fields(user = %who.user_id))]
    pub async fn download(
        &self,
        who: &Principal,
        request: &DownloadRequest,
    ) -> Result<DownloadResponse, FileError> {
        let scope = self.scope(who, request.bucket.as_ref()).await?;
        let key = scope.key("key", &request.key, Access::READ)?;
        let lifetime = match request.expires_in {
            None => self.download_lifetime,
            Some(seconds @ 1..=MAX_DOWNLOAD_SECONDS) => Duration::from_secs(seconds.into()),
            Some(_) => {
                return Err(FileError::invalid(
                    "expires_in",
                    format!("must be between 1 and {MAX_DOWNLOAD_SECONDS} seconds"),
                ));
            }
        };
        let version = version_of(request.version_id.as_deref())?;
        let head = existing(&scope, &key, version).await?;
        let served = ServedAs::new(head.headers.content_type.as_deref(), &key, request.disposition);
        let answer = GetAnswer {
            version,
            content_type: &served.content_type,
            content_disposition: &served.content_disposition,
            content_encoding: head.headers.content_encoding.as_deref(),
            content_language: head.headers.content_language.as_deref(),
        };
        let signed = scope
            .store
            .presign_get(&scope.bucket, &key, answer, lifetime)
            .await?;
        Ok(DownloadResponse {
            url: signed.url,
            expires_in: u32::try_from(signed.lifetime.as_secs()).unwrap_or(MAX_DOWNLOAD_SECONDS),
        })
    }

    /// Opens an object to be streamed as an attachment.
    ///
    /// # Errors
    /// [`FileError`]
    #[tracing::instrument(level = "debug", name = "files.open", skip_all, fields(user = %who.user_id))]
    pub async fn open(&self, who: &Principal, request: OpenRequest<'_>) -> Result<OpenedObject, FileError> {
        let scope = self.scope(who, request.named.bucket.as_ref()).await?;
        let key = scope.key("key", &request.named.key, Access::READ)?;
        let version = version_of(request.named.version_id.as_deref())?;
        let mut range = request.range;
        // Without conditions nothing needs to be known before the bytes come.
        if !request.conditions.is_empty() {
            let head = existing(&scope, &key, version).await?;
            let there = Validators {
                etag: &head.etag,
                last_modified: head.last_modified.map(Into::into),
            };
            match request.conditions.judge(there) {
                Verdict::NotModified => return Ok(OpenedObject::NotModified(Box::new(head))),
                Verdict::PreconditionFailed => return Err(FileError::Changed),
                Verdict::Proceed { range_holds } => range = range.filter(|_| range_holds),
            }
        }
        let wanted = GetRequest {
            version,
            range,
            if_match: None,
        };
        let got = scope.store.get(&scope.bucket, &key, wanted).await;
        let bytes = match got {
            Err(StoreError::RangeNotSatisfiable) => {
                let head = existing(&scope, &key, version).await?;
                return Err(FileError::Range { size: head.size });
            }
            got => got?,
        };
        let stored = bytes.head.headers.content_type.as_deref();
        Ok(OpenedObject::Opened(Box::new(Opened {
            served: ServedAs::new(stored, &key, Disposition::Attachment),
            bytes,
        })))
    }

    /// Stores what came in a form, writing over what was there; with `if_match` only over the object of that ETag.
    ///
    /// # Errors
    /// [`FileError`]; nothing is left in storage then.
    #[tracing::instrument(level = "debug", name = "files.upload", skip_all, fields(user = %who.user_id))]
    pub async fn upload(&self, who: &Principal, form: &FileForm) -> Result<UploadedResponse, FileError> {
        let bucket = match form.optional("bucket").map(str::parse::<BucketName>).transpose() {
            Ok(bucket) => bucket,
            Err(error) => return Err(FileError::invalid("bucket", error.to_string())),
        };
        self.upload_to(who, bucket.as_ref(), form.required("key")?, form)
            .await
    }

    /// The same where bucket and key come from elsewhere.
    ///
    /// # Errors
    /// [`FileError`]; nothing is left in storage then.
    #[tracing::instrument(level = "debug", name = "files.upload_to", skip_all, fields(user = %who.user_id))]
    pub async fn upload_to(
        &self,
        who: &Principal,
        bucket: Option<&BucketName>,
        key: &str,
        form: &FileForm,
    ) -> Result<UploadedResponse, FileError> {
        let scope = self.scope(who, bucket).await?;
        let key = scope.key("key", key, Access::WRITE)?;
        if key.is_folder_marker() {
            return Err(FileError::invalid(
                "key",
                "must not end in `/`: that names a folder",
            ));
        }
        let precondition = match form.optional("if_match") {
            None => Precondition::None,
            Some(etag) => replacing(&scope, &key, etag).await?,
        };
        let headers = ObjectHeaders {
            content_type: Some(content_type(form, &key)?),
            ..ObjectHeaders::default()
        };
        let size = form.payload.len();
        let freed = self.freed_at(&scope, &key).await?;
        let holder = scope.holder(key.as_str());
        let reservation = self.quotas.reserve(holder, size.saturating_sub(freed)).await?;
        let written = scope
            .store
            .put(&scope.bucket, &key, &headers, &form.payload, &precondition)
            .await;
        let change = Change { added: size, freed };
        self.quotas.settle_write(reservation, &written, change).await;
        let written = match written {
            // S3 answers 404 to a condition on an object that does not exist.
            Err(StoreError::PreconditionFailed | StoreError::NotFound)
                if precondition != Precondition::None =>
            {
                return Err(FileError::Changed);
            }
            written => written?,
        };
        Ok(UploadedResponse {
            key: key.as_str().to_owned(),
            etag: written.etag,
            version_id: written.version_id,
            message: "File uploaded successfully".to_owned(),
        })
    }
}

impl Files {
    /// The bytes that become free when something is written there.
    async fn freed_at(&self, scope: &Scope, key: &UserKey) -> Result<u64, FileError> {
        let Scope { store, bucket, .. } = scope;
        if store.keeps_versions(bucket).await? {
            return Ok(0);
        }
        Ok(store.head(bucket, key, None).await?.map_or(0, |there| there.size))
    }
}

/// The condition that the object still has this ETag. Where storage ignores conditions, the look-up here is all there
/// is.
async fn replacing(scope: &Scope, key: &UserKey, etag: &str) -> Result<Precondition, FileError> {
    let Scope { store, bucket, .. } = scope;
    let etag = single_etag(etag)
        .ok_or_else(|| FileError::invalid("if_match", "must be one ETag, with or without its quotes"))?;
    if store.conditional_writes(bucket).await.if_match {
        return Ok(Precondition::Matches(etag.to_owned()));
    }
    match store.head(bucket, key, None).await? {
        Some(there) if there.etag == etag => Ok(Precondition::None),
        _ => Err(FileError::Changed),
    }
}

/// The content type that the client declared for the file, or the usual one of its name's ending.
fn content_type(form: &FileForm, key: &UserKey) -> Result<String, FileError> {
    match form.content_type.as_deref() {
        None | Some("application/octet-stream") => Ok(guessed_content_type(key)),
        Some(declared) if is_media_type(declared) => Ok(declared.to_owned()),
        Some(_) => Err(FileError::invalid(
            "file",
            "must have a media type such as text/plain",
        )),
    }
}
