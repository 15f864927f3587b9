//! Bytes in and out: presigned downloads, and the routes made for scripts that stream through the server.

use std::time::Duration;

use app::{
    contract::{BucketName, UserKey},
    features::{
        files::types::{Disposition, DownloadRequest, DownloadResponse, ObjectRef},
        uploads::types::UploadedResponse,
    },
};

use super::{Files, version_of};
use crate::{
    features::{
        auth::principal::Principal,
        files::{
            error::FileError,
            form::FileForm,
            serving::{ServedAs, guessed_content_type, is_media_type},
        },
    },
    http::conditional::{Conditions, Validators, Verdict, single_etag},
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
    pub async fn download(
        &self,
        who: &Principal,
        request: &DownloadRequest,
    ) -> Result<DownloadResponse, FileError> {
        let place = self.place(who, request.bucket.as_ref())?;
        let key = place.key("key", &request.key)?;
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
        let head = self.existing(&place.bucket, &key, version).await?;
        let served = ServedAs::new(head.headers.content_type.as_deref(), &key, request.disposition);
        let answer = GetAnswer {
            version,
            content_type: &served.content_type,
            content_disposition: &served.content_disposition,
            content_encoding: head.headers.content_encoding.as_deref(),
            content_language: head.headers.content_language.as_deref(),
        };
        let signed = self
            .store
            .presign_get(&place.bucket, &key, answer, lifetime)
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
    pub async fn open(&self, who: &Principal, request: OpenRequest<'_>) -> Result<OpenedObject, FileError> {
        let place = self.place(who, request.named.bucket.as_ref())?;
        let key = place.key("key", &request.named.key)?;
        let version = version_of(request.named.version_id.as_deref())?;
        let mut range = request.range;
        // Without conditions nothing needs to be known before the bytes come.
        if !request.conditions.is_empty() {
            let head = self.existing(&place.bucket, &key, version).await?;
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
        let got = self
            .store
            .get(&place.bucket, &key, GetRequest { version, range })
            .await;
        let bytes = match got {
            Err(StoreError::RangeNotSatisfiable) => {
                let head = self.existing(&place.bucket, &key, version).await?;
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
    pub async fn upload(&self, who: &Principal, form: &FileForm) -> Result<UploadedResponse, FileError> {
        let bucket = match form.optional("bucket").map(str::parse::<BucketName>).transpose() {
            Ok(bucket) => bucket,
            Err(error) => return Err(FileError::invalid("bucket", error.to_string())),
        };
        let place = self.place(who, bucket.as_ref())?;
        let key = place.key("key", form.required("key")?)?;
        if key.is_folder_marker() {
            return Err(FileError::invalid(
                "key",
                "must not end in `/`: that names a folder",
            ));
        }
        let precondition = match form.optional("if_match") {
            None => Precondition::None,
            Some(etag) => self.replacing(&place.bucket, &key, etag).await?,
        };
        let headers = ObjectHeaders {
            content_type: Some(content_type(form, &key)?),
            ..ObjectHeaders::default()
        };
        let written = self
            .store
            .put(&place.bucket, &key, &headers, &form.payload, &precondition)
            .await;
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

    /// The condition that the object still has this ETag. Where storage ignores conditions, the look-up here is all
    /// there is.
    async fn replacing(
        &self,
        bucket: &BucketName,
        key: &UserKey,
        etag: &str,
    ) -> Result<Precondition, FileError> {
        let etag = single_etag(etag)
            .ok_or_else(|| FileError::invalid("if_match", "must be one ETag, with or without its quotes"))?;
        if self.store.conditional_writes(bucket).await.if_match {
            return Ok(Precondition::Matches(etag.to_owned()));
        }
        match self.store.head(bucket, key, None).await? {
            Some(there) if there.etag == etag => Ok(Precondition::None),
            _ => Err(FileError::Changed),
        }
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
