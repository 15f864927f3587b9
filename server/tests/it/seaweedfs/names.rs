//! SeaweedFS goes through its folders when it lists versions, and passes over names beside them from page to page. Ours
//! must not.

use std::collections::BTreeSet;

use app::{contract::KeyRoot, features::files::types_history::DeletedPage};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use server::platform::object_store::VersionMarker;

use super::{seaweed::Seaweed, store};
use crate::{
    files::{jobs, with_history},
    support::TestApp,
};

/// Names that begin with others, and go on before and behind `/`.
const NAMES: [&str; 27] = [
    "a",
    "a b",
    "a b/c",
    "a b.txt",
    "a!x",
    "a-b/c",
    "a-b/c d/e",
    "a-b/c/f",
    "a.txt",
    "a/b",
    "a/b!/q",
    "a/b/r",
    "a/c",
    "a0",
    "b/1",
    "b/2",
    "b.zip",
    "d.txt",
    "d/e/1",
    "d/x",
    "dx.txt",
    "e",
    "e/f/g/h/i",
    "f+ g/h",
    "f",
    "\u{e9}/\u{e9}",
    "\u{e9}-1",
];

/// Every version is told once, in the order of the keys, whatever the size of a page.
pub(super) async fn versions_are_listed_in_order(app: &TestApp, seaweed: &Seaweed) {
    let hal = app.user("hal").await;
    let (sdk, store) = (seaweed.client(), store(seaweed).await);
    let mut written = BTreeSet::new();
    for name in NAMES {
        for text in ["one", "second"] {
            let put = sdk.put_object().bucket("forepeak").key(hal.key(name));
            let put = put.body(text.as_bytes().to_vec().into()).send().await.unwrap();
            written.insert((hal.key(name), put.version_id.unwrap()));
        }
    }
    for name in ["a", "a b", "b.zip", "d.txt", "e/f/g/h/i"] {
        let deleted = sdk.delete_object().bucket("forepeak").key(hal.key(name));
        let deleted = deleted.send().await.unwrap();
        written.insert((hal.key(name), deleted.version_id.unwrap()));
    }
    let bucket = "forepeak".parse().unwrap();
    for folder in ["", "a/", "a-b/"] {
        let prefix = KeyRoot::whole_bucket().prefix(hal.key(folder)).unwrap();
        let expected: Vec<_> = written
            .iter()
            .filter(|(key, _)| key.starts_with(prefix.as_str()))
            .collect();
        for limit in [1, 2, 5, 1000] {
            let (mut found, mut after) = (Vec::new(), None::<VersionMarker>);
            loop {
                let page = store.list_versions_below(&bucket, &prefix, after.as_ref(), limit);
                let page = page.await.unwrap();
                found.extend(
                    page.versions
                        .into_iter()
                        .map(|row| (row.key, row.version.version_id)),
                );
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert!(found.is_sorted_by_key(|(key, _)| key.clone()), "{limit}");
            let mut sorted: Vec<_> = found.iter().collect();
            sorted.sort();
            assert_eq!(sorted, expected, "{folder:?} in pages of {limit}");
        }
    }
    let deleted: DeletedPage = hal.get("/api/s3/deleted").await.ok();
    assert_eq!(deleted.objects.len(), 5);
}

/// What `docs/storage.md` tells of listings in pages.
pub(super) async fn pages_leave_out_an_object_beside_its_folder(app: &TestApp, seaweed: &Seaweed) {
    let mia = app.user("mia").await;
    let sdk = seaweed.client();
    for name in ["a", "a b", "a/x", "b"] {
        jobs::put(&sdk, &mia.key(name), b"x").await;
    }
    let listed = async |limit: u16| {
        let (mut found, mut token) = (Vec::new(), String::new());
        loop {
            let page = format!("/api/s3/objects?max_keys={limit}{token}");
            let page: Value = mia.get(&page).await.ok();
            let keys = page["objects"].as_array().unwrap().iter();
            found.extend(keys.map(|row| row["key"].as_str().unwrap().to_owned()));
            match page["continuation_token"].as_str() {
                Some(next) => token = format!("&continuation_token={next}"),
                None => return found,
            }
        }
    };
    let all = ["a", "a b", "a/", "b"].map(|name| mia.key(name));
    assert_eq!(listed(1000).await, all);
    assert_eq!(listed(3).await, all);
    // The page ends between the two.
    for limit in [1, 2] {
        let found = listed(limit).await;
        assert!(!found.contains(&mia.key("a")), "{limit}: {found:?}");
        assert!(
            found.contains(&mia.key("a/")) && found.contains(&mia.key("b")),
            "{limit}: {found:?}"
        );
    }
    // It is read, deleted and found by its key all the same.
    assert_eq!(crate::uploads::read(&mia, "a").await, b"x");
}

/// More than a page of versions lies in a folder, and an object of its name, and one that begins so, beside it.
pub(super) async fn none_is_passed_over(app: &TestApp, seaweed: &Seaweed) {
    let ivy = app.user("ivy").await;
    let sdk = seaweed.client();
    let putting = (0..1001).map(|n| ivy.key(&format!("a/{n:04}")));
    stream::iter(putting)
        .for_each_concurrent(16, async |key| jobs::put(&sdk, &key, b"x").await)
        .await;
    let beside = ["a", "a b", "a.d/x", "z"];
    for name in beside {
        jobs::put(&sdk, &ivy.key(name), b"old").await;
        jobs::put(&sdk, &ivy.key(name), b"second").await;
    }
    let space: Value = ivy.get("/api/s3/object/versions/space").await.ok();
    assert_eq!(
        (&space["old_versions"], &space["old_versions_bytes"]),
        (&json!(4), &json!(12))
    );
    // What there is of one object is told although a folder of its name is listed first.
    let versions: Value = ivy
        .get(&format!("/api/s3/object/versions?key={}", ivy.query_key("a")))
        .await
        .ok();
    assert_eq!(versions.as_array().unwrap().len(), 2);

    let keys = beside.map(|name| ivy.key(name));
    ivy.delete_json("/api/s3/objects", json!({"keys": keys}))
        .await
        .ok::<Value>();
    let all = with_history(app, &ivy, |history| history.with_page(1000));
    let page: DeletedPage = all.get("/api/s3/deleted").await.ok();
    let found: Vec<_> = page.objects.into_iter().map(|object| object.key).collect();
    assert_eq!(found, keys);
    let body = json!({"prefix": ivy.key(""), "deleted_only": true});
    assert_eq!(ivy.post("/api/s3/object/restore", body).await.status, 202);
    app.run_jobs().await;
    for name in beside {
        assert_eq!(crate::uploads::read(&ivy, name).await, b"second", "{name}");
    }

    let body = json!({"prefixes": [ivy.key("")], "permanent": true});
    let (_, ended) = jobs::run(app, &ivy, "/api/s3/delete", body).await;
    assert_eq!((ended.state.as_str(), ended.failures), ("done", vec![]));
    assert_eq!(ended.done, 1001 + 8);
    let left = sdk
        .list_object_versions()
        .bucket("forepeak")
        .prefix(ivy.key(""))
        .send()
        .await
        .unwrap();
    assert_eq!((left.versions().len(), left.delete_markers().len()), (0, 0));
}
