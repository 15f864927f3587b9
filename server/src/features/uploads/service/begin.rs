//! Beginning uploads: many at once by a plan, or one in parts.

use std::{collections::HashSet, time::Duration};

use app::{
    contract::{ApiError, ErrorCode, UserKey},
    features::{
        files::types::ChecksumAlgorithm,
        uploads::types::{
            FileToUpload, InitiateRequest, InitiateResponse, MAX_FORMS, MAX_PARTS, MAX_PLANNED_FILES,
            OnConflict, PlanRequest, PlanResponse, PlannedUpload, Replaced, SignedPart, UploadPlan,
        },
    },
};
use futures::{FutureExt, StreamExt, stream};

use super::{Found, LIFETIME_SECONDS, URL_LIFETIME, Uploads, seconds};
use crate::{
    features::{
        auth::principal::Principal,
        files::{access::Place, service::UPLOAD_MARK, serving::guessed_content_type},
        uploads::{
            error::UploadError,
            plan::{self, Shape},
            repo::{self, State, Upload},
        },
    },
    platform::object_store::{ConditionalWrites, ObjectHead, ObjectHeaders, PartToPresign, PutToSign},
};

/// Parts signed along with the plan: enough for a client to be busy while it asks for more.
const FIRST_PARTS: u32 = 8;
/// Requests to storage that one plan has under way at a time.
const CONCURRENCY: usize = 16;

impl Uploads {
    /// Plans up to [`MAX_PLANNED_FILES`] files. What is wrong with one of them is part of its plan; the others go
    /// on.
    ///
    /// # Errors
    /// [`UploadError`] when nothing can be planned at all; nothing is left begun then.
    pub async fn plan(&self, who: &Principal, request: &PlanRequest) -> Result<PlanResponse, UploadError> {
        if request.files.is_empty() || request.files.len() > MAX_PLANNED_FILES {
            return Err(UploadError::invalid(
                "files",
                format!("must hold between 1 and {MAX_PLANNED_FILES} files"),
            ));
        }
        let place = self.place(who, request.bucket.as_ref())?;
        let conditions = self.store.conditional_writes(&place.bucket).await;
        let mut seen = HashSet::new();
        let mut planning = Vec::with_capacity(request.files.len());
        for file in &request.files {
            let accepted = accepted(&place, file, &mut seen);
            let plan = async {
                match accepted {
                    Ok(keys) => {
                        self.plan_one(who, &place, &keys, file, request.on_conflict, conditions)
                            .await
                    }
                    Err(error) => Ok(Planned::unsigned(UploadPlan::Refused { error })),
                }
            };
            planning.push(plan.boxed());
        }
        let plans: Vec<_> = stream::iter(planning).buffered(CONCURRENCY).collect().await;
        if plans.iter().any(Result::is_err) {
            return Err(self.undo(who, &place, request, plans).await);
        }
        let plans: Vec<_> = plans.into_iter().flatten().collect();
        let lifetime = plans
            .iter()
            .map(|planned| planned.lifetime)
            .min()
            .unwrap_or(URL_LIFETIME);
        Ok(PlanResponse {
            uploads: request
                .files
                .iter()
                .zip(plans)
                .map(|(file, planned)| PlannedUpload {
                    key: file.key.clone(),
                    plan: planned.plan,
                })
                .collect(),
            expires_in: seconds(lifetime),
        })
    }

    async fn plan_one(
        &self,
        who: &Principal,
        place: &Place,
        Keys { key, also_as }: &Keys,
        file: &FileToUpload,
        on_conflict: OnConflict,
        conditions: ConditionalWrites,
    ) -> Result<Planned, UploadError> {
        let shape = plan::shape(file.size);
        let is_only_if_absent = on_conflict == OnConflict::Report;
        // A multipart upload is completed by the server, once, so its plan needs no look at the object that it
        // replaces.
        let there = match shape {
            Shape::Parts { .. } if !is_only_if_absent => None,
            _ => self.store.head(&place.bucket, key, None).await?,
        };
        let there = match there {
            Some(there) if is_only_if_absent => return Ok(conflict(None, there)),
            there => there,
        };
        if is_only_if_absent {
            for other in also_as {
                if let Some(there) = self.store.head(&place.bucket, other, None).await? {
                    return Ok(conflict(Some(other), there));
                }
            }
        }
        let headers = ObjectHeaders {
            content_type: Some(
                file.content_type
                    .clone()
                    .unwrap_or_else(|| guessed_content_type(key)),
            ),
            metadata: file.metadata.clone(),
            ..ObjectHeaders::default()
        };
        match shape {
            Shape::Put => {
                // Either condition is false after the first write, so the URL is good once.
                let precondition = conditions.replacing(there.as_ref());
                let put = PutToSign {
                    headers: &headers,
                    size: file.size,
                    checksum: file.checksum.as_ref(),
                    precondition: &precondition,
                };
                let signed = self
                    .store
                    .presign_put(&place.bucket, key, put, URL_LIFETIME)
                    .await?;
                Ok(Planned {
                    plan: UploadPlan::Put {
                        url: signed.url,
                        headers: signed.headers,
                        replaces: there.map(|there| Replaced {
                            size: there.size,
                            etag: there.etag,
                            checksum: there.checksum,
                        }),
                    },
                    lifetime: signed.lifetime,
                })
            }
            Shape::Parts { part_size } => {
                let new = NewUpload {
                    headers,
                    checksum: file.checksum_algorithm,
                    size: Some((file.size, part_size)),
                    only_if_absent: is_only_if_absent,
                };
                let upload = self.begin(who, place, key, new).await?;
                let (parts, lifetime) = if file.checksum_algorithm.is_some() {
                    (Vec::new(), URL_LIFETIME)
                } else {
                    self.first_parts(key, &upload, file.size, part_size).await?
                };
                Ok(Planned {
                    plan: UploadPlan::Multipart {
                        upload_id: upload.id.to_string(),
                        part_size,
                        parts,
                    },
                    lifetime,
                })
            }
        }
    }

    async fn first_parts(
        &self,
        key: &UserKey,
        upload: &Upload,
        size: u64,
        part_size: u64,
    ) -> Result<(Vec<SignedPart>, Duration), UploadError> {
        let mut parts = Vec::new();
        let mut lifetime = URL_LIFETIME;
        for number in 1..=FIRST_PARTS.min(MAX_PARTS) {
            let Some(size) = plan::part_bytes(size, part_size, number) else {
                break;
            };
            let part = PartToPresign {
                upload_id: &upload.storage_id,
                part_number: u16::try_from(number).unwrap_or(u16::MAX),
                size,
                checksum: None,
            };
            let signed = self
                .store
                .presign_part(&upload.bucket, key, part, URL_LIFETIME)
                .await?;
            lifetime = lifetime.min(signed.lifetime);
            parts.push(SignedPart {
                part_number: number,
                url: signed.url,
                headers: signed.headers,
            });
        }
        Ok((parts, lifetime))
    }

    /// Begins one upload in parts of unknown size.
    ///
    /// # Errors
    /// [`UploadError`].
    pub async fn initiate(
        &self,
        who: &Principal,
        request: &InitiateRequest,
    ) -> Result<InitiateResponse, UploadError> {
        let place = self.place(who, request.bucket.as_ref())?;
        let key = place.key("key", &request.key)?;
        if key.is_folder_marker() {
            return Err(UploadError::invalid("key", FOLDER));
        }
        plan::check_headers(
            request.content_type.as_deref(),
            &request.metadata,
            plan::METADATA_BESIDE_MARK,
        )
        .map_err(|(field, why)| UploadError::Invalid { field, why })?;
        let new = NewUpload {
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
        let upload = self.begin(who, &place, &key, new).await?;
        Ok(InitiateResponse {
            upload_id: upload.id.to_string(),
        })
    }

    /// Begins an upload at storage and writes it into the journal. Should the journal fail, storage is told to
    /// forget it; should the program die in between, the sweep finds it.
    async fn begin(
        &self,
        who: &Principal,
        place: &Place,
        key: &UserKey,
        new: NewUpload,
    ) -> Result<Upload, UploadError> {
        let id = self.platform.rng.uuid();
        let mut headers = new.headers;
        headers.metadata.insert(UPLOAD_MARK.to_owned(), id.to_string());
        let storage_id = self
            .store
            .create_upload(&place.bucket, key, &headers, new.checksum)
            .await?;
        let now = self.now();
        let upload = Upload {
            id,
            user: who.user_id,
            bucket: place.bucket.clone(),
            key: key.as_str().to_owned(),
            storage_id,
            size: new.size.map(|(size, _)| size),
            part_size: new.size.map(|(_, part_size)| part_size),
            checksum: new.checksum,
            only_if_absent: new.only_if_absent,
            state: State::Open,
            created_at: now,
            expires_at: now + LIFETIME_SECONDS,
        };
        if let Err(error) = repo::insert(&self.platform.db, &upload).await {
            self.store
                .abort_upload(&place.bucket, key, &upload.storage_id)
                .await?;
            return Err(error.into());
        }
        Ok(upload)
    }

    /// Takes back what a plan began before it failed, as far as storage lets it; the rest expires.
    async fn undo(
        &self,
        who: &Principal,
        place: &Place,
        request: &PlanRequest,
        plans: Vec<Result<Planned, UploadError>>,
    ) -> UploadError {
        let mut failure = UploadError::NotFound;
        for (file, plan) in request.files.iter().zip(plans) {
            match plan.map(|planned| planned.plan) {
                Err(error) => failure = error,
                Ok(UploadPlan::Multipart { upload_id, .. }) => {
                    let bucket = Some(&place.bucket);
                    let undone = match self.find_open(who, bucket, &file.key, &upload_id).await {
                        Ok(found) => self.take_back(&found).await,
                        Err(error) => Err(error),
                    };
                    if let Err(error) = undone {
                        tracing::warn!(%upload_id, %error, "an upload of a failed plan is left to expire");
                    }
                }
                Ok(_) => {}
            }
        }
        failure
    }

    async fn take_back(&self, found: &Found) -> Result<(), UploadError> {
        // The caller may have found it in the list of unfinished uploads, and be completing it.
        if repo::begin_abort(&self.platform.db, found.upload.id).await? {
            self.forget(found).await?;
        }
        Ok(())
    }
}

/// How one file goes up, and how long the URLs for it live.
struct Planned {
    plan: UploadPlan,
    lifetime: Duration,
}

impl Planned {
    /// One that needs no URL.
    fn unsigned(plan: UploadPlan) -> Self {
        Self {
            plan,
            lifetime: URL_LIFETIME,
        }
    }
}

fn conflict(existing: Option<&UserKey>, there: ObjectHead) -> Planned {
    Planned::unsigned(UploadPlan::Conflict {
        existing_key: existing.map(|key| key.as_str().to_owned()),
        size: there.size,
        last_modified: there.last_modified,
        etag: there.etag,
        checksum: there.checksum,
    })
}

struct NewUpload {
    headers: ObjectHeaders,
    checksum: Option<ChecksumAlgorithm>,
    /// Bytes of the whole and of each part.
    size: Option<(u64, u64)>,
    only_if_absent: bool,
}

const FOLDER: &str = "must not end in `/`: that names a folder";

/// The key of a file, and those that stand for the same name.
struct Keys {
    key: UserKey,
    also_as: Vec<UserKey>,
}

fn accepted<'a>(
    place: &Place,
    file: &'a FileToUpload,
    seen: &mut HashSet<&'a str>,
) -> Result<Keys, ApiError> {
    let key = place.key("key", &file.key).map_err(|error| error.outside())?;
    if file.also_as.len() > MAX_FORMS {
        return Err(ApiError::field(
            "also_as",
            format!("must not hold more than {MAX_FORMS} keys"),
        ));
    }
    let also_as = file.also_as.iter().map(|other| place.key("also_as", other));
    let also_as = also_as
        .collect::<Result<_, _>>()
        .map_err(|error| error.outside())?;
    if key.is_folder_marker() {
        return Err(ApiError::field("key", FOLDER));
    }
    if !seen.insert(&file.key) {
        return Err(ApiError::new(
            ErrorCode::Conflict,
            "key: is named twice in this request",
        ));
    }
    plan::check(file)?;
    Ok(Keys { key, also_as })
}
