//! Bytes in and out: presigned downloads, and the routes made for scripts that stream through the server.

use std::time::Duration;

use app::{
    contract::BucketName,
    features::{
        files::types::{Disposition, DownloadRequest, DownloadResponse, ObjectRef},
        uploads::types::UploadedResponse,
    },
};

use super::Files;
use crate::{
    features::{
        auth::principal::Principal,
        files::{
            error::FileError,
            form::FileForm,
            serving::{ServedAs, guessed_content_type},
        },
    },
    platform::object_store::{Download, GetAnswer, GetRequest, ObjectBytes, ObjectHeaders, Precondition},
};

/// The longest that a download URL may be asked to live: twelve hours.
const MAX_DOWNLOAD_SECONDS: u32 = 12 * 3600;

/// An object opened for reading through the server.
pub enum OpenedObject {
    NotModified,
    Bytes {
        bytes: Box<ObjectBytes>,
        served: ServedAs,
    },
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
        let version = request.version_id.as_deref();
        let head = self
            .store
            .head(&place.bucket, &key, version)
            .await?
            .filter(|head| !head.is_delete_marker)
            .ok_or(FileError::NotFound)?;
        let served = ServedAs::new(head.content_type.as_deref(), &key, request.disposition);
        let answer = GetAnswer {
            version,
            content_type: &served.content_type,
            content_disposition: &served.content_disposition,
        };
        let signed = self
            .store
            .presign_get(&place.bucket, &key, answer, lifetime)
            .await?;
        Ok(DownloadResponse {
            url: signed.url,
            expires_in: u32::try_from(lifetime.as_secs()).unwrap_or(MAX_DOWNLOAD_SECONDS),
        })
    }

    /// Opens an object to be streamed as an attachment. `range` and `if_none_match` are as in the headers.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn open(
        &self,
        who: &Principal,
        named: &ObjectRef,
        range: Option<&str>,
        if_none_match: Option<&str>,
    ) -> Result<OpenedObject, FileError> {
        let place = self.place(who, named.bucket.as_ref())?;
        let key = place.key("key", &named.key)?;
        let request = GetRequest {
            version: named.version_id.as_deref(),
            range,
            if_none_match,
        };
        Ok(match self.store.get(&place.bucket, &key, request).await? {
            Download::NotModified => OpenedObject::NotModified,
            Download::Bytes(bytes) => OpenedObject::Bytes {
                served: ServedAs::new(bytes.head.content_type.as_deref(), &key, Disposition::Attachment),
                bytes,
            },
        })
    }

    /// Stores what came in a form, writing over what was there.
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
        let content_type = form
            .content_type
            .clone()
            .filter(|declared| declared != "application/octet-stream")
            .unwrap_or_else(|| guessed_content_type(&key));
        let headers = ObjectHeaders {
            content_type: Some(content_type),
            ..ObjectHeaders::default()
        };
        let written = self
            .store
            .put(&place.bucket, &key, &headers, &form.payload, Precondition::None)
            .await?;
        Ok(UploadedResponse {
            key: key.as_str().to_owned(),
            etag: written.etag,
            version_id: written.version_id,
            message: "File uploaded successfully".to_owned(),
        })
    }
}
