//! `kill -9` at any moment: what was acknowledged is whole, nothing is half there, rubbish goes.
//!
//! The child is this test binary itself, which serves a store until it is killed. The parent writes to
//! it from several tasks, kills it, starts it again and compares every key with what it was told.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use embedded::{Config, Store};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use secrecy::ExposeSecret as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Row as _};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::support::{self, bytes, store::count_files};

const ROUNDS: u64 = 50;
const WRITERS: usize = 4;
const KEYS: u64 = 6;
const FOLDER: &str = "FOREPEAK_CRASH_TEST_FOLDER";

/// What may be found under a key: the last value acknowledged, or one sent later and not answered.
#[derive(Debug, Default, Clone)]
struct Known {
    /// Seed and length, or `None` for no object.
    acknowledged: Option<(u64, usize)>,
    in_doubt: Vec<Option<(u64, usize)>>,
}

type Ledger = Arc<Mutex<BTreeMap<String, Known>>>;

/// Serves the folder until it is killed, or its parent goes. Does nothing unless it was asked to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child of the crash test"]
async fn child() {
    #[expect(clippy::disallowed_methods, reason = "the parent has no other way to tell")]
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let config = Config::new(folder);
    let store = Store::open(config).await.unwrap();
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("\nserving {}", socket.local_addr().unwrap());
    let parent_gone = tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0]));
    store
        .serve(socket, Store::limits(), async { drop(parent_gone.await) })
        .await;
}

async fn start(folder: &Path) -> (Child, String) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["crash::child", "--exact", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some(address) = line.strip_prefix("serving ") {
            return (child, format!("http://{address}"));
        }
    }
    panic!("the child did not start");
}

/// Writes until the store is gone.
async fn write(client: Client, ledger: Ledger, writer: usize, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    loop {
        let key = format!("w{writer}/k{}", random.random_range(0..KEYS));
        let what = random.random_range(0..10);
        let value = (what > 1).then(|| {
            let size = if random.random_bool(0.2) {
                2_000_000
            } else {
                20_000
            };
            (random.random::<u64>(), random.random_range(0..size))
        });
        ledger
            .lock()
            .unwrap()
            .entry(key.clone())
            .or_default()
            .in_doubt
            .push(value);
        let done = match value {
            None => client
                .delete_object()
                .bucket("b-b")
                .key(&key)
                .send()
                .await
                .is_ok(),
            Some((seed, len)) if what > 7 => multipart(&client, &key, bytes(seed, len)).await.is_some(),
            Some((seed, len)) => {
                let body = ByteStream::from(bytes(seed, len));
                client
                    .put_object()
                    .bucket("b-b")
                    .key(&key)
                    .body(body)
                    .send()
                    .await
                    .is_ok()
            }
        };
        if !done {
            return;
        }
        ledger.lock().unwrap().insert(
            key,
            Known {
                acknowledged: value,
                in_doubt: Vec::new(),
            },
        );
    }
}

async fn multipart(client: &Client, key: &str, body: Vec<u8>) -> Option<()> {
    let begun = client
        .create_multipart_upload()
        .bucket("b-b")
        .key(key)
        .send()
        .await
        .ok()?;
    let id = begun.upload_id?;
    let part = client
        .upload_part()
        .bucket("b-b")
        .key(key)
        .upload_id(&id)
        .part_number(1);
    let part = part.body(ByteStream::from(body)).send().await.ok()?;
    let part = CompletedPart::builder()
        .part_number(1)
        .set_e_tag(part.e_tag)
        .build();
    let list = CompletedMultipartUpload::builder().parts(part).build();
    let done = client
        .complete_multipart_upload()
        .bucket("b-b")
        .key(key)
        .upload_id(&id);
    done.multipart_upload(list).send().await.ok().map(drop)
}

/// Every key is as acknowledged, or as one of the writes that were never answered. What is found is
/// settled from then on.
async fn verify(client: &Client, ledger: &Ledger, round: u64) {
    let keys: Vec<(String, Known)> = ledger.lock().unwrap().clone().into_iter().collect();
    for (key, known) in keys {
        let found = match client.get_object().bucket("b-b").key(&key).send().await {
            Ok(got) => Some(got.body.collect().await.unwrap().to_vec()),
            Err(error) => {
                assert!(
                    error
                        .as_service_error()
                        .is_some_and(GetObjectError::is_no_such_key),
                    "{key}: {error:?}"
                );
                None
            }
        };
        let candidates = std::iter::once(known.acknowledged).chain(known.in_doubt.iter().copied());
        let settled = candidates
            .into_iter()
            .find(|value| value.map(|(seed, len)| bytes(seed, len)) == found)
            .unwrap_or_else(|| {
                panic!(
                    "round {round}: {key} holds {:?} bytes: {known:?}",
                    found.map(|f| f.len())
                )
            });
        ledger.lock().unwrap().insert(
            key,
            Known {
                acknowledged: settled,
                in_doubt: Vec::new(),
            },
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_moment_loses_nothing_that_was_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("store");
    let config = Config::new(&folder);
    let store = Store::open(config.clone()).await.unwrap();
    let (id, secret) = (
        store.root_key().access_key_id.clone(),
        store.root_key().secret.clone(),
    );
    store.close().await;
    let mut random = StdRng::seed_from_u64(20_260_102);
    let ledger = Ledger::default();
    let mut acknowledged = 0;
    for round in 0..ROUNDS {
        let (mut child, endpoint) = start(&folder).await;
        let client = support::client(&endpoint, &id, secret.expose_secret(), None);
        if round == 0 {
            client.create_bucket().bucket("b-b").send().await.unwrap();
        }
        verify(&client, &ledger, round).await;
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            writers.spawn(write(client.clone(), ledger.clone(), writer, random.random()));
        }
        // Not a wait for something: the moment of the kill is what is random here.
        tokio::time::sleep(Duration::from_micros(random.random_range(1_000..200_000))).await;
        child.start_kill().unwrap();
        child.wait().await.unwrap();
        while writers.join_next().await.is_some() {}
        acknowledged += ledger
            .lock()
            .unwrap()
            .values()
            .filter(|known| known.acknowledged.is_some())
            .count();
    }
    assert!(
        acknowledged > 100,
        "the rounds were too short to mean anything: {acknowledged}"
    );
    let (mut child, endpoint) = start(&folder).await;
    verify(
        &support::client(&endpoint, &id, secret.expose_secret(), None),
        &ledger,
        ROUNDS,
    )
    .await;
    child.start_kill().unwrap();
    child.wait().await.unwrap();

    // Opening sweeps; then the files are exactly those that the metadata names.
    let store = Store::open(config).await.unwrap();
    let options = SqliteConnectOptions::new().filename(folder.join("meta.db"));
    let mut db = SqliteConnection::connect_with(&options).await.unwrap();
    let row = sqlx::query("SELECT count(DISTINCT blob) FROM pieces")
        .fetch_one(&mut db)
        .await
        .unwrap();
    assert_eq!(
        i64::try_from(count_files(&folder.join("blobs"))).unwrap(),
        row.get::<i64, _>(0)
    );
    store.close().await;
}
