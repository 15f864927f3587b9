//! Beginning an upload in parts.

use app::{
    contract::{ChecksumAlgorithm, UserKey},
    features::uploads::types::{InitiateRequest, InitiateResponse},
};
use uuid::Uuid;

use super::{LIFETIME_SECONDS, Uploads};
use crate::{
    features::{
        auth::principal::Principal,
        quota::{By, Reservation, WantedWrite},
        scopes::{Access, Scope},
        uploads::{
            error::UploadError,
            plan,
            repo::{self, State, Upload},
        },
    },
    http::{serving::guessed_content_type, stored_headers::check_headers},
    platform::object_store::{ObjectHeaders, UPLOAD_MARK},
};

pub(super) struct NewUpload {
    pub id: Uuid,
    pub headers: ObjectHeaders,
    pub checksum: Option<ChecksumAlgorithm>,
    /// Bytes of the whole and of each part.
    pub size: Option<(u64, u64)>,
    pub only_if_absent: bool,
}

pub(super) const FOLDER: &str = "must not end in `/`: that names a folder";

impl Uploads {
    /// Begins one upload in parts of unknown size.
    ///
    /// # Errors
    /// [`UploadError`].
    #[tracing::instrument(level = "debug", name = "uploads.initiate", skip_all, fields(user = %who.user_id))]
    pub async fn initiate(
        &self,
        who: &Principal,
        request: &InitiateRequest,
    ) -> Result<InitiateResponse, UploadError> {
        let scope = self.scope(who, request.bucket.as_ref()).await?;
        let key = scope.key("key", &request.key, Access::WRITE)?;
        if key.is_folder_marker() {
            return Err(UploadError::invalid("key", FOLDER));
        }
        check_headers(
            request.content_type.as_deref(),
            &request.metadata,
            plan::METADATA_BESIDE_MARK,
        )
        .map_err(|(field, why)| UploadError::Invalid { field, why })?;
        // Room for its parts is found part by part.
        let id = self.platform.rng.uuid();
        let write = WantedWrite {
            id,
            bucket: scope.bucket.clone(),
            key: key.as_str().to_owned(),
            size: 0,
            by: By::Parts,
        };
        self.quotas
            .reserve_each(scope.holder(key.as_str()), &[write])
            .await?;
        let new = NewUpload {
            id,
            headers: ObjectHeaders {
                content_type: Some(
                    request
                        .content_type
                        .clone()
                        .unwrap_or_else(|| guessed_content_type(&key)),
                ),
                metadata: request.metadata.clone(),
                ..ObjectHeaders::default()
            },
            checksum: request.checksum_algorithm,
            size: None,
            only_if_absent: false,
        };
        match self.begin(who, &scope, &key, new).await {
            Ok(upload) => Ok(InitiateResponse {
                upload_id: upload.id.to_string(),
            }),
            Err(error) => {
                let holder = scope.holder(key.as_str());
                self.quotas.release(Reservation { id, holder }).await;
                Err(error)
            }
        }
    }

    /// Begins an upload at storage and writes it into the journal. Should the journal fail, storage is told to
    /// forget it; should the program die in between, the sweep finds it.
    pub(super) async fn begin(
        &self,
        who: &Principal,
        scope: &Scope,
        key: &UserKey,
        new: NewUpload,
    ) -> Result<Upload, UploadError> {
        let id = new.id;
        let mut headers = new.headers;
        headers.metadata.insert(UPLOAD_MARK.to_owned(), id.to_string());
        let storage_id = scope
            .store
            .create_upload(&scope.bucket, key, &headers, new.checksum)
            .await?;
        let now = self.platform.clock.now();
        let upload = Upload {
            id,
            user: who.user_id,
            bucket: scope.bucket.clone(),
            key: key.as_str().to_owned(),
            storage_id,
            size: new.size.map(|(size, _)| size),
            part_size: new.size.map(|(_, part_size)| part_size),
            checksum: new.checksum,
            only_if_absent: new.only_if_absent,
            state: State::Open,
            created_at: now.into(),
            expires_at: now.unix_timestamp() + LIFETIME_SECONDS,
        };
        if let Err(error) = self.record_begun(&upload).await {
            scope
                .store
                .abort_upload(&scope.bucket, key, &upload.storage_id)
                .await?;
            return Err(error.into());
        }
        Ok(upload)
    }

    async fn record_begun(&self, upload: &Upload) -> Result<(), sqlx::Error> {
        let mut transaction = self.platform.db.begin().await?;
        self.quotas
            .name_upload(&mut transaction, upload.id, &upload.storage_id)
            .await?;
        repo::insert(&mut transaction, upload).await?;
        transaction.commit().await
    }
}
