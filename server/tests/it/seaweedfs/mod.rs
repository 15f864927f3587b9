//! The same routes in front of a storage server that is not ours.

mod names;
mod quota;
mod retention;

use app::features::files::{
    types::ObjectVersion,
    types_history::{DeletedPage, HistoryPage},
};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use futures::{StreamExt, stream};
use seaweed::{ID, SECRET, Seaweed};
use serde_json::{Value, json};
use server::{
    features::auth::development,
    platform::object_store::{S3Config, S3Credentials, S3Store},
};

use crate::{
    archives,
    files::{jobs, with_history},
    seeds,
    support::{Form, TestApp, User, ports, tools},
    uploads::{MIB, bytes, completion, initiate, put, read, send_part},
};

#[path = "../../../embedded/tests/it/support/seaweed.rs"]
mod seaweed;

/// What `seaweed` expects of its parent.
fn client(endpoint: &str, id: &str, secret: &str, _: Option<&str>) -> aws_sdk_s3::Client {
    crate::support::sdk(endpoint, id, secret)
}

fn code<T, E: ProvideErrorMetadata, R>(result: &Result<T, SdkError<E, R>>) -> String {
    let error = result.as_ref().err().and_then(SdkError::as_service_error);
    error
        .and_then(ProvideErrorMetadata::code)
        .unwrap_or_default()
        .to_owned()
}

async fn store(seaweed: &Seaweed) -> S3Store {
    S3Store::new(S3Config {
        endpoint_url: Some(seaweed.endpoint.clone()),
        public_endpoint_url: None,
        region: Some("us-east-1".to_owned()),
        force_path_style: true,
        credentials: Some(S3Credentials {
            access_key_id: ID.to_owned(),
            secret_access_key: SECRET.into(),
        }),
        ca_bundle: None,
    })
    .await
}

async fn app(seaweed: &Seaweed) -> TestApp {
    let store = store(seaweed).await;
    let bucket = "forepeak".parse().unwrap();
    store.ensure_bucket(&bucket).await.unwrap();
    let origins = ["http://127.0.0.1:8000".to_owned()];
    store.allow_origins(&bucket, &origins).await.unwrap();
    store.allow_origins(&bucket, &origins).await.unwrap();
    let rules = seaweed
        .client()
        .get_bucket_cors()
        .bucket("forepeak")
        .send()
        .await
        .unwrap();
    assert_eq!(rules.cors_rules().len(), 1);
    TestApp::builder().store(store).build().await
}

/// One server for all of it: it takes seconds to start.
#[tokio::test]
async fn files_and_uploads_work_on_seaweedfs() {
    let seaweed = Seaweed::start().await;
    let app = app(&seaweed).await;
    let ada = app.user("ada").await;
    keys_are_kept(&ada).await;
    pages_join(&ada).await;
    a_download_is_pinned(&ada).await;
    a_put_is_exact(&ada).await;
    every_checksum_is_verified(&ada).await;
    parts_resume_and_complete_twice(&app, &ada).await;
    archives_are_packed_and_looked_into(&ada).await;
    other_programs_keys_can_be_deleted(&seaweed, &ada).await;
    nothing_is_left(&ada).await;
    a_search_finds_all_of_many(&seaweed, &app).await;
    folders_move_and_come_back(&app, &seaweed).await;
    quota::every_byte_counts(&app).await;
    quota::copies_replace_what_they_were_asked_to(&app, &seaweed).await;
    names::pages_leave_out_an_object_beside_its_folder(&app, &seaweed).await;
    names::versions_are_listed_in_order(&app, &seaweed).await;
    history_is_told_and_brought_back(&app, &ada).await;
    names::none_is_passed_over(&app, &seaweed).await;
    development::seed(&app.state.auth).await.unwrap();
    seeds::buckets::every_example(&app).await;
    retention::rules_are_kept_beside_those_of_others(&seaweed).await;
    retention::what_storage_does_not_remove_is_removed(&app, &seaweed).await;
}

/// Somebody new, at a moment of the application that lies after all that storage has dated.
async fn later(app: &TestApp, ada: &User) -> User {
    ada.upload("dated", "text/plain", b"x").await;
    let dated: Vec<ObjectVersion> = ada
        .get(&format!("/api/s3/object/versions?key={}", ada.query_key("dated")))
        .await
        .ok();
    let ahead = dated[0].last_modified.unix() - app.clock_seconds() + 3600;
    app.clock.advance(time::Duration::seconds(ahead));
    app.user("grace").await
}

async fn history_is_told_and_brought_back(app: &TestApp, ada: &User) {
    let grace = later(app, ada).await;
    // Beside a folder `d/` it leaves `d.txt` out where a page ends between them, so that one is left out.
    let names = ["a+b %2F.txt", "d/e/1", "d/x", "dx.txt", "kept"];
    for name in names {
        for text in ["one", "second"] {
            grace.upload(name, "text/plain", text.as_bytes()).await;
        }
    }
    let keys: Vec<_> = names[..4].iter().map(|name| grace.key(name)).collect();
    grace
        .delete_json("/api/s3/objects", json!({"keys": keys}))
        .await
        .ok::<Value>();
    // With pages of one, two and many versions.
    for page in [1, 2, 1000] {
        let grace = with_history(app, &grace, |history| history.with_page(page));
        let (mut found, mut token) = (Vec::new(), String::new());
        loop {
            let page: DeletedPage = grace
                .get(&format!("/api/s3/deleted?max_keys=1{token}"))
                .await
                .ok();
            found.extend(page.objects.into_iter().map(|object| (object.key, object.size)));
            match page.continuation_token {
                Some(next) => token = format!("&continuation_token={next}"),
                None => break,
            }
        }
        found.sort();
        let mut expected: Vec<_> = keys.iter().map(|key| (key.clone(), 6)).collect();
        expected.sort();
        assert_eq!(found, expected, "{page}");
    }
    let space: Value = grace.get("/api/s3/object/versions/space").await.ok();
    assert_eq!(
        (&space["old_versions"], &space["old_versions_bytes"]),
        (&json!(9), &json!(39))
    );

    // An older version is copied; what is only deleted is uncovered.
    let versions: Vec<ObjectVersion> = grace
        .get(&format!(
            "/api/s3/object/versions?key={}",
            grace.query_key("kept")
        ))
        .await
        .ok();
    let oldest = &versions.last().unwrap().version_id;
    let body = json!({"key": grace.key("kept"), "version_id": oldest});
    grace.post("/api/s3/object/restore", body).await.ok::<Value>();
    assert_eq!(read(&grace, "kept").await, b"one");
    let body = json!({"prefix": grace.key("d"), "deleted_only": true});
    assert_eq!(grace.post("/api/s3/object/restore", body).await.status, 202);
    app.run_jobs().await;
    for name in ["d/e/1", "d/x", "dx.txt"] {
        assert_eq!(read(&grace, name).await, b"second", "{name}");
    }
    let as_of = versions[0].last_modified;
    let history: HistoryPage = grace.get(&format!("/api/s3/history?as_of={as_of}")).await.ok();
    assert!(
        history
            .objects
            .iter()
            .any(|row| row.entry.key == grace.key("kept"))
    );
    let ever: HistoryPage = grace.get("/api/s3/history?as_of=2100-01-01T00:00:00Z").await.ok();
    let mut rows: Vec<_> = ever.objects.iter().map(|row| row.entry.key.clone()).collect();
    rows.sort();
    let mut expected = ["d/", "dx.txt", "kept"].map(|name| grace.key(name));
    expected.sort();
    assert_eq!(rows, expected);

    // A marker is deleted by its id, which uncovers what it hides.
    let path = format!("/api/s3/object/versions?key={}", grace.query_key(names[0]));
    let versions: Vec<ObjectVersion> = grace.get(&path).await.ok();
    let marker = versions.iter().find(|version| version.is_delete_marker).unwrap();
    let body = json!({"key": grace.key(names[0]), "version_id": marker.version_id});
    grace.delete_json("/api/s3/object", body).await.ok::<Value>();
    assert_eq!(read(&grace, names[0]).await, b"second");

    let body = json!({"key": grace.key("kept"), "metadata": {"a": "b"}, "content_type": "text/csv", "tags": {"c d": "e"}});
    grace.patch("/api/s3/object/metadata", body).await.ok::<Value>();
    let named = format!("key={}", grace.query_key("kept"));
    let metadata: Value = grace.get(&format!("/api/s3/object/metadata?{named}")).await.ok();
    assert_eq!(
        (&metadata["content_type"], &metadata["metadata"]),
        (&json!("text/csv"), &json!({"a": "b"}))
    );
    let tags: Value = grace.get(&format!("/api/s3/object/tags?{named}")).await.ok();
    assert_eq!(tags, json!({"tags": {"c d": "e"}}));
    let body = json!({"key": grace.key("kept"), "tags": {"f": "g"}});
    grace.patch("/api/s3/object/metadata", body).await.ok::<Value>();
    let tags: Value = grace.get(&format!("/api/s3/object/tags?{named}")).await.ok();
    assert_eq!(tags, json!({"tags": {"f": "g"}}));
    assert_eq!(read(&grace, "kept").await, b"one");
}

/// It lists no folder markers and folds `//`, so the tree has neither.
async fn folders_move_and_come_back(app: &TestApp, seaweed: &Seaweed) {
    let eve = app.user("eve").await;
    let sdk = seaweed.client();
    for name in ["a.txt", "b/c + d.txt", "b/\u{e9}", "b/q?x=y&z"] {
        jobs::put(&sdk, &eve.key(&format!("f/{name}")), name.as_bytes()).await;
    }
    sdk.put_object()
        .bucket("forepeak")
        .key(eve.key("f/rich.html"))
        .content_type("text/html")
        .cache_control("max-age=5")
        .metadata("colour", "blue")
        .tagging("a=1&b=two")
        .body(b"rich".to_vec().into())
        .send()
        .await
        .unwrap();
    jobs::put(&sdk, &eve.key("g/a.txt"), b"overwritten").await;
    let sources = jobs::things(&sdk, &eve.key("f/")).await;
    let targets = jobs::things(&sdk, &eve.key("g/")).await;
    let transfer = json!({"source": eve.key("f/"), "destination": eve.key("g/"), "on_conflict": "overwrite"});
    for path in ["/api/s3/copy", "/api/s3/move"] {
        let id = jobs::run_well(app, &eve, path, transfer.clone()).await;
        assert_eq!(jobs::things(&sdk, &eve.key("g/")).await, sources, "{path}");
        let left = jobs::keys(&sdk, &eve.key("f/")).await.len();
        assert_eq!(left, if path.ends_with("copy") { sources.len() } else { 0 });
        assert_eq!(jobs::undo(app, &eve, &id).await.failures, [], "{path}");
        assert_eq!(jobs::things(&sdk, &eve.key("f/")).await, sources, "{path}");
        assert_eq!(jobs::things(&sdk, &eve.key("g/")).await, targets, "{path}");
    }
    let body = json!({"prefixes": [eve.key("f/")]});
    let id = jobs::run_well(app, &eve, "/api/s3/delete", body.clone()).await;
    assert!(jobs::keys(&sdk, &eve.key("f/")).await.is_empty());
    assert_eq!(jobs::undo(app, &eve, &id).await.failures, []);
    assert_eq!(jobs::things(&sdk, &eve.key("f/")).await, sources);
    let body = json!({"prefixes": [eve.key("f/"), eve.key("g/")], "permanent": true});
    jobs::run(app, &eve, "/api/s3/delete", body).await;
    let left = sdk
        .list_object_versions()
        .bucket("forepeak")
        .prefix(eve.key(""))
        .send()
        .await
        .unwrap();
    assert_eq!((left.versions().len(), left.delete_markers().len()), (0, 0));
}

async fn keys_are_kept(ada: &User) {
    // It stores `a//b` as `a/b`, so that one is left out.
    for path in [
        "a b+c.txt",
        "%2e%2e",
        "100%",
        "\u{e9}",
        "\u{1f4be} disk",
        "q?a=b&c#d",
        "..a/b..",
    ] {
        ada.upload(path, "text/plain", path.as_bytes()).await;
        assert_eq!(read(ada, path).await, path.as_bytes());
        let found = ada
            .get(&format!("/api/s3/object/metadata?key={}", ada.query_key(path)))
            .await;
        assert_eq!(found.ok::<Value>()["content_length"], path.len());
    }
    let part = ada.client.clone().with("range", "bytes=1-3");
    let part = part
        .get(&format!("/api/s3/object?key={}", ada.query_key("a b+c.txt")))
        .await;
    assert_eq!((part.status.as_u16(), part.text()), (206, " b+"));
    ada.get(&format!("/api/s3/object?key={}", ada.query_key("none")))
        .await
        .error(404);
    ada.post("/api/s3/folder", json!({"prefix": ada.key("folder")}))
        .await
        .ok::<Value>();
    ada.post("/api/s3/folder", json!({"prefix": ada.key("folder")}))
        .await
        .ok::<Value>();
}

async fn pages_join(ada: &User) {
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let page: Value = ada.get(&format!("/api/s3/objects?max_keys=2{token}")).await.ok();
        found.extend(
            page["objects"]
                .as_array()
                .unwrap()
                .iter()
                .map(|o| o["key"].as_str().unwrap().to_owned()),
        );
        match page["continuation_token"].as_str() {
            Some(next) => token = format!("&continuation_token={next}"),
            None => break,
        }
    }
    let mut expected: Vec<_> = [
        "a b+c.txt",
        "%2e%2e",
        "100%",
        "\u{e9}",
        "\u{1f4be} disk",
        "q?a=b&c#d",
        "..a/",
        "folder/",
    ]
    .iter()
    .map(|path| ada.key(path))
    .collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    let found: Value = ada.get("/api/s3/search?query=DISK").await.ok();
    assert_eq!(found[0]["key"], ada.key("\u{1f4be} disk"));
}

async fn a_download_is_pinned(ada: &User) {
    let key = ada.upload("page.html", "text/html", b"<script>").await;
    let link: Value = ada
        .post("/api/s3/download", json!({"key": key, "disposition": "preview"}))
        .await
        .ok();
    let url = link["url"].as_str().unwrap();
    let answer = reqwest::get(url).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    assert!(
        answer.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("inline")
    );
    for altered in [
        url.replace("page.html", "100%25"),
        url.replace("text%2Fplain", "text%2Fhtml"),
        url.replace("X-Amz-Expires=3600", "X-Amz-Expires=36000"),
    ] {
        assert_ne!(altered, url);
        assert_eq!(reqwest::get(&altered).await.unwrap().status(), 403, "{altered}");
    }
}

async fn a_put_is_exact(ada: &User) {
    let file = json!({
        "key": ada.key("put"),
        "size": 5,
        "checksum": {"algorithm": "SHA256", "value": "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="},
    });
    let plan = json!({"files": [file], "on_conflict": "report"});
    let planned: Value = ada.post("/api/s3/uploads", plan.clone()).await.ok();
    let signed = &planned["uploads"][0];
    assert_eq!(put(signed, b"hello!".into()).await.status(), 403);
    assert_eq!(put(signed, b"jello".into()).await.status(), 400);
    assert_eq!(put(signed, b"hello".into()).await.status(), 200);
    assert_eq!(put(signed, b"hello".into()).await.status(), 412);
    let planned: Value = ada.post("/api/s3/uploads", plan).await.ok();
    assert_eq!(planned["uploads"][0]["method"], "conflict");
    // What is written over is written over once.
    let over = json!({"files": [{"key": ada.key("put"), "size": 2}]});
    let planned: Value = ada.post("/api/s3/uploads", over).await.ok();
    assert_eq!(put(&planned["uploads"][0], b"ok".into()).await.status(), 200);
    assert_eq!(put(&planned["uploads"][0], b"no".into()).await.status(), 412);
    assert_eq!(read(ada, "put").await, b"ok");
}

/// Whole objects and parts, with each algorithm. SeaweedFS lists no checksums of parts, and joins none without them.
async fn every_checksum_is_verified(ada: &User) {
    for (algorithm, first, second) in [
        ("CRC32", "yIv8rA==", "fDe0XQ=="),
        ("CRC32C", "CatQ4g==", "B21LrQ=="),
        ("CRC64NVME", "bgp1IS1VSZg=", "sAra2CkCEgw="),
        (
            "SHA1",
            "RBkQhInzDJShS2Z85OUfzGKtixk=",
            "+/XyoodbO7Zbjjsj5swB1YyjBEc=",
        ),
        (
            "SHA256",
            "FrYy8Rz5UN2mfcTBhKP54Kof+kwYknu4l359qXyiW8o=",
            "DGL4du8d6oMN6fMsL0tG3W101Q0ViW4J71ovzUrH4dc=",
        ),
    ] {
        let contents = [bytes(5 * MIB), b"tail".to_vec()];
        let checksum = |value: &str| json!({"algorithm": algorithm, "value": value});
        let whole = json!({"key": ada.key("whole"), "size": 4, "checksum": checksum(second)});
        let planned: Value = ada.post("/api/s3/uploads", json!({"files": [whole]})).await.ok();
        assert_eq!(
            put(&planned["uploads"][0], b"head".into()).await.status(),
            400,
            "{algorithm}"
        );
        assert_eq!(
            put(&planned["uploads"][0], b"tail".into()).await.status(),
            200,
            "{algorithm}"
        );

        for names_checksums in [true, false] {
            let path = format!("parts of {algorithm}");
            let begin = json!({"key": ada.key(&path), "checksum_algorithm": algorithm});
            let begun: Value = ada.post("/api/s3/multipart/initiate", begin).await.ok();
            let id = begun["upload_id"].as_str().unwrap();
            let mut named = Vec::new();
            for ((number, content), value) in (1..).zip(&contents).zip([first, second]) {
                let part = json!({"part_number": number, "size": content.len(), "checksum": checksum(value)});
                let request = json!({"key": ada.key(&path), "upload_id": id, "parts": [part]});
                let signed: Value = ada.post("/api/s3/multipart/parts", request).await.ok();
                let mut other = content.clone();
                other[0] ^= 1;
                assert_eq!(put(&signed["parts"][0], other).await.status(), 400, "{algorithm}");
                let stored = put(&signed["parts"][0], content.clone()).await;
                assert_eq!(stored.status(), 200, "{algorithm}");
                let etag = stored.headers()["etag"].to_str().unwrap();
                let mut part = json!({"part_number": number, "etag": etag});
                if names_checksums {
                    part["checksum"] = checksum(value);
                }
                named.push(part);
            }
            let query = format!("key={}&upload_id={id}", ada.query_key(&path));
            let there: Value = ada.get(&format!("/api/s3/multipart/parts?{query}")).await.ok();
            assert_eq!(there["parts"][1]["checksum"], checksum(second));
            let done = completion(ada, &path, id, &named);
            ada.post("/api/s3/multipart/complete", done).await.ok::<Value>();
            assert_eq!(read(ada, &path).await.len(), 5 * MIB + 4, "{algorithm}");
        }

        // Through the server.
        let path = format!("forms of {algorithm}");
        let begin = json!({"key": ada.key(&path), "checksum_algorithm": algorithm});
        let begun: Value = ada.post("/api/s3/multipart/initiate", begin).await.ok();
        let id = begun["upload_id"].as_str().unwrap();
        let form = Form::new()
            .file("part", "application/octet-stream", b"tail")
            .text("key", &ada.key(&path))
            .text("upload_id", id)
            .text("part_number", "1");
        let sent: Value = ada.post_form("/api/s3/multipart/upload-part", form).await.ok();
        let done = completion(ada, &path, id, &[json!({"part_number": 1, "etag": sent["etag"]})]);
        ada.post("/api/s3/multipart/complete", done).await.ok::<Value>();
        assert_eq!(read(ada, &path).await, b"tail", "{algorithm}");
    }
}

async fn parts_resume_and_complete_twice(app: &TestApp, ada: &User) {
    let id = initiate(ada, "parts").await;
    let first = send_part(ada, "parts", &id, 1, bytes(5 * MIB)).await;
    let query = format!("key={}&upload_id={id}", ada.query_key("parts"));
    let there: Value = ada.get(&format!("/api/s3/multipart/parts?{query}")).await.ok();
    assert_eq!(there["parts"][0]["etag"], first["etag"]);
    let second = send_part(ada, "parts", &id, 2, b"tail".into()).await;
    let body = completion(ada, "parts", &id, &[first, second]);
    let done: Value = ada.post("/api/s3/multipart/complete", body.clone()).await.ok();
    sqlx::query("UPDATE uploads SET state = 'open', etag = NULL, version_id = NULL WHERE id = $1")
        .bind(&id)
        .execute(app.state.platform.db.pool())
        .await
        .unwrap();
    let again: Value = ada.post("/api/s3/multipart/complete", body).await.ok();
    assert_eq!(done["etag"], again["etag"]);
    assert_eq!(read(ada, "parts").await.len(), 5 * MIB + 4);

    let id = initiate(ada, "aborted").await;
    send_part(ada, "aborted", &id, 1, b"x".into()).await;
    let named = json!({"key": ada.key("aborted"), "upload_id": id});
    ada.delete_json("/api/s3/multipart", named).await.ok::<Value>();
    app.state.reaper.round().await.unwrap();
}

async fn archives_are_packed_and_looked_into(ada: &User) {
    for path in ["zip/a", "zip/b/\u{e9}"] {
        ada.upload(path, "text/plain", path.as_bytes()).await;
    }
    let id = initiate(ada, "zip/large").await;
    let first = send_part(ada, "zip/large", &id, 1, bytes(5 * MIB)).await;
    let body = completion(ada, "zip/large", &id, &[first]);
    ada.post("/api/s3/multipart/complete", body).await.ok::<Value>();
    let archive = archives::download(ada, &archives::folder(ada, "zip/")).await;
    let found = archives::by_python(archives::on_disk(&archive).path());
    assert_eq!(archives::names(&found), ["a", "b/\u{e9}", "large"]);
    assert_eq!(found[2].sha256, archives::sha256(&bytes(5 * MIB)));

    ada.upload("zip.zip", "application/zip", &archive).await;
    let path = format!("/api/s3/archive/entry?key={}&name=", ada.query_key("zip.zip"));
    assert_eq!(ada.get(&format!("{path}b/%C3%A9")).await.text(), "zip/b/\u{e9}");

    // An object that is another by then.
    let listed = ada.open(&archives::folder(ada, "zip/")).await;
    ada.upload("zip/a", "text/plain", b"ZIP/A").await;
    assert!(archives::Streamed::read(listed).await.broken.is_some());
}

/// Of those that ours are refused it stores some; it takes two of them in no list of keys to delete.
async fn other_programs_keys_can_be_deleted(seaweed: &Seaweed, ada: &User) {
    let mut keys = Vec::new();
    for name in ["Icon\r", "a\u{1}b", "\u{fffe}", "f/\u{ffff}"] {
        let put = seaweed
            .client()
            .put_object()
            .bucket("forepeak")
            .key(ada.key(name));
        put.send().await.unwrap();
        keys.push(ada.key(name));
    }
    ada.upload("f/good", "text/plain", b"x").await;
    keys.push(ada.key("f/good"));
    let deleted: Value = ada
        .delete_json("/api/s3/objects", json!({"keys": keys}))
        .await
        .ok();
    assert_eq!(
        (&deleted["deleted"], &deleted["errors"]),
        (&json!(keys), &json!([]))
    );
    // It refuses these itself; nothing is named to it that it could read as another.
    let across = json!({"keys": [ada.key("../a b+c.txt")]});
    ada.delete_json("/api/s3/objects", across).await.error(400);
}

async fn nothing_is_left(ada: &User) {
    let all: Value = ada.get("/api/s3/objects?recursive=true&max_keys=1000").await.ok();
    let keys: Vec<_> = all["objects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o["key"].clone())
        .collect();
    let deleted: Value = ada
        .delete_json("/api/s3/objects", json!({"keys": keys}))
        .await
        .ok();
    assert_eq!(deleted["errors"], json!([]));
    let all: Value = ada.get("/api/s3/objects?recursive=true").await.ok();
    assert_eq!(all["objects"], json!([]));
}

/// Enough for ranges to be read at a time, with names that it lists in another order than S3: folder by folder, and with
/// versions as `NAME.versions`.
async fn a_search_finds_all_of_many(seaweed: &Seaweed, app: &TestApp) {
    let bob = app.user("bob").await;
    let folders = ["a", "a-b", "a.b", "b/a", "b/a-c"];
    let endings = [".txt", "", "-1", ".bak"];
    let paths: Vec<String> = (0..3_200)
        .map(|n| {
            let name = n / endings.len();
            format!(
                "{}/{:04}{}",
                folders[name / 10 % folders.len()],
                name,
                endings[n % endings.len()]
            )
        })
        .collect();
    let s3 = seaweed.client();
    stream::iter(&paths)
        .for_each_concurrent(32, |path| async {
            let put = s3.put_object().bucket("forepeak").key(bob.key(path));
            put.send().await.unwrap();
        })
        .await;
    let mut expected: Vec<String> = paths.iter().map(|path| bob.key(path)).collect();
    expected.sort();
    for limit in [1_000, 300] {
        let (mut found, mut token) = (Vec::new(), String::new());
        loop {
            let query = format!("query=0+/&max_keys={limit}{token}");
            let answer = bob.get(&format!("/api/s3/search?{query}")).await;
            let next = answer.header("x-continuation-token").map(str::to_owned);
            let hits: Vec<Value> = answer.ok();
            found.extend(
                hits.iter()
                    .filter(|hit| hit["is_folder"] == false)
                    .map(|hit| hit["key"].as_str().unwrap().to_owned()),
            );
            match next {
                Some(next) => token = format!("&continuation_token={next}"),
                None => break,
            }
        }
        found.sort();
        assert!(
            found
                == expected
                    .iter()
                    .filter(|key| key[43..].contains('0'))
                    .cloned()
                    .collect::<Vec<_>>()
        );
    }
    let client = bob.client.clone().with("accept", "application/x-ndjson");
    let answer = client.get("/api/s3/search?query=/").await;
    let lines: Vec<Value> = answer
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (end, hits) = lines.split_last().unwrap();
    assert_eq!(end["complete"], true, "{end}");
    let (folders, files): (Vec<_>, Vec<_>) = hits.iter().partition(|hit| hit["is_folder"] == true);
    let mut found: Vec<_> = files.iter().map(|hit| hit["key"].as_str().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, expected);
    let mut found: Vec<_> = folders.iter().map(|hit| hit["key"].as_str().unwrap()).collect();
    found.sort_unstable();
    let expected = ["a-b/", "a.b/", "a/", "b/", "b/a-c/", "b/a/"].map(|path| bob.key(path));
    assert_eq!(found, expected);
}
