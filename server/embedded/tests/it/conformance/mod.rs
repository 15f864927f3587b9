//! One suite of cases, run against the embedded store and against SeaweedFS.
//!
//! A case makes its own buckets and states what S3 does as named checks. Where SeaweedFS is known to
//! differ, [`DIFFERENCES`] names the check and says why the suite is right; a difference that has gone
//! fails the suite too, so the table stays true.

mod buckets;
mod checksums;
mod copies;
mod listings;
mod multipart;
mod objects;
mod presigned;
mod tags;
mod versions;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};

use crate::support::seaweed::Seaweed;
use crate::support::store::Running;

/// Where SeaweedFS 4.48 does not do what S3 does, and why S3's way is the right one.
const DIFFERENCES: &[(&str, &str)] = &[
    (
        "buckets/lifecycle",
        "a write to a missing bucket makes it, so its own bucket goes missing: a typing error must not become a bucket",
    ),
    (
        "buckets/lifecycle: put into none",
        "makes the bucket; S3 says NoSuchBucket",
    ),
    (
        "buckets/lifecycle: list none",
        "the bucket has come about by the write before",
    ),
    (
        "buckets/lifecycle: delete a full one",
        "deletes the objects with it; S3 protects them",
    ),
    (
        "copies/objects_are_copied: says its source",
        "the answer lacks x-amz-copy-source-version-id",
    ),
    (
        "listings/v2: a token of our own making",
        "takes any text for a token and lists from there",
    ),
    (
        "multipart/completed_again: also when it must be new",
        "takes its own object for another's; a client that lost the answer must not be told that it failed",
    ),
    (
        "multipart/completed_again: another list is another completion",
        "answers the first completion to any list; S3 would not claim that other parts were joined",
    ),
    (
        "multipart/listings_of_parts_and_uploads: uploads",
        "lists by upload id, S3 by key",
    ),
    (
        "multipart/listings_of_parts_and_uploads: one by one",
        "lists by upload id, S3 by key",
    ),
    (
        "multipart/listings_of_parts_and_uploads: with a delimiter",
        "ignores the delimiter",
    ),
    (
        "multipart/listings_of_parts_and_uploads: common prefix",
        "ignores the delimiter",
    ),
    (
        "multipart/refusals: no part",
        "answers NoSuchUpload for an upload that is there",
    ),
    (
        "multipart/refusals: part 0",
        "another code; S3 documents InvalidArgument",
    ),
    (
        "multipart/refusals: part 10001",
        "another code; S3 documents InvalidArgument",
    ),
    (
        "objects/conditional_writes: if-match without object",
        "412; S3 documents 404 for If-Match where there is no object",
    ),
    (
        "objects/odd_keys: dir/ reads back",
        "a key with a closing slash is a folder there and loses its bytes",
    ),
    (
        "objects/odd_keys: kkkkkkkkkkkk reads back",
        "a segment has at most 255 bytes there; S3 limits the key to 1,024",
    ),
    (
        "objects/odd_keys: listed as written",
        "stores a//b as a/b; S3 keeps keys byte for byte",
    ),
    (
        "objects/odd_keys: listed in the order of bytes",
        "the same keys as above are missing",
    ),
    (
        "presigned/unreadable_ranges: bytes=a-b",
        "416; RFC 9110, 14.2: a range that is not one is ignored, as S3 does",
    ),
    ("presigned/unreadable_ranges: bytes=5-2", "the same"),
    (
        "tags/set_read_and_removed: a key twice",
        "takes the last one; S3 says InvalidTag",
    ),
    (
        "versions/enabled: a malformed id",
        "its bucket is gone by then, see below",
    ),
    (
        "versions/enabled: a marker has no content",
        "404; S3 says 405, so that a marker is not taken for a missing version",
    ),
    ("versions/enabled: says so", "the 404 lacks x-amz-delete-marker"),
    (
        "versions/enabled: versions fill a bucket",
        "deletes the bucket with its versions; S3 protects them",
    ),
];

type Case = fn(Cx) -> Pin<Box<dyn Future<Output = ()> + Send>>;

macro_rules! cases {
    ($($module:ident: $($name:ident),+;)+) => {
        const CASES: &[(&str, Case)] = &[
            $($((concat!(stringify!($module), "/", stringify!($name)), |cx| Box::pin($module::$name(cx))),)+)+
        ];
    };
}

cases! {
    buckets: lifecycle, cors;
    objects: round_trip, ranges, conditional_reads, conditional_writes, deletes, odd_keys;
    copies: objects_are_copied;
    listings: v2, v1, delimiters_and_paging;
    multipart: life, refusals, completed_again, parts_from_copies, listings_of_parts_and_uploads, conditional_complete;
    versions: enabled, suspended, listed_in_pages;
    tags: set_read_and_removed;
    checksums: single_objects, wrong_ones_are_refused, composite, full_object;
    presigned: urls, tampered_urls, unreadable_ranges;
}

/// What a case works with.
#[derive(Clone)]
pub(crate) struct Cx {
    pub(crate) s3: Client,
    pub(crate) http: reqwest::Client,
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
async fn run(s3: Client, at_once: usize) -> BTreeMap<String, Option<String>> {
    let results = Arc::new(Mutex::new(BTreeMap::new()));
    let http = reqwest::Client::new();
    let mut running = tokio::task::JoinSet::new();
    let turns = Arc::new(tokio::sync::Semaphore::new(at_once));
    for (case, run) in CASES {
        let cx = Cx {
            s3: s3.clone(),
            http: http.clone(),
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
    // As AWS, so that both servers start alike; that our own default differs has its own test.
    let running = Running::with(|config| {
        config.versioned = false;
        config.clock = Arc::new(embedded::SystemClock);
    })
    .await;
    let results = run(running.root(), CASES.len()).await;
    assert_eq!(failures(&results), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seaweedfs_does_too_but_for_the_known_differences() {
    let seaweed = Seaweed::start().await;
    // Every bucket gets volumes of its own with its first write; asked for many at once on a busy machine, SeaweedFS
    // answers 500 to some of those writes.
    let mut results = run(seaweed.client(), 1).await;
    let mut stale = Vec::new();
    for (name, _why) in DIFFERENCES {
        match results.remove(*name) {
            Some(Some(_)) => {}
            _ => stale.push(*name),
        }
    }
    assert_eq!(
        failures(&results),
        "",
        "SeaweedFS differs in a way that the table does not name"
    );
    assert_eq!(stale, Vec::<&str>::new(), "differences that are none any more");
}
