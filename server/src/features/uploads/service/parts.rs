//! Parts: signed for the client to send, listed as storage has them, or sent through the server.

use std::collections::HashSet;

use app::{
    contract::{BucketName, Checksum, StoredPart},
    features::uploads::types::{
        MAX_PART_SIZE, MAX_PARTS, MAX_SIGNED_PARTS, PartToSign, SignPartsRequest, SignPartsResponse,
        SignedPart, StoredPartsResponse, UploadRef, UploadedPart,
    },
};

use super::{Found, LIFETIME_SECONDS, NamedUpload, TOUCH_SECONDS, URL_LIFETIME, Uploads, seconds};
use crate::{
    features::{
        auth::principal::Principal,
        scopes::Access,
        uploads::{
            error::UploadError,
            plan,
            repo::{self, Upload},
        },
    },
    http::file_form::FileForm,
    platform::object_store::{ListedPart, PartToPresign, PartToStore, StoreError},
};

impl Uploads {
    /// URLs for 1 to [`MAX_SIGNED_PARTS`] parts. Signing keeps the upload alive.
    ///
    /// # Errors
    /// [`UploadError`]; no URL is answered when one part is wrong.
    #[tracing::instrument(level = "debug", name = "uploads.sign_parts", skip_all, fields(user = %who.user_id))]
    pub async fn sign_parts(
        &self,
        who: &Principal,
        request: &SignPartsRequest,
    ) -> Result<SignPartsResponse, UploadError> {
        if request.parts.is_empty() || request.parts.len() > MAX_SIGNED_PARTS {
            return Err(UploadError::invalid(
                "parts",
                format!("must hold between 1 and {MAX_SIGNED_PARTS} parts"),
            ));
        }
        let named = NamedUpload {
            bucket: request.bucket.as_ref(),
            key: &request.key,
            upload_id: &request.upload_id,
        };
        let found = self.find_open(who, named, Access::WRITE).await?;
        let mut seen = HashSet::new();
        let mut numbers = Vec::with_capacity(request.parts.len());
        for (index, part) in request.parts.iter().enumerate() {
            let field = |name: &str| format!("parts[{index}].{name}");
            let number = check_part(&found.upload, part.part_number, part.size)
                .map_err(|(name, why)| UploadError::invalid(field(name), why))?;
            check_part_checksum(&found.upload, part)
                .map_err(|why| UploadError::invalid(field("checksum"), why))?;
            if !seen.insert(number) {
                return Err(UploadError::invalid(field("part_number"), "is given twice"));
            }
            numbers.push(number);
        }
        self.keep_alive(&found.upload).await?;
        let record: Vec<_> = request
            .parts
            .iter()
            .map(|part| repo::SignedPart {
                part_number: part.part_number,
                size: part.size,
                checksum: part.checksum.as_ref().map(|checksum| checksum.value.clone()),
            })
            .collect();
        self.record_signed(&found, &record).await?;
        let mut parts = Vec::with_capacity(numbers.len());
        let mut lifetime = URL_LIFETIME;
        for (part, number) in request.parts.iter().zip(numbers) {
            let signed = found
                .store
                .presign_part(
                    &found.upload.bucket,
                    &found.key,
                    PartToPresign {
                        upload_id: &found.upload.storage_id,
                        part_number: number,
                        size: part.size,
                        checksum: part.checksum.as_ref(),
                    },
                    URL_LIFETIME,
                )
                .await?;
            lifetime = lifetime.min(signed.lifetime);
            parts.push(SignedPart {
                part_number: part.part_number,
                url: signed.url,
                headers: signed.headers,
            });
        }
        Ok(SignPartsResponse {
            parts,
            expires_in: seconds(lifetime),
        })
    }

    /// Every part that storage has; with the size and checksum that were signed for it where storage lists none.
    ///
    /// # Errors
    /// [`UploadError`].
    #[tracing::instrument(level = "debug", name = "uploads.stored_parts", skip_all, fields(user = %who.user_id))]
    pub async fn stored_parts(
        &self,
        who: &Principal,
        named: &UploadRef,
    ) -> Result<StoredPartsResponse, UploadError> {
        let found = self.find_open(who, named.into(), Access::READ).await?;
        let parts = self.parts_of(&found).await?;
        Ok(StoredPartsResponse { parts })
    }

    /// The same, for an upload that was found.
    pub(super) async fn parts_of(&self, found: &Found) -> Result<Vec<StoredPart>, UploadError> {
        let Found {
            store, upload, key, ..
        } = found;
        let listed = store.list_parts(&upload.bucket, key, &upload.storage_id).await?;
        let mut signed = repo::signed_parts(&self.platform.db, upload.id).await?;
        listed
            .into_iter()
            .map(|part| {
                let signed = signed.remove(&part.part_number);
                stored_part(upload, part, signed.as_ref())
            })
            .collect()
    }

    /// Stores a part that came through the server.
    ///
    /// # Errors
    /// [`UploadError`].
    #[tracing::instrument(level = "debug", name = "uploads.store_part", skip_all, fields(user = %who.user_id))]
    pub async fn store_part(&self, who: &Principal, form: &FileForm) -> Result<UploadedPart, UploadError> {
        let bucket = form
            .optional("bucket")
            .map(str::parse::<BucketName>)
            .transpose()
            .map_err(|error| UploadError::invalid("bucket", error.to_string()))?;
        let number: u32 = form
            .required("part_number")?
            .parse()
            .map_err(|_| UploadError::invalid("part_number", PART_NUMBER))?;
        let named = NamedUpload {
            bucket: bucket.as_ref(),
            key: form.required("key")?,
            upload_id: form.required("upload_id")?,
        };
        let found = self.find_open(who, named, Access::WRITE).await?;
        let number = check_part(&found.upload, number, form.payload.len())
            .map_err(|(name, why)| UploadError::invalid(if name == "size" { "file" } else { name }, why))?;
        self.keep_alive(&found.upload).await?;
        if found.upload.size.is_none() {
            let part = repo::SignedPart {
                part_number: number.into(),
                size: form.payload.len(),
                checksum: None,
            };
            self.record_signed(&found, &[part]).await?;
        }
        let stored = found
            .store
            .upload_part(
                &found.upload.bucket,
                &found.key,
                PartToStore {
                    upload_id: &found.upload.storage_id,
                    part_number: number,
                    payload: &form.payload,
                    checksum: found.upload.checksum,
                },
            )
            .await?;
        let record = repo::SignedPart {
            part_number: stored.part_number,
            size: form.payload.len(),
            checksum: stored.checksum.map(|checksum| checksum.value),
        };
        repo::record_stored(&self.platform.db, found.upload.id, record).await?;
        let etag = match stored.etag {
            Some(etag) => etag,
            None => self.etag_of(&found, stored.part_number).await?,
        };
        Ok(UploadedPart {
            part_number: stored.part_number,
            etag,
        })
    }

    /// Records parts that storage may be sent from now on, once there is room for them. A plan has reserved all of its
    /// parts already.
    async fn record_signed(&self, found: &Found, parts: &[repo::SignedPart]) -> Result<(), UploadError> {
        let id = found.upload.id;
        let mut transaction = self.platform.db.begin().await?;
        if found.upload.size.is_none() {
            // Whoever signs the same parts at once waits here, and sees these.
            self.quotas
                .raise_in(&mut transaction, found.reserved(), 0)
                .await?;
            let numbers: Vec<_> = parts.iter().map(|part| part.part_number).collect();
            let before = repo::sizes_of(&mut transaction, id, &numbers).await?;
            let more = parts.iter().map(|part| {
                let before = before.get(&part.part_number).copied();
                part.size.saturating_sub(before.unwrap_or_default())
            });
            let more = more.fold(0, u64::saturating_add);
            if more > 0 {
                self.quotas
                    .raise_in(&mut transaction, found.reserved(), more)
                    .await?;
            }
        }
        repo::record_signed(&mut transaction, id, parts).await?;
        Ok(transaction.commit().await?)
    }

    /// For storage that names no ETag when it takes a part.
    async fn etag_of(&self, found: &Found, number: u32) -> Result<String, UploadError> {
        let parts = self.parts_of(found).await?;
        let part = parts.into_iter().find(|part| part.part_number == number);
        Ok(part.map(|part| part.etag).unwrap_or_default())
    }

    async fn keep_alive(&self, upload: &Upload) -> Result<(), UploadError> {
        let end = self.now() + LIFETIME_SECONDS;
        if upload.expires_at < end - TOUCH_SECONDS {
            repo::extend(self.platform.db.pool(), upload.id, end, end - TOUCH_SECONDS).await?;
        }
        Ok(())
    }
}

/// A part as storage lists it, completed by what was planned and signed. What storage lists comes first.
fn stored_part(
    upload: &Upload,
    listed: ListedPart,
    signed: Option<&repo::SignedPart>,
) -> Result<StoredPart, UploadError> {
    let planned = upload
        .size
        .zip(upload.part_size)
        .and_then(|(size, part_size)| plan::part_bytes(size, part_size, listed.part_number));
    let size = listed.size.or(planned).or(signed.map(|signed| signed.size));
    let checksum = upload
        .checksum
        .zip(signed.and_then(|signed| signed.checksum.clone()))
        .map(|(algorithm, value)| Checksum { algorithm, value });
    Ok(StoredPart {
        part_number: listed.part_number,
        size: size.ok_or_else(|| StoreError::Unexpected("a part without a size".to_owned()))?,
        etag: listed.etag.unwrap_or_default(),
        checksum: listed.checksum.or(checksum),
    })
}

const PART_NUMBER: &str = "must be between 1 and 10000";

/// The part's number as storage counts, if number and size are those of a part of this upload.
fn check_part(upload: &Upload, number: u32, size: u64) -> Result<u16, (&'static str, String)> {
    let counted = u16::try_from(number)
        .ok()
        .filter(|_| (1..=MAX_PARTS).contains(&number))
        .ok_or_else(|| ("part_number", PART_NUMBER.to_owned()))?;
    if size > MAX_PART_SIZE {
        return Err(("size", format!("must not be more than {MAX_PART_SIZE} bytes")));
    }
    if let (Some(whole), Some(part_size)) = (upload.size, upload.part_size) {
        match plan::part_bytes(whole, part_size, number) {
            None => return Err(("part_number", "is behind the end of the planned file".to_owned())),
            Some(planned) if planned != size => {
                return Err(("size", format!("must be {planned} bytes, as planned")));
            }
            Some(_) => {}
        }
    }
    Ok(counted)
}

fn check_part_checksum(upload: &Upload, part: &PartToSign) -> Result<(), String> {
    match (upload.checksum, &part.checksum) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err("cannot be given: the upload began without `checksum_algorithm`".to_owned()),
        (Some(_), None) => Err("is required: the upload began with `checksum_algorithm`".to_owned()),
        (Some(begun), Some(checksum)) if begun != checksum.algorithm => {
            Err("must be of the algorithm that the upload began with".to_owned())
        }
        (Some(_), Some(checksum)) => plan::check_checksum(checksum),
    }
}
