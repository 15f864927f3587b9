//! Security 50: what storage has already is nobody's here, whatever storage answers to those who make it again.

use serde_json::Value;

use super::{create, delete, made, names, put};
use crate::support::{TestApp, on_both_databases};

/// In us-east-1, where this store is, S3 answers 200 to whoever makes a bucket again that their account has.
async fn somebody_elses(app: &TestApp, name: &str) {
    let sdk = app.storage().sdk();
    for _ in 0..2 {
        sdk.create_bucket().bucket(name).send().await.unwrap();
    }
    let object = sdk.put_object().bucket(name).key("secret.txt");
    object.send().await.unwrap();
}

on_both_databases! {
    with storage;

    async fn security_50_a_bucket_that_is_there_is_nobodys(app) {
        somebody_elses(&app, "there-already").await;
        app.storage().sdk().create_bucket().bucket("there-and-empty").send().await.unwrap();
        let before = app.storage().inventory("there-already").await;
        let (ada, root) = (app.user("ada").await, app.admin("root").await);
        for name in ["there-already", "there-and-empty", "forepeak"] {
            for who in [&ada, &root] {
                for _ in 0..2 {
                    assert_eq!(create(who, name).await.status, 409, "{name}");
                }
                assert_eq!(who.get(&format!("/api/buckets/{name}")).await.status, 404, "{name}");
                assert_eq!(who.get(&format!("/api/buckets/{name}/items")).await.status, 404, "{name}");
                assert_eq!(who.get(&format!("/api/buckets/{name}/items/secret.txt")).await.status, 404, "{name}");
                assert_eq!(delete(who, name).await.status, 404, "{name}");
                assert!(names(who).await.is_empty());
            }
        }
        for path in ["/api/s3/objects?bucket=there-already", "/api/s3/object?key=secret.txt&bucket=there-already"] {
            let refused = ada.get(path).await.error(404);
            assert_eq!(refused.detail, "Bucket there-already does not exist");
        }
        assert_eq!(app.storage().inventory("there-already").await, before);
    }

    async fn security_50_a_bucket_stays_its_makers(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        made(&ada, "adas").await;
        put(&ada, "adas", "secret.txt", b"hers").await;
        for who in [&ada, &bob] {
            let refused = create(who, "adas").await.error(409);
            assert_eq!(refused.detail, "The bucket name adas is taken. Choose another one.");
        }
        assert_eq!(ada.get("/api/buckets/adas/items/secret.txt").await.text(), "hers");
        assert_eq!(bob.get("/api/buckets/adas/items/secret.txt").await.status, 404);
    }

    /// URLs are out that were signed for the bucket of old: they would open what lies under the same keys.
    async fn security_50_a_name_that_was_deleted_is_its_owners_for_a_while(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        made(&ada, "passed-on").await;
        assert_eq!(delete(&ada, "passed-on").await.status, 200);
        assert_eq!(create(&bob, "passed-on").await.status, 409);
        made(&ada, "passed-on").await;
        assert_eq!(delete(&ada, "passed-on").await.status, 200);
        app.clock.advance(time::Duration::hours(13));
        let bob = app.sign_in("bob", crate::support::PASSWORD).await;
        made(&bob, "passed-on").await;
        app.run_jobs().await;
    }
}

/// Every route that takes a bucket, by a stranger and by an admin.
#[tokio::test]
async fn security_21_a_strangers_bucket_is_answered_like_none() {
    let app = TestApp::with_storage().await;
    let (ada, bob, root) = (
        app.user("ada").await,
        app.user("bob").await,
        app.admin("root").await,
    );
    made(&ada, "adas").await;
    put(&ada, "adas", "a/secret.txt", b"hers").await;
    put(&ada, "adas", "a/secret.txt", b"hers, again").await;
    bob.upload("own.txt", "text/plain", b"his").await;
    let before = app.storage().inventory("adas").await;
    for who in [&bob, &root] {
        let mut calls = 0;
        for (route, answer) in
            super::files::every_route(who, "adas", "a/secret.txt", &bob.key("own.txt")).await
        {
            let other =
                super::files::every_route(who, "none-such", "a/secret.txt", &bob.key("own.txt")).await;
            let (_, other) = other.into_iter().find(|(named, _)| *named == route).unwrap();
            assert_eq!(answer.status, 404, "{route}: {}", answer.text());
            assert_eq!(
                answer.text(),
                other.text().replace("none-such", "adas"),
                "{route}"
            );
            assert!(
                answer.text().contains("Bucket adas does not exist"),
                "{route}: {}",
                answer.text()
            );
            calls += 1;
        }
        assert!(calls >= 30, "{calls} calls");
    }
    assert_eq!(app.storage().inventory("adas").await, before);
    let audit: Value = root.get("/api/admin/audit?action=bucket.create").await.ok();
    assert_eq!(audit["events"][0]["target"], "adas");
}
