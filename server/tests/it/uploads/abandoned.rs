use app::contract::ErrorCode;
use serde_json::{Value, json};
use server::features::uploads::service::Reaped;
use time::Duration;

use super::{completion, initiate, send_part};
use crate::support::{Rewriting, TestApp, on_both_databases};

on_both_databases! {
    with storage;

    async fn security_42_abandoned_uploads_are_reaped(app) {
        let ada = app.user("ada").await;
        let (left, kept, done) = (initiate(&ada, "left").await, initiate(&ada, "kept").await, initiate(&ada, "done").await);
        send_part(&ada, "left", &left, 1, b"x".into()).await;
        let part = send_part(&ada, "done", &done, 1, b"x".into()).await;
        let body = completion(&ada, "done", &done, &[part]);
        ada.post("/api/s3/multipart/complete", body).await.ok::<Value>();

        assert_eq!(app.state.reaper.round().await.unwrap(), Reaped::default());
        app.clock.advance(Duration::days(4));
        let ada = app.sign_in("ada", crate::support::PASSWORD).await;
        // Signing a part keeps an upload alive.
        send_part(&ada, "kept", &kept, 1, b"x".into()).await;
        app.clock.advance(Duration::days(4));
        let reaped = app.state.reaper.round().await.unwrap();
        assert_eq!(reaped, Reaped { aborted: 1, dropped: 1, ..Reaped::default() });
        let inventory = app.inventory().await;
        assert_eq!(inventory.len(), 2, "{inventory:?}");
        assert!(inventory[1].ends_with("kept unfinished"), "{inventory:?}");

        app.clock.advance(Duration::days(8));
        app.state.reaper.round().await.unwrap();
        assert_eq!(app.inventory().await.len(), 1);
    }

    async fn security_42_uploads_that_only_storage_knows_are_swept(app) {
        let ada = app.user("ada").await;
        let client = app.storage().sdk();
        for key in [ada.key("stray"), "other/stray".to_owned()] {
            client.create_multipart_upload().bucket("forepeak").key(key).send().await.unwrap();
        }
        assert_eq!(app.state.reaper.round().await.unwrap().swept, 0);
        // Storage stamps with the real clock, which ours is years behind.
        app.clock.advance(Duration::days(100 * 365));
        let known = initiate(&ada_again(&app).await, "known").await;
        assert!(!known.is_empty());
        assert_eq!(app.state.reaper.round().await.unwrap().swept, 1);
        let inventory = app.inventory().await;
        assert_eq!(inventory, ["other/stray unfinished".to_owned(), format!("{} unfinished", ada.key("known"))]);
    }

    async fn security_42_one_upload_whose_bucket_is_gone_holds_up_no_other(app) {
        let ada = app.user("ada").await;
        for path in ["a", "b", "c"] {
            initiate(&ada, path).await;
        }
        sqlx::query("UPDATE uploads SET bucket = 'gone' WHERE object_key = $1")
            .bind(ada.key("b"))
            .execute(app.state.platform.db.pool())
            .await
            .unwrap();
        app.clock.advance(Duration::days(8));
        let reaped = app.state.reaper.round().await.unwrap();
        assert_eq!(reaped, Reaped { aborted: 2, without_bucket: 1, ..Reaped::default() });
        assert_eq!(app.state.reaper.round().await.unwrap().without_bucket, 0);
        // What storage has of it under the home bucket is nobody's any more.
        assert_eq!(app.inventory().await, [format!("{} unfinished", ada.key("b"))]);
    }
}

async fn ada_again(app: &TestApp) -> crate::support::User {
    app.sign_in("ada", crate::support::PASSWORD).await
}

#[tokio::test]
async fn security_40_an_abort_that_storage_did_not_hear_is_carried_out_later() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let id = initiate(&ada, "a").await;
    app.storage().stop();
    let named = json!({"key": ada.key("a"), "upload_id": id});
    let error = ada.delete_json("/api/s3/multipart", named).await.error(503);
    assert_eq!(error.code, ErrorCode::StorageUnavailable);
    // What was asked for is recorded: the upload is no longer listed, and the next round tries again.
    let unfinished: Value = ada.get("/api/s3/multipart").await.ok();
    assert_eq!(unfinished["uploads"], json!([]));
    assert!(app.state.reaper.round().await.is_err());
}

/// For example after a change of `S3_BUCKET`: today's credentials do not open the bucket of before.
#[tokio::test]
async fn security_42_a_bucket_that_lets_nobody_in_holds_up_no_other() {
    let proxy = Rewriting::start().await;
    let app = proxy.app().await;
    let ada = app.user("ada").await;
    // More uploads than are tried in a row in one bucket, in whatever order they come.
    for n in 0..12 {
        initiate(&ada, &format!("denied {n}")).await;
    }
    sqlx::query("UPDATE uploads SET bucket = 'denied'")
        .execute(app.state.platform.db.pool())
        .await
        .unwrap();
    initiate(&ada, "left").await;
    proxy.deny("denied");
    app.clock.advance(Duration::days(8));
    for aborted in [1, 0] {
        let reaped = app.state.reaper.round().await.unwrap();
        assert_eq!(
            reaped,
            Reaped {
                aborted,
                failed: 12,
                ..Reaped::default()
            }
        );
    }
}

/// Storage that is away is not asked about each of a thousand uploads.
#[tokio::test]
async fn security_40_a_round_ends_when_storage_is_away() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    for n in 0..8 {
        initiate(&ada, &n.to_string()).await;
    }
    app.clock.advance(Duration::days(8));
    app.storage().stop();
    assert!(app.state.reaper.round().await.is_err());
    let open: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM uploads WHERE state = 'open'")
        .fetch_one(app.state.platform.db.pool())
        .await
        .unwrap();
    assert_eq!(open, 3, "five were tried");
}
