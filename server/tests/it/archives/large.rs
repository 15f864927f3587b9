//! A ZIP of fifty gigabytes, of which a listing reads the end and nothing else. No disk of a test holds one, so a small
//! server makes up what is asked for.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use app::features::files::types_archive::ArchiveEntries;
use axum::{Router, body::Body, extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use server::platform::object_store::{S3Config, S3Credentials, S3Store};
use tokio::{net::TcpListener, task::AbortHandle};

use crate::support::TestApp;

const SIZE: u64 = 50 << 30;
const NOTE: &[u8] = b"found at the very end";

/// Zeros, and these bytes at their end.
struct Synthetic {
    tail: Vec<u8>,
    sent: AtomicU64,
}

struct Storage {
    object: Arc<Synthetic>,
    endpoint: String,
    serving: AbortHandle,
}

impl Drop for Storage {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Storage {
    async fn start(tail: Vec<u8>) -> Self {
        let object = Arc::new(Synthetic {
            tail,
            sent: AtomicU64::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(range).with_state(Arc::clone(&object));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            object,
            endpoint,
            serving: serving.abort_handle(),
        }
    }

    async fn client(&self) -> S3Store {
        S3Store::new(S3Config {
            endpoint_url: Some(self.endpoint.clone()),
            public_endpoint_url: None,
            region: Some("us-east-1".to_owned()),
            force_path_style: true,
            credentials: Some(S3Credentials {
                access_key_id: "anybody".to_owned(),
                secret_access_key: "anything".into(),
            }),
            ca_bundle: None,
        })
        .await
    }
}

async fn range(State(object): State<Arc<Synthetic>>, headers: HeaderMap) -> Response {
    let range = headers["range"].to_str().unwrap();
    let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
    let (first, last) = match first {
        "" => (SIZE - last.parse::<u64>().unwrap(), SIZE - 1),
        first => (first.parse().unwrap(), last.parse().unwrap()),
    };
    let tail_at = SIZE - object.tail.len() as u64;
    let bytes: Vec<u8> = (first..=last)
        .map(|at| {
            at.checked_sub(tail_at)
                .map_or(0, |at| object.tail[usize::try_from(at).unwrap()])
        })
        .collect();
    object.sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    Response::builder()
        .status(StatusCode::PARTIAL_CONTENT)
        .header("content-range", format!("bytes {first}-{last}/{SIZE}"))
        .header("etag", "\"0123456789abcdef0123456789abcdef-800\"")
        .body(Body::from(bytes))
        .unwrap()
}

/// 16, 32 and 64 bits, the lowest byte first.
fn put(out: &mut Vec<u8>, fields: &[(usize, u64)]) {
    for (bytes, value) in fields {
        out.extend_from_slice(&value.to_le_bytes()[..*bytes]);
    }
}

/// The entry of a stored file in a directory, sizes and offset in 64 bits.
fn central(out: &mut Vec<u8>, name: &str, size: u64, crc: u32, offset: u64) {
    let wide = u64::from(u32::MAX);
    put(
        out,
        &[(4, 0x0201_4b50), (2, 45), (2, 45), (2, 1 << 11), (2, 0), (4, 0)],
    );
    put(
        out,
        &[
            (4, crc.into()),
            (4, wide),
            (4, wide),
            (2, name.len() as u64),
            (2, 28),
        ],
    );
    put(out, &[(2, 0), (2, 0), (2, 0), (4, 0), (4, wide)]);
    out.extend_from_slice(name.as_bytes());
    put(out, &[(2, 1), (2, 24), (8, size), (8, size), (8, offset)]);
}

/// A local header and its bytes, the directory, and what says where that is.
fn tail() -> Vec<u8> {
    let mut directory = Vec::new();
    let note_at = SIZE - 10_000_000;
    central(&mut directory, "film.mov", note_at - 38, 0, 0);
    central(
        &mut directory,
        "note.txt",
        NOTE.len() as u64,
        crc32fast::hash(NOTE),
        note_at,
    );
    for n in 0..20_000 {
        central(&mut directory, &format!("links/{n:06}"), 0, 0, note_at);
    }
    let mut tail = Vec::new();
    put(
        &mut tail,
        &[
            (4, 0x0403_4b50),
            (2, 20),
            (2, 1 << 11),
            (2, 0),
            (4, 0),
            (4, 0),
            (4, 0),
            (4, 0),
        ],
    );
    put(&mut tail, &[(2, 8), (2, 0)]);
    tail.extend_from_slice(b"note.txt");
    tail.extend_from_slice(NOTE);
    // Of the whole object, the rest but directory and end.
    let end = 56 + 20 + 22;
    tail.resize(10_000_000 - directory.len() - end, 0);
    let (at, size) = (SIZE - (directory.len() + end) as u64, directory.len() as u64);
    tail.extend_from_slice(&directory);
    put(
        &mut tail,
        &[(4, 0x0606_4b50), (8, 44), (2, 45), (2, 45), (4, 0), (4, 0)],
    );
    put(&mut tail, &[(8, 20_002), (8, 20_002), (8, size), (8, at)]);
    put(&mut tail, &[(4, 0x0706_4b50), (4, 0), (8, at + size), (4, 1)]);
    put(
        &mut tail,
        &[(4, 0x0605_4b50), (2, 0), (2, 0), (2, 20_002), (2, 20_002)],
    );
    put(&mut tail, &[(4, u32::MAX.into()), (4, u32::MAX.into()), (2, 0)]);
    tail
}

#[tokio::test]
async fn fifty_gigabytes_are_listed_by_their_end() {
    let storage = Storage::start(tail()).await;
    let app = TestApp::builder().store(storage.client().await).build().await;
    let ada = app.user("ada").await;
    let query = format!("key={}", ada.query_key("a.zip"));
    let listed: ArchiveEntries = ada.get(&format!("/api/s3/archive/entries?{query}")).await.ok();
    assert_eq!(listed.entries.len(), 20_002);
    assert_eq!(listed.entries[0].name, "film.mov");
    assert!(listed.entries[0].size > 49 << 30);
    let directory = 20_000 * (46 + 12 + 28);
    let sent = storage.object.sent.swap(0, Ordering::Relaxed);
    assert!(sent < directory + 100_000, "{sent}");

    let note = ada
        .get(&format!("/api/s3/archive/entry?{query}&name=note.txt"))
        .await;
    assert_eq!(note.body, NOTE);
    let sent = storage.object.sent.load(Ordering::Relaxed);
    assert!(sent < directory + 100_000, "{sent}");
}
