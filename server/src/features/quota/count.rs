//! A job counts everything that a holder has in storage: once a day, and on demand.
//!
//! Other requests write meanwhile. The count leaves out bytes that are reserved when the listing reaches them, since
//! the reservation counts already. If a reservation was settled or bytes were freed during the listing, the job lists
//! again, three times at most. It corrects the third result by what changed since that listing began, and another count
//! follows within the hour.

use std::collections::{HashMap, HashSet};

use app::contract::{BucketName, KeyRoot, Timestamp, UserPrefix};
use async_trait::async_trait;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use super::{
    Holder, QuotaError, Quotas,
    holder::HolderColumns,
    look::is_of,
    repo::{
        ledgers,
        reservations::{self, Kind, Row},
    },
    service::COUNT_EVERY,
};
use crate::{
    features::buckets::Registry,
    platform::{
        object_store::{ListRequest, S3Store, StoreError, VersionMarker},
        queue::{Handler, JobError, NewJob, Outcome, Progress, Queue, RunningJob},
    },
};

const KIND: &str = "quota.count";
const PAGE: u16 = 1000;
/// Requests to storage that one count has under way at a time.
const CONCURRENCY: usize = 8;
const ROUNDS: u32 = 3;
/// Seconds to the next count after one during which something changed.
const COUNT_SOON: i64 = 3600;
/// Counts that are queued at a time.
const BATCH: i64 = 100;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    holder: HolderColumns,
}

/// How far a listing is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor {
    /// Which of the holder's own buckets is listed; `None` for the home bucket, which comes first.
    #[serde(default)]
    bucket: Option<BucketName>,
    /// Current objects of that bucket so far, and their bytes.
    #[serde(default)]
    current: (u64, u64),
    /// Bytes of parts in the buckets that are done, for which nothing is reserved.
    #[serde(default)]
    parts: u64,
    round: u32,
    began_at: i64,
    /// The ledger's totals when the listing began.
    added: u64,
    freed: u64,
    /// Bytes of the versions that are older than the listing, and of those that came during it.
    before: u64,
    since: u64,
    next: Next,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Next {
    Version(Option<VersionMarker>),
    Object(String),
    End,
}

/// The reservations, as a listing compares them.
struct Reserved {
    puts: HashMap<String, Vec<Row>>,
    /// Keys of reserved uploads that storage no longer lists: their objects may exist already. With each, when the
    /// reservation was made.
    joined: HashMap<String, i64>,
    /// Bytes of parts that belong to no reservation.
    parts: u64,
}

/// What is gone through: the holder's part of the home bucket, or a bucket of theirs.
struct Place {
    store: S3Store,
    bucket: BucketName,
    prefix: UserPrefix,
}

/// Counts in the server's own storage.
#[derive(Clone)]
pub struct Counting {
    quotas: Quotas,
    queue: Queue,
    buckets: Registry,
}

impl Counting {
    #[must_use]
    pub fn new(quotas: Quotas, queue: Queue, buckets: Registry) -> Self {
        Self {
            quotas,
            queue,
            buckets,
        }
    }

    /// Queues the counts that are due, and answers how many. Each is queued by one replica alone.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "quota.queue_due", skip_all)]
    pub async fn queue_due(&self) -> Result<u32, sqlx::Error> {
        let db = &self.quotas.platform.db;
        let now = self.quotas.platform.now();
        let mut count = 0;
        for holder in ledgers::due(db.pool(), now, BATCH).await? {
            let mut transaction = db.begin().await?;
            if !ledgers::claim_count(&mut transaction, holder, now, now + COUNT_EVERY).await? {
                continue;
            }
            let input = Input {
                holder: holder.into(),
            };
            let job = NewJob::new(KIND, &input)?;
            self.queue.enqueue_own(&mut transaction, &job).await?;
            transaction.commit().await?;
            count += 1;
        }
        if count > 0 {
            self.queue.wake();
        }
        Ok(count)
    }

    /// A round begins with the home bucket.
    async fn begin(&self, holder: Holder, round: u32) -> Result<Option<Cursor>, JobError> {
        let found = ledgers::find(self.quotas.platform.db.pool(), holder).await?;
        let Some(ledger) = found else { return Ok(None) };
        let home = self.home_of(holder);
        Ok(Some(Cursor {
            bucket: None,
            current: (0, 0),
            parts: 0,
            round,
            began_at: self.quotas.platform.now(),
            added: ledger.added,
            freed: ledger.freed,
            before: 0,
            since: 0,
            next: home.beginning().await.map_err(temporary)?,
        }))
    }

    fn home_of(&self, holder: Holder) -> Place {
        let home = self.buckets.home();
        Place {
            store: home.store,
            bucket: home.name,
            prefix: holder.home().everything(),
        }
    }

    /// Where the cursor is; `None` where the bucket was deleted since.
    async fn place(&self, holder: Holder, cursor: &Cursor) -> Result<Option<Place>, JobError> {
        let Some(bucket) = &cursor.bucket else {
            return Ok(Some(self.home_of(holder)));
        };
        let store = self.buckets.store_of(bucket).await?;
        let keeps_on = match store.keeps_versions(bucket).await {
            Ok(_) => true,
            Err(StoreError::NoSuchBucket) => false,
            Err(error) => return Err(temporary(error)),
        };
        Ok(keeps_on.then(|| Place::whole(store, bucket.clone())))
    }

    /// Moves the cursor to the holder's next bucket; `false` when there is none.
    async fn go_on(&self, holder: Holder, cursor: &mut Cursor) -> Result<bool, JobError> {
        let Some(owner) = holder.owner_of_buckets() else {
            return Ok(false);
        };
        let mut after = cursor
            .bucket
            .as_ref()
            .map_or_else(String::new, |bucket| bucket.as_str().to_owned());
        while let Some(bucket) = self.buckets.next_of(owner, &after).await? {
            after = bucket.name.as_str().to_owned();
            let place = Place::whole(bucket.store, bucket.name.clone());
            match place.beginning().await {
                Ok(next) => {
                    cursor.bucket = Some(bucket.name);
                    cursor.current = (0, 0);
                    cursor.next = next;
                    return Ok(true);
                }
                // It is being deleted.
                Err(StoreError::NoSuchBucket) => {}
                Err(error) => return Err(temporary(error)),
            }
        }
        Ok(false)
    }

    async fn reserved(&self, holder: Holder, place: &Place) -> Result<Reserved, JobError> {
        let mut connection = self.quotas.platform.db.pool().acquire().await?;
        let rows = reservations::all_of(&mut connection, holder).await?;
        drop(connection);
        let known: HashSet<&str> = rows.iter().filter_map(|row| row.storage_id.as_deref()).collect();
        // A job that copies in parts has reserved their bytes, but its reservation does not name the upload.
        let is_copying = rows.iter().any(|row| row.kind == Kind::Write);
        let (listed, parts) = place.uploads(&known, is_copying).await.map_err(temporary)?;
        let mut reserved = Reserved {
            puts: HashMap::new(),
            joined: HashMap::new(),
            parts,
        };
        for row in rows {
            let Some(key) = row.object_key.clone() else {
                continue;
            };
            if row.bucket.as_ref() != Some(&place.bucket) {
                continue;
            }
            match row.kind {
                Kind::Put => reserved.puts.entry(key).or_default().push(row),
                Kind::Upload => {
                    if row.storage_id.as_ref().is_some_and(|id| !listed.contains(id)) {
                        reserved.joined.insert(key, row.created_at);
                    }
                }
                Kind::Write => {}
            }
        }
        Ok(reserved)
    }

    /// Writes the result. `false` when something changed meanwhile, and the job must list again.
    async fn finish(&self, holder: Holder, cursor: &Cursor) -> Result<bool, QuotaError> {
        let (mut transaction, mut ledger) = self.quotas.hold(holder).await?;
        let rows = reservations::all_of(&mut transaction, holder).await?;
        let is_quiet = ledger.added == cursor.added && ledger.freed == cursor.freed;
        if !is_quiet && cursor.round < ROUNDS {
            return Ok(false);
        }
        let now = self.quotas.platform.now();
        let is_being_written = rows
            .iter()
            .any(|row| row.kind == Kind::Write || row.created_at >= cursor.began_at);
        let since = match (is_quiet, is_being_written) {
            // This program wrote nothing: another one did, or storage's clock is ahead.
            (true, false) => cursor.since,
            // The reservation counts it.
            (true, true) => 0,
            (false, _) => ledger.added.saturating_sub(cursor.added),
        };
        ledger.used = cursor.before.saturating_add(since).saturating_add(cursor.parts);
        ledger.reserved = rows.iter().fold(0, |sum: u64, row| sum.saturating_add(row.bytes));
        ledger.counted_at = Some(now);
        if !is_quiet {
            ledger.count_due_at = ledger.count_due_at.min(now + COUNT_SOON);
        }
        self.quotas.write(&mut transaction, holder, ledger).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

impl Place {
    /// A bucket of somebody's own.
    fn whole(store: S3Store, bucket: BucketName) -> Self {
        Self {
            store,
            bucket,
            prefix: KeyRoot::whole_bucket().everything(),
        }
    }

    /// Where a listing begins.
    async fn beginning(&self) -> Result<Next, StoreError> {
        Ok(if self.store.keeps_versions(&self.bucket).await? {
            Next::Version(None)
        } else {
            Next::Object(String::new())
        })
    }

    /// Storage's ids of the unfinished uploads, and the bytes of those that are not `known`.
    async fn uploads(
        &self,
        known: &HashSet<&str>,
        is_copying: bool,
    ) -> Result<(HashSet<String>, u64), StoreError> {
        let (mut listed, mut bytes, mut after) = (HashSet::new(), 0_u64, None);
        loop {
            let page = self
                .store
                .list_uploads(&self.bucket, &self.prefix, after.as_ref())
                .await?;
            let unknown = page
                .uploads
                .iter()
                .filter(|upload| !is_copying && !known.contains(upload.upload_id.as_str()));
            let sizes = unknown.map(|upload| {
                async move {
                    let Ok(key) = KeyRoot::whole_bucket().key(upload.key.clone()) else {
                        return Ok(0);
                    };
                    self.store
                        .uploaded_bytes(&self.bucket, &key, &upload.upload_id)
                        .await
                }
                .boxed()
            });
            let sizes: Vec<u64> = stream::iter(sizes.collect::<Vec<_>>())
                .buffered(CONCURRENCY)
                .try_collect()
                .await?;
            bytes = bytes.saturating_add(sizes.into_iter().sum());
            listed.extend(page.uploads.into_iter().map(|upload| upload.upload_id));
            after = page.next;
            if after.is_none() {
                return Ok((listed, bytes));
            }
        }
    }

    /// Lists a page, and moves the cursor on.
    async fn page(&self, reserved: &Reserved, cursor: &mut Cursor) -> Result<(), StoreError> {
        match &cursor.next {
            Next::End => {}
            Next::Version(after) => {
                let page = self
                    .store
                    .list_versions_below(&self.bucket, &self.prefix, after.as_ref(), PAGE)
                    .await?;
                for row in page.versions {
                    let version = row.version;
                    if version.is_latest && !version.is_delete_marker {
                        cursor.count_current(version.size);
                    }
                    cursor.count(
                        reserved,
                        &row.key,
                        version.size,
                        version.last_modified,
                        &version.etag,
                    );
                }
                cursor.next = page.next.map_or(Next::End, |next| Next::Version(Some(next)));
            }
            Next::Object(token) => {
                let request = ListRequest {
                    prefix: &self.prefix,
                    folders: false,
                    token: Some(token.as_str()).filter(|token| !token.is_empty()),
                    limit: PAGE,
                };
                let page = self.store.list(&self.bucket, request).await?;
                for object in page.objects {
                    cursor.count_current(object.size);
                    cursor.count(
                        reserved,
                        &object.key,
                        object.size,
                        object.last_modified,
                        &object.etag,
                    );
                }
                cursor.next = page.next.map_or(Next::End, Next::Object);
            }
        }
        Ok(())
    }
}

impl Cursor {
    fn count_current(&mut self, size: u64) {
        let (objects, bytes) = &mut self.current;
        *objects += 1;
        *bytes = bytes.saturating_add(size);
    }

    fn count(&mut self, reserved: &Reserved, key: &str, size: u64, at: Option<Timestamp>, etag: &str) {
        let is_put = |rows: &Vec<Row>| rows.iter().any(|row| is_of(row, at, etag));
        let at = at.map(Timestamp::unix);
        let is_joined = |created_at: &i64| at.is_some_and(|at| at >= *created_at);
        if reserved.puts.get(key).is_some_and(is_put) || reserved.joined.get(key).is_some_and(is_joined) {
            return;
        }
        if at.is_some_and(|at| at > self.began_at) {
            self.since = self.since.saturating_add(size);
        } else {
            self.before = self.before.saturating_add(size);
        }
    }
}

#[async_trait]
impl Handler for Counting {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &mut RunningJob) -> Result<Outcome, JobError> {
        let input: Input = job.input()?;
        let holder = Holder::try_from(input.holder).map_err(|error| JobError::Temporary(Box::new(error)))?;
        let mut unfinished: Option<Cursor> = job.cursor()?;
        let mut round = 1;
        loop {
            let mut cursor = match unfinished.take() {
                Some(cursor) => cursor,
                None => match self.begin(holder, round).await? {
                    Some(cursor) => cursor,
                    None => return Ok(Outcome::Done),
                },
            };
            loop {
                if let Some(place) = self.place(holder, &cursor).await? {
                    self.count_place(job, holder, &place, &mut cursor).await?;
                }
                if !self.go_on(holder, &mut cursor).await? {
                    break;
                }
                job.checkpoint(&cursor, Progress::default(), &[]).await?;
            }
            match self.finish(holder, &cursor).await {
                Ok(true) | Err(QuotaError::NoHolder) => return Ok(Outcome::Done),
                Ok(false) => round = cursor.round + 1,
                Err(error) => return Err(JobError::Temporary(Box::new(error))),
            }
        }
    }
}

impl Counting {
    /// Goes through one bucket from the cursor on.
    async fn count_place(
        &self,
        job: &mut RunningJob,
        holder: Holder,
        place: &Place,
        cursor: &mut Cursor,
    ) -> Result<(), JobError> {
        let reserved = self.reserved(holder, place).await?;
        while !matches!(cursor.next, Next::End) {
            place.page(&reserved, cursor).await.map_err(temporary)?;
            job.checkpoint(&*cursor, Progress::default(), &[]).await?;
        }
        cursor.parts = cursor.parts.saturating_add(reserved.parts);
        if let (Some(bucket), Some(now)) = (&cursor.bucket, Timestamp::from_unix(self.quotas.platform.now()))
        {
            let (objects, bytes) = cursor.current;
            self.buckets.keep_count(bucket, objects, bytes, now).await?;
        }
        Ok(())
    }
}

fn temporary(error: StoreError) -> JobError {
    JobError::Temporary(Box::new(error))
}
