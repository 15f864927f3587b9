//! What changes between the listing and the reading ends an archive before its end; what only breaks off is read on.

use serde_json::{Value, json};

use super::{Streamed, by_python, folder, names, on_disk, sha256};
use crate::support::{Rewriting, TestApp};

/// Enough that nothing of it is read ahead.
const LARGE: usize = 3 << 20;

#[tokio::test]
async fn an_object_that_is_another_by_then_cuts_the_answer() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    for (size, change) in [
        (10, "other bytes"),
        (10, "another size"),
        (10, "gone"),
        (LARGE, "other bytes"),
        (LARGE, "gone"),
    ] {
        ada.upload("f/a", "text/plain", b"first").await;
        ada.upload("f/b", "text/plain", &vec![b'b'; size]).await;
        let listed = ada.open(&folder(&ada, "f/")).await;
        match change {
            "other bytes" => ada.upload("f/b", "text/plain", &vec![b'c'; size]).await,
            "another size" => ada.upload("f/b", "text/plain", &vec![b'b'; size + 1]).await,
            _ => {
                let deleted = ada
                    .delete_json("/api/s3/object", json!({"key": ada.key("f/b")}))
                    .await;
                deleted.ok::<Value>().to_string()
            }
        };
        let streamed = Streamed::read(listed).await;
        assert_eq!(streamed.status, 200);
        assert!(streamed.broken.is_some(), "{size} {change}");
        assert!(streamed.body.len() < streamed.length(), "{size} {change}");
    }
}

#[tokio::test]
async fn a_store_that_ignores_conditions_cannot_pass_another_object_off() {
    let proxy = Rewriting::start().await;
    let app = proxy.app().await;
    let ada = app.user("ada").await;
    ada.upload("f/a", "text/plain", b"0123456789").await;
    proxy.ignore_conditions();
    for bytes in [&b"abcdefghij"[..], b"0"] {
        let listed = ada.open(&folder(&ada, "f/")).await;
        ada.upload("f/a", "text/plain", bytes).await;
        let streamed = Streamed::read(listed).await;
        assert!(streamed.broken.is_some());
    }
}

#[tokio::test]
async fn an_object_that_breaks_off_is_read_on_where_it_broke() {
    let proxy = Rewriting::start().await;
    let app = proxy.app().await;
    let ada = app.user("ada").await;
    let bytes: Vec<u8> = (0..LARGE)
        .map(|n| n.to_le_bytes()[1] ^ n.to_le_bytes()[0])
        .collect();
    ada.upload("f/large", "text/plain", &bytes).await;
    ada.upload("f/small", "text/plain", b"small").await;
    // Half, then half of the rest.
    proxy.cut_objects(2);
    let streamed = Streamed::read(ada.open(&folder(&ada, "f/")).await).await;
    assert_eq!(streamed.broken, None);
    assert_eq!(proxy.cuts_left(), 0);
    let found = by_python(on_disk(&streamed.body).path());
    assert_eq!(names(&found), ["large", "small"]);
    assert_eq!(found[0].sha256, sha256(&bytes));

    // The rest of another object is not the rest of this one.
    proxy.cut_objects(1);
    let mut response = ada.open(&folder(&ada, "f/")).await;
    let first = http_body_util::BodyExt::frame(response.body_mut()).await.unwrap();
    assert!(first.is_ok());
    ada.upload("f/large", "text/plain", &vec![0; LARGE]).await;
    assert!(Streamed::read(response).await.broken.is_some());
}

#[tokio::test]
async fn storage_that_goes_away_in_the_middle_cuts_the_answer() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    for n in 0..40 {
        ada.upload(&format!("f/{n}"), "text/plain", &[b'x'; 1000]).await;
    }
    let listed = ada.open(&folder(&ada, "f/")).await;
    app.storage().stop();
    let streamed = Streamed::read(listed).await;
    assert!(streamed.broken.is_some());
    ada.get(&folder(&ada, "f/")).await.error(503);
}
