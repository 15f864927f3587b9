//! Uploads: nothing comes in that does not fit, however it comes.

use app::contract::{ApiError, ErrorCode};
use futures::future::join_all;
use serde_json::{Value, json};
use time::Duration;

use super::{limit, taken};
use crate::{
    support::{Answer, TestApp, User, on_both_databases},
    uploads::{MIB, bytes, completion, initiate, put, send_part},
};

async fn plan(who: &User, files: &[(&str, usize)]) -> Value {
    let files: Vec<_> = files
        .iter()
        .map(|(path, size)| json!({"key": who.key(path), "size": size}))
        .collect();
    who.post("/api/s3/uploads", json!({"files": files})).await.ok()
}

/// What a refusal for want of room says.
pub(super) fn refused(answer: &Answer) -> ApiError {
    let error = answer.error(413);
    assert_eq!(error.code, ErrorCode::QuotaExceeded);
    error
}

async fn sign(who: &User, path: &str, upload: &str, parts: &[(u32, usize)]) -> Answer {
    let parts: Vec<_> = parts
        .iter()
        .map(|(number, size)| json!({"part_number": number, "size": size}))
        .collect();
    let body = json!({"key": who.key(path), "upload_id": upload, "parts": parts});
    who.post("/api/s3/multipart/parts", body).await
}

on_both_databases! {
    with storage on the clock;

    async fn a_planned_file_counts_until_its_url_expires_and_then_what_was_stored(app) {
        let ada = app.user("ada").await;
        limit(&app, &ada, Some(1000)).await;
        let planned = plan(&ada, &[("a", 600), ("b", 500), ("c", 300)]).await;
        let methods: Vec<_> = planned["uploads"].as_array().unwrap().iter().map(|one| one["method"].clone()).collect();
        assert_eq!(methods, ["put", "refused", "put"]);
        let error = &planned["uploads"][1]["error"];
        assert_eq!(error["code"], "QUOTA_EXCEEDED");
        assert!(error["detail"].as_str().unwrap().contains("400 bytes"), "{error}");
        assert_eq!(taken(&app, &ada).await, 900);

        assert_eq!(put(&planned["uploads"][0], bytes(600)).await.status(), 200);
        assert_eq!(app.state.settler.round().await.unwrap().settled, 0);
        // The same file again is another version.
        let again = plan(&ada, &[("a", 101)]).await;
        assert_eq!(again["uploads"][0]["method"], "refused");
        let again = plan(&ada, &[("a", 100)]).await;
        assert_eq!(put(&again["uploads"][0], bytes(100)).await.status(), 200);
        assert_eq!(taken(&app, &ada).await, 1000);

        app.clock.advance(Duration::seconds(899));
        assert_eq!(app.state.settler.round().await.unwrap().settled, 0);
        app.clock.advance(Duration::seconds(1));
        let settled = app.state.settler.round().await.unwrap();
        assert_eq!((settled.settled, settled.failed), (3, 0));
        assert_eq!(taken(&app, &ada).await, 700);
        assert_eq!(app.state.settler.round().await.unwrap().settled, 0);
    }

    async fn what_is_deleted_for_good_before_its_url_expires_counts_no_more_after(app) {
        let ada = app.user("ada").await;
        limit(&app, &ada, Some(1000)).await;
        ada.upload("old", "text/plain", &bytes(400)).await;
        let planned = plan(&ada, &[("a", 300)]).await;
        assert_eq!(put(&planned["uploads"][0], bytes(300)).await.status(), 200);
        let head: Value = ada.get(&format!("/api/s3/object/metadata?key={}", ada.query_key("a"))).await.ok();
        let version = json!({"key": ada.key("a"), "version_id": head["version_id"]});
        ada.delete_json("/api/s3/object", version).await.ok::<Value>();
        assert_eq!(taken(&app, &ada).await, 700);
        app.clock.advance(Duration::minutes(15));
        app.state.settler.round().await.unwrap();
        assert_eq!(taken(&app, &ada).await, 400);
    }

    async fn security_23_of_fifty_uploads_that_begin_at_once_as_many_as_fit(app) {
        let ada = app.user("ada").await;
        let size = 40 * MIB;
        limit(&app, &ada, Some(20 * size as u64 + 5)).await;
        let plans = (0..50).map(|n| {
            let ada = ada.clone();
            async move { plan(&ada, &[(&format!("f{n}"), size)]).await["uploads"][0].clone() }
        });
        let plans = join_all(plans).await;
        let begun = plans.iter().filter(|plan| plan["method"] == "multipart").count();
        let refused = plans.iter().filter(|plan| plan["error"]["code"] == "QUOTA_EXCEEDED").count();
        assert_eq!((begun, refused), (20, 30));
        // Nothing was begun of those that do not fit.
        assert_eq!(app.inventory().await.len(), 20);
        assert_eq!(taken(&app, &ada).await, 20 * size as u64);
    }

    async fn parts_of_an_upload_of_unknown_size_are_reserved_as_they_are_signed(app) {
        let ada = app.user("ada").await;
        limit(&app, &ada, Some(11 * MIB as u64)).await;
        let upload = initiate(&ada, "big").await;
        assert_eq!(taken(&app, &ada).await, 0);
        let first = send_part(&ada, "big", &upload, 1, bytes(5 * MIB)).await;
        assert_eq!(taken(&app, &ada).await, 5 * MIB as u64);
        // Signed again for the same place.
        sign(&ada, "big", &upload, &[(1, 5 * MIB)]).await.ok::<Value>();
        assert_eq!(taken(&app, &ada).await, 5 * MIB as u64);
        let error = refused(&sign(&ada, "big", &upload, &[(2, 5 * MIB), (3, 2 * MIB)]).await);
        assert!(error.detail.contains("6291456 bytes"), "{}", error.detail);
        let form = crate::support::Form::new()
            .file("file", "application/octet-stream", &bytes(7 * MIB))
            .text("key", &ada.key("big")).text("upload_id", &upload).text("part_number", "2");
        refused(&ada.client.post_form("/api/s3/multipart/upload-part", form).await);
        let second = send_part(&ada, "big", &upload, 2, bytes(6 * MIB)).await;
        assert_eq!(taken(&app, &ada).await, 11 * MIB as u64);
        let body = completion(&ada, "big", &upload, std::slice::from_ref(&first));
        ada.post("/api/s3/multipart/complete", body.clone()).await.ok::<Value>();
        // What was not chosen is gone.
        assert_eq!(taken(&app, &ada).await, 5 * MIB as u64);
        ada.post("/api/s3/multipart/complete", body).await.ok::<Value>();
        assert_eq!(taken(&app, &ada).await, 5 * MIB as u64);
        drop(second);
    }

    async fn security_22_parts_that_nobody_signed_here_are_charged_when_they_are_joined(app) {
        let ada = app.user("ada").await;
        limit(&app, &ada, Some(6 * MIB as u64)).await;
        let upload = initiate(&ada, "big").await;
        let first = send_part(&ada, "big", &upload, 1, bytes(5 * MIB)).await;
        // Whoever has storage's own keys can add to it.
        let client = app.storage().sdk();
        let listed = client.list_multipart_uploads().bucket("forepeak").send().await.unwrap();
        let storage_id = listed.uploads()[0].upload_id().unwrap().to_owned();
        let part = client.upload_part().bucket("forepeak").key(ada.key("big")).upload_id(&storage_id)
            .part_number(2).body(bytes(2 * MIB).into()).send().await.unwrap();
        let second = json!({"part_number": 2, "etag": part.e_tag().unwrap().trim_matches('"')});
        let body = completion(&ada, "big", &upload, &[first, second]);
        let error = refused(&ada.post("/api/s3/multipart/complete", body.clone()).await);
        assert!(error.detail.contains("1048576 bytes"), "{}", error.detail);
        assert_eq!(app.inventory().await, [format!("{} unfinished", ada.key("big"))]);
        limit(&app, &ada, Some(7 * MIB as u64)).await;
        ada.post("/api/s3/multipart/complete", body).await.ok::<Value>();
        assert_eq!(taken(&app, &ada).await, 7 * MIB as u64);
    }

    async fn an_upload_that_ends_unfinished_gives_its_room_back(app) {
        let ada = app.user("ada").await;
        limit(&app, &ada, Some(100 * MIB as u64)).await;
        let planned = plan(&ada, &[("a", 90 * MIB)]).await;
        let upload = planned["uploads"][0]["upload_id"].as_str().unwrap();
        let other = plan(&ada, &[("b", 40 * MIB)]).await;
        assert_eq!(other["uploads"][0]["method"], "refused");
        let named = json!({"key": ada.key("a"), "upload_id": upload});
        ada.delete_json("/api/s3/multipart", named).await.ok::<Value>();
        assert_eq!(taken(&app, &ada).await, 0);
        plan(&ada, &[("b", 40 * MIB)]).await;
        initiate(&ada, "c").await;
        assert_eq!(taken(&app, &ada).await, 40 * MIB as u64);
        app.clock.advance(Duration::days(8));
        assert_eq!(app.state.reaper.round().await.unwrap().aborted, 2);
        assert_eq!(taken(&app, &ada).await, 0);
    }
}

#[tokio::test]
async fn a_plan_that_fails_reserves_nothing() {
    let app = TestApp::builder().storage_on_clock().build().await;
    let ada = app.user("ada").await;
    // The row of the second upload cannot be written.
    sqlx::query("CREATE TRIGGER refuse BEFORE INSERT ON uploads WHEN NEW.object_key LIKE '%/b' BEGIN SELECT RAISE(ABORT, 'no'); END")
        .execute(app.state.platform.db.pool())
        .await
        .unwrap();
    let files: Vec<_> = ["a", "b", "c"]
        .iter()
        .map(|path| json!({"key": ada.key(path), "size": 40 * MIB}))
        .collect();
    let answer = ada.post("/api/s3/uploads", json!({"files": files})).await;
    assert!(answer.status.is_server_error(), "{}", answer.text());
    assert_eq!(taken(&app, &ada).await, 0);
    assert!(app.inventory().await.is_empty());
}
