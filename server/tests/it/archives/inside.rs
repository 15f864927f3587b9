//! Looking into archives that others made, and into hostile ones.

use std::process::Command;

use app::{
    contract::ErrorCode,
    features::files::types_archive::{ArchiveEntries, ArchiveEntry},
};
use serde_json::Value;

use super::{Streamed, download, folder, run};
use crate::support::{TestApp, User, tools::tool};

/// An archive by Python's `zipfile`: `script` adds to `z`.
fn by_python(script: &str) -> Vec<u8> {
    let file = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
    let whole = format!(
        "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as z:\n{script}"
    );
    run(Command::new(tool("python3"))
        .args(["-c", &whole])
        .arg(file.path()));
    std::fs::read(file.path()).unwrap()
}

async fn stored(user: &User, bytes: &[u8]) {
    user.upload("a.zip", "application/zip", bytes).await;
}

async fn entries(user: &User) -> Vec<ArchiveEntry> {
    let path = format!("/api/s3/archive/entries?key={}", user.query_key("a.zip"));
    user.get(&path).await.ok::<ArchiveEntries>().entries
}

fn entry(user: &User, name: &str) -> String {
    let name = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
    format!(
        "/api/s3/archive/entry?key={}&name={name}",
        user.query_key("a.zip")
    )
}

#[tokio::test]
async fn entries_and_their_bytes_are_those_that_went_in() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let script = r#"
    i = zipfile.ZipInfo("folder/", (2024, 2, 29, 12, 34, 56))
    z.writestr(i, b"")
    z.writestr(zipfile.ZipInfo("folder/stored.txt", (1980, 1, 1, 0, 0, 0)), b"stored")
    z.writestr("folder/zeros", bytes(3_000_000))
    z.writestr("\u00e9\U0001f389 100% & more.html", b"<script>")
    z.writestr("empty", b"")
    z.writestr("twice", b"first")
    z.writestr("twice", b"second")
    z.writestr("../../etc/passwd", b"hostile")
    z.comment = b"PK\x05\x06 says a comment"
"#;
    stored(&ada, &by_python(script)).await;
    let found = entries(&ada).await;
    let sizes: Vec<_> = found
        .iter()
        .map(|entry| (entry.name.as_str(), entry.size, entry.is_folder))
        .collect();
    assert_eq!(
        sizes,
        [
            ("folder/", 0, true),
            ("folder/stored.txt", 6, false),
            ("folder/zeros", 3_000_000, false),
            ("\u{e9}\u{1f389} 100% & more.html", 8, false),
            ("empty", 0, false),
            ("twice", 5, false),
            ("twice", 6, false),
            ("../../etc/passwd", 7, false),
        ]
    );
    assert_eq!(
        found[0].last_modified.unwrap().to_string(),
        "2024-02-29T12:34:56Z"
    );
    assert_eq!(found[1].compressed_size, 6);
    assert!(found[2].compressed_size < 10_000);

    for (name, bytes, served, saved) in [
        (
            "folder/stored.txt",
            b"stored".to_vec(),
            "text/plain",
            "stored.txt",
        ),
        (
            "folder/zeros",
            vec![0; 3_000_000],
            "application/octet-stream",
            "zeros",
        ),
        ("empty", Vec::new(), "application/octet-stream", "empty"),
        ("twice", b"second".to_vec(), "application/octet-stream", "twice"),
        (
            "../../etc/passwd",
            b"hostile".to_vec(),
            "application/octet-stream",
            "passwd",
        ),
    ] {
        let answer = ada.get(&entry(&ada, name)).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        assert!(answer.body == bytes, "{name}");
        assert_eq!(
            answer.header("content-length"),
            Some(bytes.len().to_string().as_str())
        );
        assert_eq!(answer.header("content-type"), Some(served), "{name}");
        let disposition = format!("attachment; filename=\"{saved}\"");
        assert_eq!(answer.header("content-disposition"), Some(disposition.as_str()));
    }
    // Nothing that a browser would run.
    let answer = ada.get(&entry(&ada, "\u{e9}\u{1f389} 100% & more.html")).await;
    assert_eq!(answer.header("content-type"), Some("application/octet-stream"));
    assert!(
        answer
            .header("content-disposition")
            .unwrap()
            .starts_with("attachment; ")
    );
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(
        answer.header("content-security-policy"),
        Some("sandbox; default-src 'none'")
    );
}

#[tokio::test]
async fn our_own_archives_are_read_too() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    ada.upload("f/a/1", "text/plain", b"one").await;
    ada.upload("f/\u{e9}", "text/plain", b"two").await;
    let archive = download(&ada, &folder(&ada, "f/")).await;
    stored(&ada, &archive).await;
    let found = entries(&ada).await;
    let names: Vec<_> = found.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["a/1", "\u{e9}"]);
    assert_eq!(ada.get(&entry(&ada, "\u{e9}")).await.text(), "two");
    // One that is run as a program has something before it.
    let mut shifted = b"#!/bin/sh\n".repeat(10_000);
    shifted.extend_from_slice(&archive);
    stored(&ada, &shifted).await;
    assert_eq!(entries(&ada).await, found);
    assert_eq!(ada.get(&entry(&ada, "a/1")).await.text(), "one");
}

#[tokio::test]
async fn what_is_no_archive_or_cannot_be_unpacked_is_refused_by_its_field() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let archive = by_python("    z.writestr('a', b'hello')");
    let mut without_end = archive.clone();
    without_end.truncate(archive.len() - 4);
    for bytes in [&b""[..], b"hello", &[0; 200_000], &without_end] {
        stored(&ada, bytes).await;
        for path in [
            format!("/api/s3/archive/entries?key={}", ada.query_key("a.zip")),
            entry(&ada, "a"),
        ] {
            let error = ada.get(&path).await.error(400);
            assert!(error.fields["key"].contains("ZIP"), "{}", error.detail);
        }
    }
    stored(
        &ada,
        &by_python("    z.writestr('f/', b'')\n    z.writestr('f/a', b'hello')"),
    )
    .await;
    assert!(
        ada.get(&entry(&ada, "f/"))
            .await
            .error(400)
            .fields
            .contains_key("name")
    );
    ada.get(&entry(&ada, "f/b")).await.error(404);
    ada.get(&entry(&ada, "")).await.error(404);
    ada.get(&format!("/api/s3/archive/entries?key={}", ada.query_key("none")))
        .await
        .error(404);

    stored(
        &ada,
        &by_python("    z.writestr('a', b'hello' * 100, zipfile.ZIP_BZIP2)"),
    )
    .await;
    assert_eq!(entries(&ada).await[0].size, 500);
    let error = ada.get(&entry(&ada, "a")).await.error(501);
    assert_eq!(error.code, ErrorCode::Unsupported);
    assert!(error.detail.contains("number 12"), "{}", error.detail);
    let encrypted = encrypted();
    stored(&ada, &encrypted).await;
    assert_eq!(entries(&ada).await.len(), 1);
    assert!(
        ada.get(&entry(&ada, "secret"))
            .await
            .error(501)
            .detail
            .contains("encrypted")
    );
}

fn encrypted() -> Vec<u8> {
    let into = tempfile::tempdir().unwrap();
    std::fs::write(into.path().join("secret"), b"hello").unwrap();
    run(Command::new(tool("7z"))
        .current_dir(into.path())
        .args(["a", "-pword", "-tzip", "a.zip", "secret"]));
    std::fs::read(into.path().join("a.zip")).unwrap()
}

/// The directory's entry of the only file, or of the first.
fn central(archive: &[u8]) -> usize {
    archive
        .windows(4)
        .position(|bytes| bytes == b"PK\x01\x02")
        .unwrap()
}

#[tokio::test]
async fn security_31_an_entry_that_is_not_what_its_archive_says_is_cut_off() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let honest = by_python("    z.writestr('bomb', bytes(50_000_000))");
    let at = central(&honest);
    let with = |field: usize, value: u32| {
        let mut changed = honest.clone();
        changed[at + field..at + field + 4].copy_from_slice(&value.to_le_bytes());
        changed
    };
    let (crc, size) = (16, 24);
    let mut garbled = honest.clone();
    garbled[5000] ^= 0xff;
    for (archive, longest) in [
        (with(size, 1000), 1000),
        (with(size, 50_000_001), 50_000_001),
        (with(crc, 0), 50_000_000),
        (garbled, 50_000_000),
    ] {
        stored(&ada, &archive).await;
        let streamed = Streamed::read(ada.open(&entry(&ada, "bomb")).await).await;
        assert_eq!(streamed.status, 200);
        assert!(streamed.broken.is_some());
        assert!(streamed.body.len() <= longest, "{}", streamed.body.len());
    }
    // Numbers that point outside of the archive are seen before the first byte.
    let (compressed, offset) = (20, 42);
    for archive in [
        with(compressed, 40_000_000),
        with(offset, 40_000_000),
        with(offset, 7),
        with(compressed, u32::MAX - 1),
    ] {
        stored(&ada, &archive).await;
        let error = ada.get(&entry(&ada, "bomb")).await.error(400);
        assert!(error.fields.contains_key("key"), "{}", error.detail);
    }
    stored(&ada, &honest).await;
    let whole = Streamed::read(ada.open(&entry(&ada, "bomb")).await).await;
    assert_eq!((whole.broken, whole.body.len()), (None, 50_000_000));
}

#[tokio::test]
async fn security_31_directories_are_bounded() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let one = by_python("    z.writestr('a', b'')");
    let at = central(&one);
    let end = one.windows(4).position(|bytes| bytes == b"PK\x05\x06").unwrap();
    let record = &one[at..end];
    // Many entries for one file, as many as the 16 bits of the count let one claim.
    let many = |count: usize, claimed: usize| {
        let directory = record.repeat(count);
        let mut archive = one[..at].to_vec();
        archive.extend_from_slice(&directory);
        let mut last = one[end..].to_vec();
        let claimed = u16::try_from(claimed % 65_536).unwrap().to_le_bytes();
        last[8..10].copy_from_slice(&claimed);
        last[10..12].copy_from_slice(&claimed);
        last[12..16].copy_from_slice(&u32::try_from(directory.len()).unwrap().to_le_bytes());
        archive.extend_from_slice(&last);
        archive
    };
    let path = format!("/api/s3/archive/entries?key={}", ada.query_key("a.zip"));
    stored(&ada, &many(70_000, 70_000)).await;
    assert_eq!(entries(&ada).await.len(), 70_000);
    for (archive, why) in [
        (many(250_001, 250_001), "more than 250000 entries"),
        (many(5, 6), "not as many entries as it says"),
    ] {
        stored(&ada, &archive).await;
        let error = ada.get(&path).await.error(400);
        assert!(error.fields["key"].contains(why), "{}", error.detail);
    }
}

#[tokio::test]
async fn a_version_is_looked_into_and_what_changes_meanwhile_is_seen() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    stored(&ada, &by_python("    z.writestr('old', b'old')")).await;
    let versions: Value = ada
        .get(&format!("/api/s3/object/versions?key={}", ada.query_key("a.zip")))
        .await
        .ok();
    let old = versions[0]["version_id"].as_str().unwrap().to_owned();
    stored(&ada, &by_python("    z.writestr('new', b'new')")).await;
    assert_eq!(entries(&ada).await[0].name, "new");
    let path = format!("{}&version_id={old}", entry(&ada, "old"));
    assert_eq!(ada.get(&path).await.text(), "old");
    ada.get(&format!("{path}x")).await.error(404);
}
