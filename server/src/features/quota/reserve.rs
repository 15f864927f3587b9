//! Reserves bytes before they are written.

use app::contract::BucketName;
use sqlx::AnyConnection;
use uuid::Uuid;

use super::{
    Exceeded, Holder, QuotaError, Quotas,
    repo::{
        ledgers,
        reservations::{self, Kind, Row},
    },
};

/// Seconds after which a write of the program itself has ended, or its process has died.
const WRITE_SECONDS: i64 = 3600;
/// The same for a batch of a job, which may wait for storage or for another replica.
const JOB_SECONDS: i64 = 86_400;

/// Bytes that count as stored until the reservation is settled or released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reservation {
    pub id: Uuid,
    pub holder: Holder,
}

/// Which of a job's writes fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    pub reservation: Reservation,
    /// For each size that was asked for: the reason if it does not fit.
    pub each: Vec<Result<(), Exceeded>>,
}

/// A write by a client, not by the program itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedWrite {
    pub id: Uuid,
    pub bucket: BucketName,
    pub key: String,
    /// Of the whole object.
    pub size: u64,
    pub by: By,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// A presigned URL.
    Url {
        /// The ETag of the object that the URL replaces; empty where it replaces none. `None` where storage ignores the
        /// condition.
        replaces: Option<String>,
        /// Bytes that become free by it: the size of the replaced object in a bucket without versions.
        frees: u64,
        expires_at: i64,
    },
    /// An upload in parts, whose id is [`WantedWrite::id`].
    Parts,
}

/// An upload in parts.
#[derive(Clone, Copy, Debug)]
pub struct UploadOf<'a> {
    pub id: Uuid,
    /// To whose quota its key counts.
    pub holder: Holder,
    pub bucket: &'a BucketName,
    pub key: &'a str,
    /// Storage's own id of it.
    pub storage_id: &'a str,
}

impl Quotas {
    /// Reserves room for a write of the program itself.
    #[tracing::instrument(level = "debug", name = "quota.reserve", skip_all, fields(?holder))]
    pub async fn reserve(&self, holder: Holder, bytes: u64) -> Result<Reservation, QuotaError> {
        let id = self.platform.rng.uuid();
        let granted = self.reserve_sum(holder, id, &[bytes], WRITE_SECONDS).await?;
        for refused in granted.each {
            refused?;
        }
        Ok(granted.reservation)
    }

    /// Reserves room for a batch of a job: each of these sizes that fits, in their order. Replaces the reservation that
    /// the job had before, whichever replica made it.
    #[tracing::instrument(level = "debug", name = "quota.reserve_for_job", skip_all, fields(?holder))]
    pub async fn reserve_for_job(
        &self,
        holder: Holder,
        job: Uuid,
        sizes: &[u64],
    ) -> Result<Granted, QuotaError> {
        self.reserve_sum(holder, job, sizes, JOB_SECONDS).await
    }

    async fn reserve_sum(
        &self,
        holder: Holder,
        id: Uuid,
        sizes: &[u64],
        seconds: i64,
    ) -> Result<Granted, QuotaError> {
        let _turn = self.turns.take(holder).await;
        let (mut transaction, mut ledger) = self.hold(holder).await?;
        let now = self.platform.now();
        let before = reservations::bytes_of(&mut transaction, holder, id).await?;
        if let Some(before) = before {
            // The replica that ran the job died without settling what it had written.
            ledger.release(before);
            ledger.count_due_at = ledger.count_due_at.min(now);
        }
        let mut sum = 0_u64;
        let mut each = Vec::with_capacity(sizes.len());
        for bytes in sizes {
            let fits = ledger.reserve(*bytes);
            if fits.is_ok() {
                sum = sum.saturating_add(*bytes);
            }
            each.push(fits);
        }
        let expires_at = Some(now + seconds);
        if before.is_some() {
            reservations::resize(&mut transaction, id, sum, expires_at).await?;
        } else if !sizes.is_empty() {
            let row = Row {
                id,
                holder,
                kind: Kind::Write,
                bytes: sum,
                bucket: None,
                object_key: None,
                storage_id: None,
                replaces: None,
                frees: 0,
                created_at: now,
                expires_at,
            };
            reservations::insert(&mut transaction, &[row]).await?;
        }
        ledgers::write(&mut transaction, holder, &ledger).await?;
        transaction.commit().await?;
        Ok(Granted {
            reservation: Reservation { id, holder },
            each,
        })
    }

    /// Reserves room for the writes of clients: each that fits, in their order. Of two URLs that replace the same
    /// object storage accepts one, so the second reservation replaces the first.
    #[tracing::instrument(level = "debug", name = "quota.reserve_each", skip_all, fields(?holder))]
    pub async fn reserve_each(
        &self,
        holder: Holder,
        wanted: &[WantedWrite],
    ) -> Result<Vec<Result<Reservation, Exceeded>>, QuotaError> {
        let _turn = self.turns.take(holder).await;
        let (mut transaction, mut ledger) = self.hold(holder).await?;
        let now = self.platform.now();
        let mut known = Vec::new();
        if let Some(first) = wanted.first() {
            let keys = wanted.iter().filter(|one| matches!(one.by, By::Url { .. }));
            let keys: Vec<_> = keys.map(|one| one.key.as_str()).collect();
            known = reservations::puts_of(&mut transaction, holder, &first.bucket, &keys).await?;
        }
        let mut answers = Vec::with_capacity(wanted.len());
        let mut rows = Vec::with_capacity(wanted.len());
        for one in wanted {
            let answer = |id| Reservation { id, holder };
            let (kind, replaces, frees, expires_at) = match &one.by {
                By::Parts => (Kind::Upload, None, 0, None),
                By::Url {
                    replaces,
                    frees,
                    expires_at,
                } => (Kind::Put, replaces.clone(), *frees, Some(*expires_at)),
            };
            let bytes = one.size.saturating_sub(frees);
            let earlier = known.iter().find(|row| {
                kind == Kind::Put
                    && row.bucket.as_ref() == Some(&one.bucket)
                    && row.object_key.as_deref() == Some(&one.key)
                    && row.replaces == replaces
                    && replaces.is_some()
                    && row.frees == frees
            });
            let more = bytes.saturating_sub(earlier.map_or(0, |earlier| earlier.bytes));
            if let Err(exceeded) = ledger.reserve(more) {
                answers.push(Err(exceeded));
                continue;
            }
            if let Some(earlier) = earlier {
                let expires_at = earlier.expires_at.max(expires_at);
                reservations::resize(&mut transaction, earlier.id, earlier.bytes + more, expires_at).await?;
                answers.push(Ok(answer(earlier.id)));
                continue;
            }
            rows.push(Row {
                id: one.id,
                holder,
                kind,
                bytes,
                bucket: Some(one.bucket.clone()),
                object_key: Some(one.key.clone()),
                storage_id: None,
                replaces,
                frees,
                created_at: now,
                expires_at,
            });
            answers.push(Ok(answer(one.id)));
        }
        reservations::insert(&mut transaction, &rows).await?;
        ledgers::write(&mut transaction, holder, &ledger).await?;
        transaction.commit().await?;
        Ok(answers)
    }

    /// Reserves more for an upload, in the transaction that writes down what for. One that an earlier program began has
    /// no reservation yet.
    #[tracing::instrument(level = "debug", name = "quota.raise_in", skip_all)]
    pub async fn raise_in(
        &self,
        connection: &mut AnyConnection,
        upload: UploadOf<'_>,
        more: u64,
    ) -> Result<(), QuotaError> {
        let UploadOf {
            id,
            holder,
            bucket,
            key,
            storage_id,
        } = upload;
        let known = reservations::holder_of(connection, id).await?;
        let holder = known.unwrap_or(holder);
        let ledger = ledgers::hold(connection, holder).await?;
        let mut ledger = ledger.ok_or(QuotaError::NoHolder)?;
        ledger.reserve(more)?;
        let before = reservations::bytes_of(connection, holder, id).await?;
        if let Some(bytes) = before {
            reservations::resize(connection, id, bytes.saturating_add(more), None).await?;
        } else {
            let row = Row {
                id,
                holder,
                kind: Kind::Upload,
                bytes: more,
                bucket: Some(bucket.clone()),
                object_key: Some(key.to_owned()),
                storage_id: Some(storage_id.to_owned()),
                replaces: None,
                frees: 0,
                created_at: self.platform.now(),
                expires_at: None,
            };
            reservations::insert(connection, &[row]).await?;
        }
        ledgers::write(connection, holder, &ledger).await?;
        Ok(())
    }

    /// Raises the reservation of an upload to at least so many bytes.
    #[tracing::instrument(level = "debug", name = "quota.raise_to", skip_all)]
    pub async fn raise_to(&self, upload: UploadOf<'_>, bytes: u64) -> Result<(), QuotaError> {
        let mut transaction = self.platform.db.begin().await?;
        let holder = reservations::holder_of(&mut transaction, upload.id).await?;
        let reserved = match holder {
            Some(holder) => reservations::bytes_of(&mut transaction, holder, upload.id).await?,
            None => None,
        };
        let more = bytes.saturating_sub(reserved.unwrap_or_default());
        if more > 0 {
            self.raise_in(&mut transaction, upload, more).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Adds storage's upload id to the reservation of an upload.
    #[tracing::instrument(level = "debug", name = "quota.name_upload", skip_all, fields(%upload))]
    pub async fn name_upload(
        &self,
        connection: &mut AnyConnection,
        upload: Uuid,
        storage_id: &str,
    ) -> Result<(), sqlx::Error> {
        reservations::name_upload(connection, upload, storage_id).await
    }
}
