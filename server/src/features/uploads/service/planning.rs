//! Plans of many uploads at once: what each would replace, room for it, and then its URLs.

use std::{collections::HashSet, time::Duration};

use app::{
    contract::{ApiError, ErrorCode, UserKey},
    features::uploads::types::{
        FileToUpload, MAX_FORMS, MAX_PARTS, MAX_PLANNED_FILES, OnConflict, PlanRequest, PlanResponse,
        PlannedUpload, Replaced, SignedPart, UploadPlan,
    },
};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use uuid::Uuid;

use super::{
    Found, NamedUpload, URL_LIFETIME, Uploads,
    begin::{FOLDER, NewUpload},
    seconds,
};
use crate::{
    features::{
        auth::principal::Principal,
        quota::{By, Holder, Reservation, WantedWrite},
        scopes::{Access, Scope},
        uploads::{
            error::UploadError,
            plan::{self, Shape},
            repo::{self, Upload},
        },
    },
    http::{problem::Failure, serving::guessed_content_type},
    platform::object_store::{
        ConditionalWrites, ObjectHead, ObjectHeaders, PartToPresign, Precondition, PutToSign,
    },
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
    #[tracing::instrument(level = "debug", name = "uploads.planning.plan", skip_all, fields(user = %who.user_id))]
    pub async fn plan(&self, who: &Principal, request: &PlanRequest) -> Result<PlanResponse, UploadError> {
        if request.files.is_empty() || request.files.len() > MAX_PLANNED_FILES {
            return Err(UploadError::invalid(
                "files",
                format!("must hold between 1 and {MAX_PLANNED_FILES} files"),
            ));
        }
        let scope = self.scope(who, request.bucket.as_ref()).await?;
        let conditions = scope.store.conditional_writes(&scope.bucket).await;
        let mut seen = HashSet::new();
        let mut looking = Vec::with_capacity(request.files.len());
        for file in &request.files {
            let accepted = accepted(&scope, file, &mut seen);
            let look = async {
                match accepted {
                    Ok(keys) => self.look(&scope, keys, file, request.on_conflict).await,
                    Err(error) => Ok(Look::Answered(UploadPlan::Refused { error })),
                }
            };
            looking.push(look.boxed());
        }
        let mut looks: Vec<Look> = stream::iter(looking).buffered(CONCURRENCY).try_collect().await?;
        let begun = self.reserve(&scope, request, conditions, &mut looks).await?;
        let planning = request.files.iter().zip(looks).map(|(file, look)| {
            let scope = &scope;
            async move {
                match look {
                    Look::Answered(plan) => Ok(Planned::unsigned(plan)),
                    Look::Free(free) => {
                        self.plan_one(who, scope, *free, file, request.on_conflict, conditions)
                            .await
                    }
                }
            }
            .boxed()
        });
        let plans: Vec<_> = stream::iter(planning.collect::<Vec<_>>())
            .buffered(CONCURRENCY)
            .collect()
            .await;
        if plans.iter().any(Result::is_err) {
            let failure = self.undo(who, &scope, request, plans).await;
            for reservation in begun {
                self.quotas.release(reservation).await;
            }
            return Err(failure);
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

    /// Looks at what a file would replace.
    async fn look(
        &self,
        scope: &Scope,
        Keys { key, also_as }: Keys,
        file: &FileToUpload,
        on_conflict: OnConflict,
    ) -> Result<Look, UploadError> {
        let shape = plan::shape(file.size);
        let is_only_if_absent = on_conflict == OnConflict::Report;
        // A multipart upload is completed by the server, once, so its plan needs no look at the object that it
        // replaces.
        let there = match shape {
            Shape::Parts { .. } if !is_only_if_absent => None,
            _ => scope.store.head(&scope.bucket, &key, None).await?,
        };
        let there = match there {
            Some(there) if is_only_if_absent => return Ok(conflict(None, there)),
            there => there,
        };
        if is_only_if_absent {
            for other in &also_as {
                if let Some(there) = scope.store.head(&scope.bucket, other, None).await? {
                    return Ok(conflict(Some(other), there));
                }
            }
        }
        Ok(Look::Free(Box::new(Free {
            id: self.platform.rng.uuid(),
            key,
            shape,
            there,
        })))
    }

    /// Reserves room for all that go up, in their order; those that do not fit are refused. Answers what was not reserved
    /// before.
    async fn reserve(
        &self,
        scope: &Scope,
        request: &PlanRequest,
        conditions: ConditionalWrites,
        looks: &mut [Look],
    ) -> Result<Vec<Reservation>, UploadError> {
        let is_replacing = looks
            .iter()
            .any(|look| matches!(look, Look::Free(free) if free.shape == Shape::Put && free.there.is_some()));
        // Without versions what is replaced makes room.
        let makes_room = is_replacing && !scope.store.keeps_versions(&scope.bucket).await?;
        let expires_at = self.now() + i64::from(seconds(URL_LIFETIME));
        let mut wanted: Vec<(Holder, Vec<usize>, Vec<WantedWrite>)> = Vec::new();
        for (index, (look, file)) in looks.iter().zip(&request.files).enumerate() {
            let Look::Free(free) = look else { continue };
            let there = free.there.as_ref();
            let by = match free.shape {
                Shape::Parts { .. } => By::Parts,
                Shape::Put => By::Url {
                    replaces: match conditions.replacing(there) {
                        Precondition::None => None,
                        Precondition::Absent => Some(String::new()),
                        Precondition::Matches(etag) => Some(etag),
                    },
                    frees: there.filter(|_| makes_room).map_or(0, |there| there.size),
                    expires_at,
                },
            };
            let write = WantedWrite {
                id: free.id,
                bucket: scope.bucket.clone(),
                key: file.key.clone(),
                size: file.size,
                by,
            };
            let holder = scope.holder(&file.key);
            match wanted.iter_mut().find(|(of, ..)| *of == holder) {
                Some((_, indices, writes)) => {
                    indices.push(index);
                    writes.push(write);
                }
                None => wanted.push((holder, vec![index], vec![write])),
            }
        }
        let mut begun = Vec::new();
        for (holder, indices, writes) in wanted {
            let answers = self.quotas.reserve_each(holder, &writes).await?;
            for ((index, write), answer) in indices.into_iter().zip(&writes).zip(answers) {
                match answer {
                    Ok(reservation) if reservation.id == write.id => begun.push(reservation),
                    Ok(_) => {}
                    Err(exceeded) => {
                        let error = exceeded.outside();
                        looks[index] = Look::Answered(UploadPlan::Refused { error });
                    }
                }
            }
        }
        Ok(begun)
    }

    async fn plan_one(
        &self,
        who: &Principal,
        scope: &Scope,
        free: Free,
        file: &FileToUpload,
        on_conflict: OnConflict,
        conditions: ConditionalWrites,
    ) -> Result<Planned, UploadError> {
        let Free {
            id,
            key,
            shape,
            there,
        } = free;
        let headers = ObjectHeaders {
            content_type: Some(
                file.content_type
                    .clone()
                    .unwrap_or_else(|| guessed_content_type(&key)),
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
                let signed = scope
                    .store
                    .presign_put(&scope.bucket, &key, put, URL_LIFETIME)
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
                    id,
                    headers,
                    checksum: file.checksum_algorithm,
                    size: Some((file.size, part_size)),
                    only_if_absent: on_conflict == OnConflict::Report,
                };
                let upload = self.begin(who, scope, &key, new).await?;
                let (parts, lifetime) = if file.checksum_algorithm.is_some() {
                    (Vec::new(), URL_LIFETIME)
                } else {
                    first_parts(scope, &key, &upload, file.size, part_size).await?
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

    /// Takes back what a plan began before it failed, as far as storage lets it; the rest expires.
    async fn undo(
        &self,
        who: &Principal,
        scope: &Scope,
        request: &PlanRequest,
        plans: Vec<Result<Planned, UploadError>>,
    ) -> UploadError {
        let mut failure = UploadError::NotFound;
        for (file, plan) in request.files.iter().zip(plans) {
            match plan.map(|planned| planned.plan) {
                Err(error) => failure = error,
                Ok(UploadPlan::Multipart { upload_id, .. }) => {
                    let named = NamedUpload {
                        bucket: Some(&scope.bucket),
                        key: &file.key,
                        upload_id: &upload_id,
                    };
                    let undone = match self.find_open(who, named, Access::WRITE).await {
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

async fn first_parts(
    scope: &Scope,
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
        let signed = scope
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

fn conflict(existing: Option<&UserKey>, there: ObjectHead) -> Look {
    Look::Answered(UploadPlan::Conflict {
        existing_key: existing.map(|key| key.as_str().to_owned()),
        size: there.size,
        last_modified: there.last_modified,
        etag: there.etag,
        checksum: there.checksum,
    })
}

/// What is known of a file before there is room for it.
enum Look {
    Answered(UploadPlan),
    Free(Box<Free>),
}

/// A file that may go up.
struct Free {
    /// Of the upload, where it is one in parts, and of what is reserved.
    id: Uuid,
    key: UserKey,
    shape: Shape,
    /// What it replaces, as far as that was looked at.
    there: Option<ObjectHead>,
}

/// The key of a file, and those that stand for the same name.
struct Keys {
    key: UserKey,
    also_as: Vec<UserKey>,
}

fn accepted<'a>(
    scope: &Scope,
    file: &'a FileToUpload,
    seen: &mut HashSet<&'a str>,
) -> Result<Keys, ApiError> {
    let key = scope
        .key("key", &file.key, Access::WRITE)
        .map_err(|error| error.outside())?;
    if file.also_as.len() > MAX_FORMS {
        return Err(ApiError::field(
            "also_as",
            format!("must not hold more than {MAX_FORMS} keys"),
        ));
    }
    let also_as = file
        .also_as
        .iter()
        .map(|other| scope.key("also_as", other, Access::WRITE));
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
