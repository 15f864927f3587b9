//! Keys that other programs made and that ours are refused: listed, deleted by their exact bytes, brought back, and
//! nothing else.

use app::features::files::types::{DeleteObjectsResponse, ObjectPage, UndeleteResponse};
use aws_sdk_s3::primitives::ByteStream;
use serde_json::{Value, json};

use crate::support::{Rewriting, TestApp, User};

/// What each is called below somebody's prefix.
const STRANGE: [&str; 9] = [
    "Icon\r",
    "f/a\u{1}b",
    "f/\u{7f}",
    "./x",
    "f/../g",
    "f/.",
    "f/\u{fffe}",
    "\u{ffff}",
    "\u{fffe}/./x",
];

async fn store_strangely(app: &TestApp, key: &str) {
    let put = app.storage().sdk().put_object().bucket("forepeak").key(key);
    put.body(ByteStream::from_static(b"x")).send().await.unwrap();
}

async fn listed(who: &User) -> Vec<String> {
    let page: ObjectPage = who.get("/api/s3/objects?recursive=true&max_keys=1000").await.ok();
    page.objects.into_iter().map(|object| object.key).collect()
}

async fn delete(who: &User, keys: &[String]) -> crate::support::Answer {
    who.delete_json("/api/s3/objects", json!({"keys": keys})).await
}

#[tokio::test]
async fn security_19_what_a_listing_shows_can_be_deleted_and_brought_back() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    ada.upload("f/good", "text/plain", b"x").await;
    for name in STRANGE {
        store_strangely(&app, &ada.key(name)).await;
    }
    let mut all = listed(&ada).await;
    assert_eq!(all.len(), STRANGE.len() + 1);
    let before = app.inventory().await;

    // Alone, and then among the others.
    for name in STRANGE {
        let key = ada.key(name);
        let deleted: DeleteObjectsResponse = delete(&ada, std::slice::from_ref(&key)).await.ok();
        assert_eq!(
            (&deleted.deleted, &deleted.errors),
            (&vec![key.clone()], &vec![]),
            "{name:?}"
        );
        assert_eq!(deleted.markers.len(), 1, "{name:?}");
        assert!(!listed(&ada).await.contains(&key), "{name:?}");
        let undo = json!({"markers": deleted.markers});
        let back: UndeleteResponse = ada.post("/api/s3/objects/undelete", undo).await.ok();
        assert_eq!((back.restored, back.errors), (vec![key], vec![]), "{name:?}");
    }
    assert_eq!(app.inventory().await, before);
    let deleted: DeleteObjectsResponse = delete(&ada, &all).await.ok();
    assert_eq!((deleted.deleted.len(), deleted.errors), (all.len(), vec![]));
    assert_eq!(listed(&ada).await, Vec::<String>::new());
    let undo = json!({"markers": deleted.markers});
    let back: UndeleteResponse = ada.post("/api/s3/objects/undelete", undo).await.ok();
    all.sort();
    assert_eq!((back.restored, back.errors), (all, vec![]));
    assert_eq!(app.inventory().await, before);
}

#[tokio::test]
async fn security_19_the_bytes_that_were_listed_are_what_goes() {
    let app = TestApp::with_storage().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let secret = bob.upload("secret", "text/plain", b"x").await;
    let own = ada.upload("a", "text/plain", b"x").await;
    let before = app.inventory().await;
    let across = ada.key(&format!("../{}/secret", bob.id));
    let inside = ada.key("f/../a");
    // Nothing of that name is there: no request may name it to storage.
    for key in [&across, &inside, &ada.key("Icon\r"), &ada.key("\u{fffe}")] {
        let error = delete(&ada, &[own.clone(), key.clone()]).await.error(400);
        assert!(error.fields.contains_key("keys[1]"), "{error:?}");
        let marker = json!({"key": key, "version_id": "x"});
        let undo = json!({"markers": [marker]});
        ada.post("/api/s3/objects/undelete", undo).await.error(400);
    }
    assert_eq!(app.inventory().await, before);

    store_strangely(&app, &across).await;
    store_strangely(&app, &inside).await;
    delete(&bob, std::slice::from_ref(&across)).await.error(403);
    let deleted: DeleteObjectsResponse = delete(&ada, &[across.clone(), inside.clone()]).await.ok();
    assert_eq!(deleted.deleted, [across.clone(), inside]);
    assert_eq!(listed(&ada).await, [own]);
    assert_eq!(listed(&bob).await, [secret]);

    // And nothing else can be done with them.
    let undo = json!({"markers": deleted.markers});
    ada.post("/api/s3/objects/undelete", undo).await.ok::<Value>();
    let encoded =
        percent_encoding::utf8_percent_encode(&across, percent_encoding::NON_ALPHANUMERIC).to_string();
    for route in [
        "object?key",
        "object/metadata?key",
        "object/versions?key",
        "objects?prefix",
    ] {
        ada.get(&format!("/api/s3/{route}={encoded}")).await.error(400);
    }
    let named = json!({"key": across});
    ada.post("/api/s3/download", named.clone()).await.error(400);
    ada.delete_json("/api/s3/object", named).await.error(400);
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_looked_into() {
    let proxy = Rewriting::start().await;
    let app = proxy.app().await;
    let ada = app.user("ada").await;
    let mut keys = Vec::new();
    for n in 0..20 {
        keys.push(ada.upload(&format!("{n:02}"), "text/plain", b"x").await);
    }
    keys.push(ada.key("absent"));
    // Some of them are in it.
    proxy.break_off("DeleteResult", "");
    let deleted: DeleteObjectsResponse = delete(&ada, &keys).await.ok();
    assert_eq!((&deleted.deleted, &deleted.errors), (&keys, &vec![]));
    assert!(listed(&ada).await.is_empty());
    // Undo works as ever, though nothing of the answer to it can be read.
    proxy.break_off("DeleteResult", "\u{1}");
    let undo = json!({"markers": deleted.markers});
    let back: UndeleteResponse = ada.post("/api/s3/objects/undelete", undo).await.ok();
    assert_eq!(back.restored.len(), 21, "{back:?}");
    assert_eq!(listed(&ada).await, keys[..20]);
}
