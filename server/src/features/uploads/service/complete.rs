//! Completing an upload: the parts become an object, once, however often it is asked for.

use app::features::uploads::types::{
    CompleteRequest, CompletedPart, MAX_OBJECT_SIZE, MAX_PARTS, OnConflict, StoredPart, UploadedResponse,
};

use super::{Found, KEEP_COMPLETED_SECONDS, Uploads};
use crate::{
    features::{
        auth::principal::Principal,
        files::service::UPLOAD_MARK,
        uploads::{
            error::UploadError,
            repo::{self, State, Upload},
        },
    },
    platform::object_store::{Precondition, StoreError, Written},
};

impl Uploads {
    /// Checks the parts against what storage has and what was planned, then joins them. Repeating it after a
    /// success answers the same, also when the first answer, or even the journal's note of it, was lost.
    ///
    /// # Errors
    /// [`UploadError`]; the upload is kept, so that it can be mended and completed.
    pub async fn complete(
        &self,
        who: &Principal,
        request: &CompleteRequest,
    ) -> Result<UploadedResponse, UploadError> {
        let found = self
            .find(who, request.bucket.as_ref(), &request.key, &request.upload_id)
            .await?;
        let written = match &found.upload.state {
            State::Completed { etag, version_id } => Written {
                etag: etag.clone(),
                version_id: version_id.clone(),
            },
            State::Aborting => return Err(UploadError::NotFound),
            State::Open => {
                let written = self.join(&found, request).await?;
                repo::completed(
                    &self.db,
                    found.upload.id,
                    &written.etag,
                    written.version_id.as_deref(),
                    self.now() + KEEP_COMPLETED_SECONDS,
                )
                .await?;
                written
            }
        };
        Ok(UploadedResponse {
            key: found.key.as_str().to_owned(),
            etag: written.etag,
            version_id: written.version_id,
            message: "File uploaded successfully".to_owned(),
        })
    }

    /// Joins the parts. When they are not (all) there, another completion may have been quicker: somebody else's,
    /// or our own whose answer was lost. Then the object bears the upload's mark.
    async fn join(&self, found: &Found, request: &CompleteRequest) -> Result<Written, UploadError> {
        match self.try_join(found, request).await {
            Err(
                refusal @ (UploadError::Invalid { .. }
                | UploadError::Conflict
                | UploadError::Store(
                    StoreError::NotFound | StoreError::InvalidParts(_) | StoreError::PreconditionFailed,
                )),
            ) => self.already_joined(found).await?.ok_or(refusal),
            tried => tried,
        }
    }

    async fn try_join(&self, found: &Found, request: &CompleteRequest) -> Result<Written, UploadError> {
        let Found { upload, key } = found;
        check_order(&request.parts)?;
        let stored = self
            .store
            .list_parts(&upload.bucket, key, &upload.storage_id)
            .await?;
        let parts = chosen(&request.parts, &stored)?;
        check_sum(upload, &parts)?;
        let precondition = match request.on_conflict {
            Some(OnConflict::Overwrite) => Precondition::None,
            Some(OnConflict::Report) => Precondition::Absent,
            None if upload.only_if_absent => Precondition::Absent,
            None => Precondition::None,
        };
        // Not every server knows conditional completion; this look is for those.
        if precondition == Precondition::Absent && self.store.head(&upload.bucket, key, None).await?.is_some()
        {
            return Err(UploadError::Conflict);
        }
        let written = self
            .store
            .complete_upload(&upload.bucket, key, &upload.storage_id, &parts, precondition)
            .await?;
        Ok(written)
    }

    /// The object, if it is the one that this upload became.
    async fn already_joined(&self, found: &Found) -> Result<Option<Written>, UploadError> {
        let Found { upload, key } = found;
        let head = self.store.head(&upload.bucket, key, None).await?;
        Ok(head
            .filter(|head| head.metadata.get(UPLOAD_MARK) == Some(&upload.id.to_string()))
            .map(|head| Written {
                etag: head.etag,
                version_id: head.version_id,
            }))
    }
}

fn check_order(parts: &[CompletedPart]) -> Result<(), UploadError> {
    let in_range = parts
        .iter()
        .all(|part| (1..=MAX_PARTS).contains(&part.part_number));
    let ascending = parts
        .windows(2)
        .all(|pair| pair[0].part_number < pair[1].part_number);
    if parts.is_empty() || !in_range || !ascending {
        return Err(UploadError::invalid(
            "parts",
            "must be 1 to 10000 parts in ascending order of part number",
        ));
    }
    Ok(())
}

/// What storage has of the parts that the client names.
fn chosen(named: &[CompletedPart], stored: &[StoredPart]) -> Result<Vec<StoredPart>, UploadError> {
    named
        .iter()
        .enumerate()
        .map(|(index, part)| {
            let found = stored
                .binary_search_by_key(&part.part_number, |stored| stored.part_number)
                .ok()
                .map(|at| &stored[at])
                .ok_or_else(|| {
                    UploadError::invalid(
                        format!("parts[{index}].part_number"),
                        format!("part {} has not been uploaded", part.part_number),
                    )
                })?;
            if found.etag != part.etag.trim_matches('"') {
                return Err(UploadError::invalid(
                    format!("parts[{index}].etag"),
                    format!("part {} is stored under another etag", part.part_number),
                ));
            }
            let differs =
                matches!((&part.checksum, &found.checksum), (Some(named), Some(found)) if named != found);
            if differs {
                return Err(UploadError::invalid(
                    format!("parts[{index}].checksum"),
                    format!("part {} is stored with another checksum", part.part_number),
                ));
            }
            Ok(found.clone())
        })
        .collect()
}

fn check_sum(upload: &Upload, parts: &[StoredPart]) -> Result<(), UploadError> {
    let sum: u64 = parts.iter().map(|part| part.size).sum();
    match upload.size {
        Some(planned) if planned != sum => Err(UploadError::invalid(
            "parts",
            format!("hold {sum} bytes, but {planned} were planned"),
        )),
        _ if sum > MAX_OBJECT_SIZE => Err(UploadError::invalid(
            "parts",
            format!("hold more than {MAX_OBJECT_SIZE} bytes"),
        )),
        _ => Ok(()),
    }
}
