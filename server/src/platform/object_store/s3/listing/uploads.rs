//! Unfinished uploads.

use app::contract::{BucketName, UserPrefix};
use aws_sdk_s3::operation::list_multipart_uploads::ListMultipartUploadsOutput;

use super::{
    super::{S3Store, answer::timestamp, error::store_error},
    decoded,
};
use crate::platform::object_store::{ListedUpload, StoreError, UploadMarker, UploadPage};

impl S3Store {
    /// A page of the unfinished uploads under a prefix, whoever began them.
    #[tracing::instrument(level = "debug", name = "s3.list_uploads", skip_all, fields(%bucket))]
    pub async fn list_uploads(
        &self,
        bucket: &BucketName,
        prefix: &UserPrefix,
        after: Option<&UploadMarker>,
    ) -> Result<UploadPage, StoreError> {
        let request = self
            .client
            .list_multipart_uploads()
            .bucket(bucket.as_str())
            .prefix(prefix.as_str())
            .set_key_marker(after.map(|marker| marker.key.clone()))
            .set_upload_id_marker(after.and_then(|marker| marker.upload_id.clone()));
        let ask = |encoding| request.clone().set_encoding_type(encoding).send();
        let page = self
            .encodings
            .uploads
            .listed(ask, ListMultipartUploadsOutput::encoding_type)
            .await
            .map_err(store_error)?;
        let encoding = page.encoding_type();
        let uploads = page
            .uploads()
            .iter()
            .map(|upload| {
                let upload_id = upload.upload_id().filter(|id| !id.is_empty());
                Ok(ListedUpload {
                    key: decoded(upload.key(), encoding)?,
                    upload_id: upload_id
                        .ok_or_else(|| StoreError::Unexpected("an upload without an id".to_owned()))?
                        .to_owned(),
                    initiated: timestamp(upload.initiated()),
                })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        let id_of = |id: Option<&str>| id.filter(|id| !id.is_empty()).map(str::to_owned);
        let named = page
            .next_key_marker()
            .filter(|key| !key.is_empty())
            .map(|key| {
                Ok::<_, StoreError>(UploadMarker {
                    key: decoded(Some(key), encoding)?,
                    upload_id: id_of(page.next_upload_id_marker()),
                })
            })
            .transpose()?;
        let last = uploads.last().map(|upload| UploadMarker {
            key: upload.key.clone(),
            upload_id: Some(upload.upload_id.clone()),
        });
        let next = match page.is_truncated() {
            Some(false) => None,
            Some(true) => named.or(last),
            None => named,
        };
        // A marker that does not move on would never end.
        let next = next.filter(|next| Some(next) != after);
        Ok(UploadPage { uploads, next })
    }
}
