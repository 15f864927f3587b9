//! Settles expired reservations: those of presigned URLs, and those of a process that died.

use std::collections::{BTreeMap, HashMap};

use app::contract::{BucketName, KeyRoot};
use futures::{FutureExt, StreamExt, stream};

use super::{
    Change, Holder, QuotaError, Quotas,
    look::written,
    repo::reservations::{self, Kind, Row},
};
use crate::{
    features::buckets::Registry,
    platform::object_store::{S3Store, StoreError},
};

const BATCH: i64 = 500;
/// Requests to storage at a time.
const CONCURRENCY: usize = 16;

/// The result of one round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Reservations that were ended, with what storage holds.
    pub settled: u32,
    /// Reservations left for the next round, because storage did not answer.
    pub failed: u32,
}

/// Acts for no single person: it reads everyone's keys in the server's own storage.
#[derive(Clone)]
pub struct Settler {
    quotas: Quotas,
    buckets: Registry,
}

/// The buckets of some reservations: the store that speaks to each, and whether it keeps versions.
type Looked = BTreeMap<BucketName, Result<(S3Store, bool), StoreError>>;

impl Settler {
    #[must_use]
    pub fn new(quotas: Quotas, buckets: Registry) -> Self {
        Self { quotas, buckets }
    }

    /// Settles what has expired. Several replicas may do so at once.
    ///
    /// # Errors
    /// [`QuotaError::Database`]; what was settled is settled.
    #[tracing::instrument(level = "debug", name = "quota.round", skip_all)]
    pub async fn round(&self) -> Result<Settled, QuotaError> {
        let db = &self.quotas.platform.db;
        let now = self.quotas.platform.now();
        let mut done = Settled::default();
        let mut after = None;
        loop {
            let rows = reservations::expired(db.pool(), now, after, BATCH).await?;
            after = rows.last().map(|row| row.id);
            if after.is_none() {
                return Ok(done);
            }
            let looked = self.look_at_buckets(&rows).await?;
            let looks = rows.into_iter().map(|row| {
                let looked = &looked;
                async move {
                    let change = look(&row, looked).await;
                    (row, change)
                }
                .boxed()
            });
            let looks: Vec<_> = stream::iter(looks.collect::<Vec<_>>())
                .buffered(CONCURRENCY)
                .collect()
                .await;
            let mut ended: HashMap<Holder, Vec<(Row, Change)>> = HashMap::new();
            for (row, change) in looks {
                match change {
                    Ok(change) => ended.entry(row.holder).or_default().push((row, change)),
                    Err(error) => {
                        tracing::warn!(reservation = %row.id, %error, "what became of a reservation is not known yet");
                        done.failed += 1;
                    }
                }
            }
            for (holder, ended) in ended {
                done.settled += self.settle(holder, ended).await?;
            }
        }
    }

    async fn settle(&self, holder: Holder, ended: Vec<(Row, Change)>) -> Result<u32, QuotaError> {
        let mut transaction = self.quotas.platform.db.begin().await?;
        let changes: Vec<_> = ended.iter().map(|(row, change)| (row.id, *change)).collect();
        let count = self
            .quotas
            .settle_all_in(&mut transaction, holder, &changes)
            .await?;
        if ended.iter().any(|(row, _)| row.kind == Kind::Write) {
            self.quotas.ask_count_in(&mut transaction, holder).await?;
        }
        transaction.commit().await?;
        Ok(count)
    }

    async fn look_at_buckets(&self, rows: &[Row]) -> Result<Looked, sqlx::Error> {
        let mut looked = Looked::new();
        for bucket in rows.iter().filter_map(|row| row.bucket.as_ref()) {
            if !looked.contains_key(bucket) {
                let store = self.buckets.store_of(bucket).await?;
                let keeps_versions = store.keeps_versions(bucket).await;
                looked.insert(bucket.clone(), keeps_versions.map(|keeps| (store, keeps)));
            }
        }
        Ok(looked)
    }
}

async fn look(row: &Row, looked: &Looked) -> Result<Change, StoreError> {
    let (Kind::Put, Some(bucket), Some(key)) = (row.kind, &row.bucket, &row.object_key) else {
        // The process that wrote it died: the bytes count as stored until a count tells.
        return Ok(Change::added(row.bytes));
    };
    let Ok(key) = KeyRoot::whole_bucket().key(key.clone()) else {
        return Ok(Change::NONE);
    };
    let (store, keeps_versions) = match looked.get(bucket) {
        Some(Ok((store, keeps_versions))) => (store, *keeps_versions),
        Some(Err(StoreError::NoSuchBucket)) | None => return Ok(Change::NONE),
        Some(Err(error)) => return Err(StoreError::Unavailable(error.to_string())),
    };
    match written(store, bucket, &key, row, keeps_versions).await {
        Err(StoreError::NoSuchBucket) => Ok(Change::NONE),
        other => other,
    }
}
