//! What others read of our archives: unzip, Python, 7-Zip, and Java where it is installed.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use super::{by_python, download, folder, names, on_disk, run, sha256};
use crate::support::{TestApp, User, tools::tool};

/// Names below the folder, and bytes.
async fn some_files(user: &User) -> BTreeMap<&'static str, Vec<u8>> {
    let large = (0..3_000_000_u32)
        .map(|n| n.to_be_bytes()[3] ^ n.to_be_bytes()[1])
        .collect();
    let files = BTreeMap::from([
        ("a b+c.txt", b"hello".to_vec()),
        ("100%.txt", b"percent".to_vec()),
        ("empty", Vec::new()),
        ("nested/deeply/file.bin", large),
        ("\u{e9}t\u{e9}.txt", b"composed".to_vec()),
        ("hiver e\u{301}.txt", b"decomposed".to_vec()),
        ("\u{1f389} \u{65e5}\u{672c}\u{8a9e}", b"emoji".to_vec()),
        ("-rf", b"an option".to_vec()),
    ]);
    for (path, bytes) in &files {
        user.upload(&format!("Holiday/{path}"), "text/plain", bytes).await;
    }
    user.post(
        "/api/s3/folder",
        json!({"prefix": user.key("Holiday/Empty folder/")}),
    )
    .await
    .ok::<Value>();
    user.post("/api/s3/folder", json!({"prefix": user.key("Holiday/nested/")}))
        .await
        .ok::<Value>();
    files
}

/// Everything below a folder; folders end in `/`.
fn unpacked(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open: Vec<PathBuf> = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                found.insert(format!("{name}/"), Vec::new());
                open.push(path);
            } else {
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

#[tokio::test]
async fn every_reader_unpacks_what_was_stored() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let files = some_files(&ada).await;
    let archive = on_disk(&download(&ada, &folder(&ada, "Holiday/")).await);
    let path = archive.path();

    let found = by_python(path);
    let mut expected: Vec<&str> = files
        .keys()
        .copied()
        .chain(["Empty folder/", "nested/"])
        .collect();
    expected.sort_unstable();
    assert_eq!(names(&found), expected, "in the order of their keys");
    for entry in &found {
        let bytes = files.get(entry.name.as_str()).map_or(&[][..], Vec::as_slice);
        assert_eq!((entry.size, &entry.sha256), (bytes.len() as u64, &sha256(bytes)));
        let is_folder = entry.name.ends_with('/');
        assert_eq!(entry.mode, if is_folder { 0o040_755 } else { 0o100_644 });
    }

    let mut expected: BTreeMap<String, Vec<u8>> = files
        .into_iter()
        .map(|(name, bytes)| (name.to_owned(), bytes))
        .collect();
    for made in ["Empty folder/", "nested/", "nested/deeply/"] {
        expected.insert(made.to_owned(), Vec::new());
    }
    run(Command::new(tool("unzip")).arg("-tq").arg(path));
    run(Command::new(tool("7z")).arg("t").arg(path));
    let into = tempfile::tempdir().unwrap();
    run(Command::new(tool("unzip"))
        .env("LC_ALL", "C.UTF-8")
        .arg("-q")
        .arg(path)
        .arg("-d")
        .arg(into.path()));
    assert_eq!(unpacked(into.path()), expected);
    let into = tempfile::tempdir().unwrap();
    run(Command::new(tool("7z"))
        .env("LC_ALL", "C.UTF-8")
        .arg("x")
        .arg(format!("-o{}", into.path().display()))
        .arg(path));
    assert_eq!(unpacked(into.path()), expected);
    // Only where there is a JDK: it is large, and nothing else here needs it.
    if Command::new("jar").arg("--version").output().is_ok() {
        let into = tempfile::tempdir().unwrap();
        run(Command::new("jar")
            .env("LC_ALL", "C.UTF-8")
            .current_dir(into.path())
            .arg("xf")
            .arg(path));
        assert_eq!(unpacked(into.path()), expected);
    }
}

#[tokio::test]
async fn moments_are_those_of_the_listing() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let key = ada.upload("a.txt", "text/plain", b"hello").await;
    let page: Value = ada.get("/api/s3/objects").await.ok();
    let modified = page["objects"][0]["last_modified"].as_str().unwrap();
    let archive = on_disk(&download(&ada, &format!("/api/s3/archive?keys={key}")).await);
    let found = by_python(archive.path());
    let moment = time::OffsetDateTime::from_unix_timestamp(found[0].modified.unwrap()).unwrap();
    let format = time::format_description::well_known::Rfc3339;
    assert_eq!(moment.format(&format).unwrap(), modified);
    // DOS counts seconds in twos.
    let dos = [
        moment.year().unsigned_abs(),
        u8::from(moment.month()).into(),
        moment.day().into(),
        moment.hour().into(),
        moment.minute().into(),
        u32::from(moment.second()) / 2 * 2,
    ];
    assert_eq!(found[0].date, dos);
}

#[tokio::test]
async fn security_30_hostile_keys_become_names_that_lead_nowhere_and_the_rest_is_told() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let put = async |path: &str, bytes: &'static [u8]| {
        let sdk = app.storage().sdk();
        let put = sdk
            .put_object()
            .bucket("forepeak")
            .key(ada.key(path))
            .body(bytes.to_vec().into());
        put.send().await.unwrap();
    };
    for (path, bytes) in [
        ("f/..\\..\\evil", &b"backslashes"[..]),
        ("f//absolute", b"absolute"),
        ("f/C:\\drive", b"drive"),
        ("f/\u{202e}gpj.exe", b"reordered"),
        ("f/README", b"one"),
        ("f/readme", b"two"),
        ("f/Readme", b"three"),
        ("f/same", b"file"),
        ("f/same/inside", b"inside"),
        ("f/Icon\r", b"control"),
        ("f/a\nb", b"control"),
        ("f/marker/", b"with content"),
    ] {
        put(path, bytes).await;
    }
    let archive = on_disk(&download(&ada, &folder(&ada, "f/")).await);
    let found = by_python(archive.path());
    let told = "Left out of this archive.txt";
    let mut named: Vec<&str> = names(&found);
    named.sort_unstable();
    assert_eq!(
        named,
        [
            ".._.._evil",
            "C__drive",
            told,
            "README",
            "Readme (2)",
            "_/absolute",
            "_gpj.exe",
            "readme (3)",
            "same",
            "same (2)/inside",
        ]
    );
    run(Command::new(tool("unzip")).arg("-tq").arg(archive.path()));
    let text = run(Command::new(tool("unzip"))
        .arg("-p")
        .arg(archive.path())
        .arg(told));
    let text = String::from_utf8(text).unwrap();
    assert!(
        text.starts_with("3 of the objects in this folder are not in the archive."),
        "{text}"
    );
    for missing in ["Icon<U+000D>\r\n", "a<U+000A>b\r\n", "marker/\r\n"] {
        assert!(text.contains(missing), "{text}");
    }
}
