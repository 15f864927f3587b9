use serde_json::{Value, json};

use super::{MIB, completion, initiate, put, read, send_part};
use crate::support::{TestApp, on_both_databases};

const COMPLETE: &str = "/api/s3/multipart/complete";

on_both_databases! {
    with storage;

    async fn security_41_a_completion_can_be_repeated(app) {
        let ada = app.user("ada").await;
        let id = initiate(&ada, "a").await;
        let part = send_part(&ada, "a", &id, 1, b"hello".into()).await;
        let body = completion(&ada, "a", &id, &[part]);
        let first: Value = ada.post(COMPLETE, body.clone()).await.ok();
        let again: Value = ada.post(COMPLETE, body.clone()).await.ok();
        assert_eq!(first, again);

        // The program died between storage and its journal: the object itself tells.
        sqlx::query("UPDATE uploads SET state = 'open', etag = NULL, version_id = NULL WHERE id = $1")
            .bind(&id)
            .execute(app.state.db.pool())
            .await
            .unwrap();
        let again: Value = ada.post(COMPLETE, body.clone()).await.ok();
        assert_eq!(first, again);
        assert_eq!(app.inventory().await.len(), 1);

        // Once somebody wrote over it, nothing tells any more; nothing is claimed either.
        ada.upload("a", "text/plain", b"other").await;
        let again: Value = ada.post(COMPLETE, body.clone()).await.ok();
        assert_eq!(first, again);
        sqlx::query("UPDATE uploads SET state = 'open' WHERE id = $1")
            .bind(&id)
            .execute(app.state.db.pool())
            .await
            .unwrap();
        ada.post(COMPLETE, body).await.error(404);
    }

    async fn security_41_completions_at_the_same_time_make_one_object(app) {
        let ada = app.user("ada").await;
        let id = initiate(&ada, "a").await;
        let part = send_part(&ada, "a", &id, 1, b"hello".into()).await;
        let body = completion(&ada, "a", &id, &[part]);
        let answers = futures::future::join_all((0..8).map(|_| ada.post(COMPLETE, body.clone()))).await;
        let first: Value = answers[0].ok();
        for answer in &answers {
            assert_eq!(answer.ok::<Value>(), first);
        }
        assert_eq!(app.inventory().await.len(), 1);
    }
}

#[tokio::test]
async fn parts_that_do_not_make_the_object_are_told() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let id = initiate(&ada, "a").await;
    let one = send_part(&ada, "a", &id, 1, b"small".into()).await;
    let two = send_part(&ada, "a", &id, 2, b"tail".into()).await;
    let other = json!({"part_number": 2, "etag": one["etag"]});
    let absent = json!({"part_number": 3, "etag": one["etag"]});
    for (parts, field) in [
        (vec![], "parts"),
        (vec![two.clone(), one.clone()], "parts"),
        (vec![one.clone(), one.clone()], "parts"),
        (vec![one.clone(), other], "parts[1].etag"),
        (vec![one.clone(), absent], "parts[1].part_number"),
        // Each but the last needs 5 MiB.
        (vec![one.clone(), two.clone()], "parts"),
    ] {
        let error = ada
            .post(COMPLETE, completion(&ada, "a", &id, &parts))
            .await
            .error(400);
        assert!(error.fields.contains_key(field), "{field}: {error:?}");
    }
    // Nothing of that has harmed it.
    ada.post(COMPLETE, completion(&ada, "a", &id, &[two]))
        .await
        .ok::<Value>();
    assert_eq!(read(&ada, "a").await, b"tail");
}

#[tokio::test]
async fn security_22_the_sum_of_the_parts_is_what_was_planned() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let size = 32 * MIB + 1;
    let body = json!({"files": [{"key": ada.key("big"), "size": size}]});
    let planned: Value = ada.post("/api/s3/uploads", body).await.ok();
    let upload = &planned["uploads"][0];
    let stored = put(&upload["parts"][0], vec![1; 8 * MIB]).await;
    let part = json!({"part_number": 1, "etag": stored.headers()["etag"].to_str().unwrap()});
    let body = completion(&ada, "big", upload["upload_id"].as_str().unwrap(), &[part]);
    let error = ada.post(COMPLETE, body).await.error(400);
    assert!(error.fields["parts"].contains("33554433"), "{error:?}");
}

#[tokio::test]
async fn an_object_that_appeared_meanwhile_is_kept_until_somebody_decides() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let size = 32 * MIB + 1;
    let body = json!({"files": [{"key": ada.key("big"), "size": size}], "on_conflict": "report"});
    let planned: Value = ada.post("/api/s3/uploads", body).await.ok();
    let upload = &planned["uploads"][0];
    let mut parts = Vec::new();
    for part in upload["parts"].as_array().unwrap() {
        let len = if part["part_number"] == 5 { 1 } else { 8 * MIB };
        let stored = put(part, vec![2; len]).await;
        parts.push(
            json!({"part_number": part["part_number"], "etag": stored.headers()["etag"].to_str().unwrap()}),
        );
    }
    ada.upload("big", "text/plain", b"first").await;
    let mut body = completion(&ada, "big", upload["upload_id"].as_str().unwrap(), &parts);
    let error = ada.post(COMPLETE, body.clone()).await.error(409);
    assert_eq!(error.code, app::contract::ErrorCode::Conflict);
    assert_eq!(read(&ada, "big").await, b"first");
    body["on_conflict"] = json!("overwrite");
    ada.post(COMPLETE, body).await.ok::<Value>();
    assert_eq!(read(&ada, "big").await.len(), size);
}
