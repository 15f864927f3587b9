//! Sizes at which the format changes: in `make soak` only.

use std::process::Command;

use futures::{StreamExt, stream};
use http_body_util::BodyExt;
use tokio::io::AsyncWriteExt;

use super::{folder, run};
use crate::support::{TestApp, User, tools::tool};

/// `FOREPEAK_SOAK`
#[expect(
    clippy::disallowed_methods,
    reason = "tests have no configuration to read it from"
)]
fn is_soak() -> bool {
    std::env::var_os("FOREPEAK_SOAK").is_some()
}

/// Saves an archive without holding it, and has it tested.
async fn tested(user: &User, path: &str, expected: u64) {
    let file = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
    let mut response = user.open(&folder(user, path)).await;
    assert_eq!(response.status(), 200);
    let promised: u64 = response.headers()["content-length"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    let mut out = tokio::fs::File::create(file.path()).await.unwrap();
    while let Some(frame) = response.body_mut().frame().await {
        out.write_all(&frame.unwrap().into_data().unwrap()).await.unwrap();
    }
    out.flush().await.unwrap();
    assert_eq!(out.metadata().await.unwrap().len(), promised);
    run(Command::new(tool("unzip")).arg("-tqq").arg(file.path()));
    run(Command::new(tool("7z")).args(["t", "-bd"]).arg(file.path()));
    const SCRIPT: &str = "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint(len(z.infolist()))";
    let counted = run(Command::new(tool("python3"))
        .args(["-c", SCRIPT])
        .arg(file.path()));
    assert_eq!(String::from_utf8(counted).unwrap().trim(), expected.to_string());
    if Command::new("jar").arg("--version").output().is_ok() {
        let listed = run(Command::new("jar").arg("tf").arg(file.path()));
        assert_eq!(listed.split(|byte| *byte == b'\n').count() as u64 - 1, expected);
    }
}

#[tokio::test]
async fn more_entries_than_sixteen_bits_count() {
    if !is_soak() {
        return;
    }
    const FILES: u64 = 65_600;
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let sdk = app.storage().sdk();
    let put = |n: u64| {
        let put = sdk
            .put_object()
            .bucket("forepeak")
            .key(ada.key(&format!("many/{n:06}")));
        put.body(n.to_string().into_bytes().into()).send()
    };
    stream::iter((0..FILES).map(put))
        .buffer_unordered(32)
        .for_each(async |stored| {
            stored.unwrap();
        })
        .await;
    tested(&ada, "many/", FILES).await;
}

#[tokio::test]
async fn a_file_of_more_than_four_gigabytes_and_what_follows_it() {
    if !is_soak() {
        return;
    }
    const PART: usize = 512 << 20;
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let sdk = app.storage().sdk();
    let key = ada.key("large/1");
    let begun = sdk
        .create_multipart_upload()
        .bucket("forepeak")
        .key(&key)
        .send()
        .await
        .unwrap();
    let upload = begun.upload_id().unwrap();
    let mut parts = aws_sdk_s3::types::CompletedMultipartUpload::builder();
    let zeros = bytes::Bytes::from(vec![0; PART]);
    for number in 1..=9 {
        let part = sdk
            .upload_part()
            .bucket("forepeak")
            .key(&key)
            .upload_id(upload)
            .part_number(number);
        let part = part.body(zeros.clone().into()).send().await.unwrap();
        let part = aws_sdk_s3::types::CompletedPart::builder()
            .part_number(number)
            .set_e_tag(part.e_tag().map(str::to_owned));
        parts = parts.parts(part.build());
    }
    sdk.complete_multipart_upload()
        .bucket("forepeak")
        .key(&key)
        .upload_id(upload)
        .multipart_upload(parts.build())
        .send()
        .await
        .unwrap();
    ada.upload("large/2", "text/plain", b"beyond four gigabytes")
        .await;
    tested(&ada, "large/", 2).await;
}
