//! Completing an upload: the parts become an object, once, however often it is asked for.

use std::time::Duration;

use app::{
    contract::StoredPart,
    features::uploads::types::{
        CompleteRequest, CompletedPart, MAX_OBJECT_SIZE, MAX_PARTS, OnConflict, UploadedResponse,
    },
};
use tracing::Instrument;
use uuid::Uuid;

use super::{Found, KEEP_COMPLETED_SECONDS, NamedUpload, Uploads};
use crate::{
    features::{
        auth::principal::Principal,
        quota::Change,
        scopes::Access,
        uploads::{
            error::UploadError,
            plan,
            repo::{self, State, Upload},
        },
    },
    platform::object_store::{PartToJoin, Precondition, StoreError, UPLOAD_MARK, Written},
};

/// Storage joins ten thousand parts within minutes. After this long a request stops waiting for it.
const JOINING: Duration = Duration::from_secs(600);
/// How long an upload counts as being completed after the last request that began to complete it: longer than any of
/// them runs.
const COMPLETING_SECONDS: i64 = 900;

impl Uploads {
    /// Checks the parts against what storage has and what was planned, then joins them. Repeating it after a
    /// success answers the same, also when the first answer, or even the journal's note of it, was lost.
    ///
    /// It goes on when the client goes away: broken off, it would keep the upload from being aborted for as long as
    /// storage might be joining the parts.
    ///
    /// # Errors
    /// [`UploadError`]; the upload is kept, so that it can be mended and completed.
    #[tracing::instrument(level = "debug", name = "uploads.complete", skip_all, fields(user = %who.user_id))]
    pub async fn complete(
        &self,
        who: Principal,
        request: CompleteRequest,
    ) -> Result<UploadedResponse, UploadError> {
        let uploads = self.clone();
        let completion = async move { uploads.complete_once(&who, &request).await };
        tokio::spawn(completion.in_current_span()).await?
    }

    async fn complete_once(
        &self,
        who: &Principal,
        request: &CompleteRequest,
    ) -> Result<UploadedResponse, UploadError> {
        let named = NamedUpload {
            bucket: request.bucket.as_ref(),
            key: &request.key,
            upload_id: &request.upload_id,
        };
        let found = self.find(who, named, Access::WRITE).await?;
        let written = match &found.upload.state {
            State::Completed { etag, version_id } => Written {
                etag: etag.clone(),
                version_id: version_id.clone(),
            },
            State::Aborting => return Err(UploadError::NotFound),
            State::Open | State::Completing { .. } => self.complete_open(who, &found, request).await?,
        };
        Ok(UploadedResponse {
            key: found.key.as_str().to_owned(),
            etag: written.etag,
            version_id: written.version_id,
            message: "File uploaded successfully".to_owned(),
        })
    }

    /// Between the mark and its end the upload cannot be aborted. When it is not known whether storage joined the
    /// parts, the mark stays until nothing can be under way any more.
    async fn complete_open(
        &self,
        who: &Principal,
        found: &Found,
        request: &CompleteRequest,
    ) -> Result<Written, UploadError> {
        let id = found.upload.id;
        if !repo::begin_completing(&self.platform.db, id, self.now() + COMPLETING_SECONDS).await? {
            // Completed by another request since it was looked up, or aborted.
            let upload = &found.upload;
            let since = repo::find(&self.platform.db, id, who.user_id, &upload.bucket, &upload.key).await?;
            return match since.map(|upload| upload.state) {
                Some(State::Completed { etag, version_id }) => Ok(Written { etag, version_id }),
                _ => Err(UploadError::NotFound),
            };
        }
        let Ok(joined) = tokio::time::timeout(JOINING, self.join(found, request)).await else {
            return Err(StoreError::Unavailable("it takes too long to join the parts".to_owned()).into());
        };
        match joined {
            Ok(joined) => {
                self.record_completed(id, &joined).await?;
                Ok(joined.written)
            }
            Err(NotJoined { error, is_certain }) => {
                if is_certain {
                    repo::end_completing(&self.platform.db, id).await?;
                }
                Err(error)
            }
        }
    }

    async fn record_completed(&self, id: Uuid, joined: &Joined) -> Result<(), UploadError> {
        let keep_until = self.now() + KEEP_COMPLETED_SECONDS;
        let mut transaction = self.platform.db.begin().await?;
        self.quotas
            .settle_upload_in(&mut transaction, id, joined.change)
            .await?;
        repo::completed(
            &mut transaction,
            id,
            &joined.written.etag,
            joined.written.version_id.as_deref(),
            keep_until,
        )
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Joins the parts. When they are not (all) there, another completion may have been quicker: another request's,
    /// or our own whose answer was lost. Then the object bears the upload's mark.
    async fn join(&self, found: &Found, request: &CompleteRequest) -> Result<Joined, NotJoined> {
        let not_joined = match self.try_join(found, request).await {
            Ok(joined) => return Ok(joined),
            Err(not_joined) => not_joined,
        };
        let another_may_have = matches!(
            not_joined.error,
            UploadError::Invalid { .. }
                | UploadError::Conflict
                | UploadError::Store(
                    StoreError::NotFound | StoreError::InvalidParts(_) | StoreError::PreconditionFailed,
                )
        );
        if another_may_have && let Some(joined) = self.already_joined(found).await? {
            return Ok(joined);
        }
        Err(not_joined)
    }

    async fn try_join(&self, found: &Found, request: &CompleteRequest) -> Result<Joined, NotJoined> {
        let Found {
            store, upload, key, ..
        } = found;
        check_order(&request.parts)?;
        let stored = self.parts_of(found).await?;
        let chosen = chosen(&request.parts, &stored)?;
        let sum = check_sum(upload, &chosen)?;
        // Storage may hold parts that were not signed here.
        self.quotas
            .raise_to(found.reserved(), sum)
            .await
            .map_err(UploadError::from)?;
        let is_only_if_absent = match request.on_conflict {
            Some(asked) => asked == OnConflict::Report,
            None => upload.only_if_absent,
        };
        let mut precondition = Precondition::None;
        if is_only_if_absent {
            precondition = store.conditional_writes(&upload.bucket).await.absent();
            // For servers that ignore conditions on completion.
            if store.head(&upload.bucket, key, None).await?.is_some() {
                return Err(UploadError::Conflict.into());
            }
        }
        let freed = match store.keeps_versions(&upload.bucket).await? {
            true => 0,
            false => store
                .head(&upload.bucket, key, None)
                .await?
                .map_or(0, |there| there.size),
        };
        let parts: Vec<_> = chosen.into_iter().map(to_join).collect();
        let written = store
            .complete_upload(&upload.bucket, key, &upload.storage_id, &parts, &precondition)
            .await
            .map_err(|error| NotJoined {
                is_certain: !error.leaves_it_open(),
                error: error.into(),
            })?;
        Ok(Joined {
            written,
            change: Change { added: sum, freed },
        })
    }

    /// The object, if it is the one that this upload became.
    async fn already_joined(&self, found: &Found) -> Result<Option<Joined>, UploadError> {
        let Found {
            store, upload, key, ..
        } = found;
        let head = store.head(&upload.bucket, key, None).await?;
        Ok(head
            .filter(|head| head.headers.metadata.get(UPLOAD_MARK) == Some(&upload.id.to_string()))
            .map(|head| Joined {
                change: Change::added(head.size),
                written: Written {
                    etag: head.etag,
                    version_id: head.version_id,
                },
            }))
    }

    /// Finds out what became of a completion that was broken off, `until` being when it could last run: storage has
    /// the upload still, or the object.
    pub(super) async fn settle(&self, found: &Found, until: i64) -> Result<(), UploadError> {
        let Found {
            store, upload, key, ..
        } = found;
        match store.list_parts(&upload.bucket, key, &upload.storage_id).await {
            Ok(_) => repo::reopen(&self.platform.db, upload.id, until).await?,
            Err(StoreError::NotFound) => match self.already_joined(found).await? {
                Some(joined) => self.record_completed(upload.id, &joined).await?,
                // Neither: what was uploaded is gone, or the object was replaced since, and is counted anew.
                None => {
                    self.quotas.ask_count_of_upload(upload.id).await?;
                    self.drop_row(upload.id).await?;
                }
            },
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

/// The object that the parts became.
struct Joined {
    written: Written,
    /// Of what is stored.
    change: Change,
}

/// Why there is no object.
struct NotJoined {
    error: UploadError,
    /// False when storage was asked to join the parts and may have done so, or may do so yet, without our hearing of it.
    is_certain: bool,
}

impl<E: Into<UploadError>> From<E> for NotJoined {
    fn from(error: E) -> Self {
        Self {
            error: error.into(),
            is_certain: true,
        }
    }
}

/// The part as it is named to storage.
fn to_join(part: StoredPart) -> PartToJoin {
    PartToJoin {
        part_number: part.part_number,
        etag: part.etag,
        checksum: part.checksum,
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

/// The parts that the client names, as storage has them; with the client's own ETag and checksum where storage lists
/// none: storage compares them once more when it joins the parts.
fn chosen(named: &[CompletedPart], stored: &[StoredPart]) -> Result<Vec<StoredPart>, UploadError> {
    named
        .iter()
        .enumerate()
        .map(|(index, part)| {
            let number = part.part_number;
            let mut found = stored
                .binary_search_by_key(&number, |stored| stored.part_number)
                .ok()
                .map(|at| stored[at].clone())
                .ok_or_else(|| {
                    UploadError::invalid(
                        format!("parts[{index}].part_number"),
                        format!("part {number} has not been uploaded"),
                    )
                })?;
            let etag = part.etag.trim_matches('"');
            if found.etag.is_empty() {
                etag.clone_into(&mut found.etag);
            } else if found.etag != etag {
                return Err(UploadError::invalid(
                    format!("parts[{index}].etag"),
                    format!("part {number} is stored under another etag"),
                ));
            }
            match (&part.checksum, &found.checksum) {
                (Some(named), Some(found)) if named != found => {
                    return Err(UploadError::invalid(
                        format!("parts[{index}].checksum"),
                        format!("part {number} is stored with another checksum"),
                    ));
                }
                (Some(named), None) => {
                    plan::check_checksum(named)
                        .map_err(|why| UploadError::invalid(format!("parts[{index}].checksum"), why))?;
                    found.checksum = Some(named.clone());
                }
                _ => {}
            }
            Ok(found)
        })
        .collect()
}

/// The bytes of all parts.
fn check_sum(upload: &Upload, parts: &[StoredPart]) -> Result<u64, UploadError> {
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
        _ => Ok(sum),
    }
}
