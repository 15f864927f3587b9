//! Folders and selections as one ZIP, and what is inside a ZIP.

mod changes;
mod downloads;
mod inside;
mod large;
mod links;
mod readers;
mod soak;

use std::{path::Path, process::Command};

use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use serde::Deserialize;

use crate::support::{Client, User, tools::tool};

/// An answer, as far as it came.
pub(crate) struct Streamed {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Why it ended before its end.
    pub(crate) broken: Option<String>,
}

impl Streamed {
    pub(crate) async fn read(mut response: axum::response::Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let (mut body, mut broken) = (Vec::new(), None);
        while let Some(frame) = response.body_mut().frame().await {
            match frame {
                Ok(frame) => body.extend_from_slice(&frame.into_data().unwrap_or_default()),
                Err(error) => {
                    broken = Some(error.to_string());
                    break;
                }
            }
        }
        Self {
            status,
            headers,
            body,
            broken,
        }
    }

    pub(crate) fn length(&self) -> usize {
        self.headers["content-length"].to_str().unwrap().parse().unwrap()
    }
}

/// A whole archive, as long as it said that it would be.
pub(crate) async fn download(client: &Client, path: &str) -> Vec<u8> {
    let streamed = Streamed::read(client.open(path).await).await;
    assert_eq!(
        streamed.status,
        200,
        "{path}: {}",
        String::from_utf8_lossy(&streamed.body)
    );
    assert_eq!(streamed.broken, None);
    assert_eq!(streamed.length(), streamed.body.len());
    assert_eq!(streamed.headers["content-type"], "application/zip");
    streamed.body
}

pub(crate) fn folder(user: &User, path: &str) -> String {
    format!("/api/s3/archive?prefix={}", user.query_key(path))
}

/// An entry as Python's `zipfile` reads it, its bytes verified.
#[derive(Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) sha256: String,
    /// `[2024, 2, 29, 12, 34, 56]`
    pub(crate) date: Vec<u32>,
    /// Unix seconds of the extended timestamp.
    pub(crate) modified: Option<i64>,
    pub(crate) mode: u32,
}

/// Python's `zipfile`, which checks every CRC.
pub(crate) fn by_python(archive: &Path) -> Vec<Found> {
    const SCRIPT: &str = r#"
import hashlib, json, struct, sys, zipfile
def modified(extra):
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        if kind == 0x5455: return struct.unpack("<xi", extra[4:9])[0]
        extra = extra[4 + size:]
with zipfile.ZipFile(sys.argv[1]) as z:
    assert z.testzip() is None
    found = []
    for i in z.infolist():
        with z.open(i) as f: digest = hashlib.file_digest(f, "sha256").hexdigest()
        assert i.compress_type == zipfile.ZIP_STORED and i.flag_bits & 0x800, i
        found.append(dict(name=i.filename, size=i.file_size, sha256=digest, date=i.date_time,
                          modified=modified(i.extra), mode=i.external_attr >> 16))
print(json.dumps(found))
"#;
    serde_json::from_slice(&run(Command::new(tool("python3"))
        .args(["-c", SCRIPT])
        .arg(archive)))
    .unwrap()
}

/// What a program says; it must end well.
pub(crate) fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    hex::encode(sha2::Sha256::digest(bytes))
}

pub(crate) fn names(found: &[Found]) -> Vec<&str> {
    found.iter().map(|entry| entry.name.as_str()).collect()
}

/// An archive as a file, for programs that read files.
pub(crate) fn on_disk(bytes: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    file
}
