//! One suite of cases, run against the embedded store and against SeaweedFS.
//!
//! A case makes its own buckets and states what S3 does as named checks. Where SeaweedFS is known to
//! differ, [`DIFFERENCES`] names the checks and says why the suite is right; a difference that has gone
//! fails the suite too, so the table stays true.

mod buckets;
mod checksums;
mod configuration;
mod copies;
mod documents;
mod headers;
mod listings;
mod multipart;
mod objects;
mod presigned;
mod regions;
mod seaweedfs;
mod tags;
mod versions;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};

use seaweedfs::{DIFFERENCES, matches};

use crate::support::raw::RawClient;
use crate::support::seaweed::{self, Seaweed};
use crate::support::store::Running;

type Case = fn(Cx) -> Pin<Box<dyn Future<Output = ()> + Send>>;

macro_rules! cases {
    ($($module:ident: $($name:ident),+;)+) => {
        const CASES: &[(&str, Case)] = &[
            $($((concat!(stringify!($module), "/", stringify!($name)), |cx| Box::pin($module::$name(cx))),)+)+
        ];
    };
}

cases! {
    buckets: lifecycle, cors, preflights, uploads_go_with_their_bucket;
    regions: a_bucket_has_one;
    configuration: what_was_never_configured;
    documents: keys, digests, errors;
    headers: dates, expires, overrides, ranges_of_heads, the_part_of_a_single_object, delete_markers;
    objects: round_trip, ranges, conditional_reads, conditional_writes, deletes, odd_keys;
    copies: objects_are_copied, encoded_sources, onto_itself;
    listings: v2, v1, delimiters_and_paging;
    multipart: life, refusals, completed_again, parts_from_copies, listings_of_parts_and_uploads, conditional_complete;
    versions: enabled, suspended, listed_in_pages, deleted_on_a_condition;
    tags: set_read_and_removed, forbidden_ones;
    checksums: single_objects, wrong_ones_are_refused, trailers, composite, full_object;
    presigned: urls, tampered_urls, unreadable_ranges;
}

/// What a case works with.
#[derive(Clone)]
pub(crate) struct Cx {
    pub(crate) s3: Client,
    pub(crate) http: reqwest::Client,
    pub(crate) raw: RawClient,
    case: &'static str,
    results: Arc<Mutex<BTreeMap<String, Option<String>>>>,
}

impl Cx {
    /// A bucket of the case's own.
    pub(crate) async fn bucket(&self, name: &str) -> String {
        let bucket = format!("{}-{name}", self.case.replace(['/', '_'], "-"));
        self.s3.create_bucket().bucket(&bucket).send().await.unwrap();
        bucket
    }

    /// One that keeps versions.
    pub(crate) async fn versioned_bucket(&self, name: &str) -> String {
        let bucket = self.bucket(name).await;
        self.set_versioning(&bucket, BucketVersioningStatus::Enabled)
            .await;
        bucket
    }

    pub(crate) async fn set_versioning(&self, bucket: &str, status: BucketVersioningStatus) {
        self.s3
            .put_bucket_versioning()
            .bucket(bucket)
            .versioning_configuration(VersioningConfiguration::builder().status(status).build())
            .send()
            .await
            .unwrap();
    }

    /// Puts an object and answers its version id.
    pub(crate) async fn put(&self, bucket: &str, key: &str, body: &[u8]) -> Option<String> {
        let put = self
            .s3
            .put_object()
            .bucket(bucket)
            .key(key)
            .body(ByteStream::from(body.to_vec()));
        put.send().await.unwrap().version_id
    }

    pub(crate) async fn read(&self, bucket: &str, key: &str) -> Vec<u8> {
        let got = self.s3.get_object().bucket(bucket).key(key).send().await.unwrap();
        got.body.collect().await.unwrap().to_vec()
    }

    /// States what S3 does.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a hundred callers read better without the ampersand"
    )]
    pub(crate) fn check<T: PartialEq + std::fmt::Debug>(&self, what: &str, got: T, expected: T) {
        let outcome = (got != expected).then(|| format!("got {got:?}, expected {expected:?}"));
        self.results
            .lock()
            .unwrap()
            .insert(format!("{}: {what}", self.case), outcome);
    }
}

/// Runs all cases, so many at once, and answers what failed: checks, and cases that could not go on.
async fn run(s3: Client, raw: RawClient, at_once: usize) -> BTreeMap<String, Option<String>> {
    let results = Arc::new(Mutex::new(BTreeMap::new()));
    let http = reqwest::Client::new();
    let mut running = tokio::task::JoinSet::new();
    let turns = Arc::new(tokio::sync::Semaphore::new(at_once));
    for (case, run) in CASES {
        let cx = Cx {
            s3: s3.clone(),
            http: http.clone(),
            raw: raw.clone(),
            case,
            results: results.clone(),
        };
        let turns = turns.clone();
        running.spawn(async move {
            let _turn = turns.acquire_owned().await;
            (*case, tokio::spawn(run(cx)).await)
        });
    }
    while let Some(done) = running.join_next().await {
        let (case, outcome) = done.unwrap();
        let failure = outcome.err().map(|error| error.to_string());
        results.lock().unwrap().insert(case.to_owned(), failure);
    }
    Arc::try_unwrap(results).unwrap().into_inner().unwrap()
}

fn failures(results: &BTreeMap<String, Option<String>>) -> String {
    let lines: Vec<String> = results
        .iter()
        .filter_map(|(name, outcome)| Some(format!("{name}: {}", outcome.as_ref()?)))
        .collect();
    lines.join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedded_store_does_what_s3_does() {
    let running = Running::with(|config| config.clock = Arc::new(embedded::SystemClock)).await;
    let results = run(running.root(), running.raw(), CASES.len()).await;
    assert_eq!(failures(&results), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seaweedfs_does_too_but_for_the_known_differences() {
    let seaweed = Seaweed::start().await;
    let raw = RawClient::new(&seaweed.endpoint, seaweed::ID, seaweed::SECRET);
    // Every bucket gets volumes of its own with its first write; asked for many at once on a busy machine, SeaweedFS
    // answers 500 to some of those writes.
    let mut results = run(seaweed.client(), raw, 1).await;
    let mut stale = Vec::new();
    for (pattern, _why) in DIFFERENCES {
        let before = results.len();
        results.retain(|name, outcome| outcome.is_none() || !matches(pattern, name));
        if results.len() == before {
            stale.push(*pattern);
        }
    }
    assert_eq!(
        failures(&results),
        "",
        "SeaweedFS differs in a way that the table does not name"
    );
    assert_eq!(stale, Vec::<&str>::new(), "differences that are none any more");
}
