use serde_json::{Value, json};
use server::features::uploads::service::Reaped;

use super::{MIB, completion, initiate, put, read, send_part};
use crate::support::{Rewriting, TestApp, on_both_databases};

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
            .execute(app.state.platform.db.pool())
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
            .execute(app.state.platform.db.pool())
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

    async fn security_41_of_abort_and_complete_one_succeeds(app) {
        let ada = app.user("ada").await;
        let (mut completed, mut aborted) = (0, 0);
        for race in 0..60 {
            let path = format!("race {race}");
            let id = initiate(&ada, &path).await;
            let part = send_part(&ada, &path, &id, 1, b"hello".into()).await;
            let body = completion(&ada, &path, &id, &[part]);
            let named = json!({"key": ada.key(&path), "upload_id": id});
            let complete = ada.post(COMPLETE, body.clone());
            let abort = ada.delete_json("/api/s3/multipart", named.clone());
            let (complete, abort) = if race % 2 == 0 {
                tokio::join!(complete, abort)
            } else {
                let (abort, complete) = tokio::join!(abort, complete);
                (complete, abort)
            };
            let object = format!("/api/s3/object/metadata?key={}", ada.query_key(&path));
            match (complete.status.as_u16(), abort.status.as_u16()) {
                (200, 404 | 409) => {
                    completed += 1;
                    ada.get(&object).await.ok::<Value>();
                }
                (404, 200) => {
                    aborted += 1;
                    ada.get(&object).await.error(404);
                }
                both => panic!("{both:?}: {} {}", complete.text(), abort.text()),
            }
        }
        assert_eq!(completed + aborted, 60);
        let unfinished: Value = ada.get("/api/s3/multipart").await.ok();
        assert_eq!(unfinished["uploads"], json!([]));
        assert_eq!(app.inventory().await.len(), completed);
    }

    async fn security_41_a_completion_that_was_broken_off_is_settled(app) {
        let ada = app.user("ada").await;
        let completing = |id: String, until: i64| {
            let db = app.state.platform.db.clone();
            async move {
                // As the program leaves it when it dies while storage joins the parts.
                sqlx::query("UPDATE uploads SET state = 'open', completing = 1, completing_until = $2 WHERE id = $1")
                    .bind(id)
                    .bind(until)
                    .execute(db.pool())
                    .await
                    .unwrap();
            }
        };
        let now = app.state.platform.clock.now().unix_timestamp();
        let (mut ids, mut bodies) = (Vec::new(), Vec::new());
        for path in ["joined", "not joined", "reaped", "aborted"] {
            let id = initiate(&ada, path).await;
            let part = send_part(&ada, path, &id, 1, b"hello".into()).await;
            bodies.push(completion(&ada, path, &id, &[part]));
            ids.push(id);
        }
        let first: Value = ada.post(COMPLETE, bodies[0].clone()).await.ok();
        for id in &ids {
            completing(id.clone(), now + 60).await;
        }
        // For as long as storage may be at it nobody aborts; completing it again is what helps.
        for (path, id) in ["joined", "not joined"].iter().zip(&ids) {
            let named = json!({"key": ada.key(path), "upload_id": id});
            let error = ada.delete_json("/api/s3/multipart", named).await.error(409);
            assert!(error.detail.contains("is being completed"), "{error:?}");
        }
        assert_eq!(app.state.reaper.round().await.unwrap(), Reaped::default());
        assert_eq!(ada.post(COMPLETE, bodies[0].clone()).await.ok::<Value>(), first);
        ada.post(COMPLETE, bodies[1].clone()).await.ok::<Value>();

        completing(ids[0].clone(), now - 1).await;
        completing(ids[2].clone(), now - 1).await;
        completing(ids[3].clone(), now - 1).await;
        let named = json!({"key": ada.key("aborted"), "upload_id": ids[3]});
        ada.delete_json("/api/s3/multipart", named).await.ok::<Value>();
        app.state.reaper.round().await.unwrap();
        let named = json!({"key": ada.key("joined"), "upload_id": ids[0]});
        ada.delete_json("/api/s3/multipart", named).await.error(404);
        assert_eq!(ada.post(COMPLETE, bodies[0].clone()).await.ok::<Value>(), first);
        let unfinished: Value = ada.get("/api/s3/multipart").await.ok();
        assert_eq!(unfinished["uploads"].as_array().unwrap().len(), 1, "{unfinished}");
        assert_eq!(unfinished["uploads"][0]["upload_id"], ids[2]);
        ada.post(COMPLETE, bodies[2].clone()).await.ok::<Value>();
    }
}

/// A person closes the page while storage joins the parts: what became of it is recorded all the same.
#[tokio::test]
async fn security_41_a_completion_goes_on_without_its_client() {
    let proxy = Rewriting::start().await;
    let app = proxy.app().await;
    let ada = app.user("ada").await;
    let id = initiate(&ada, "a").await;
    let part = send_part(&ada, "a", &id, 1, b"hello".into()).await;
    let body = completion(&ada, "a", &id, &[part]);
    let held = proxy.hold_joined();
    tokio::select! {
        answer = ada.post(COMPLETE, body) => panic!("{}", answer.text()),
        () = held.joined() => {}
    }
    held.release();
    let recorded = async {
        loop {
            let state: String = sqlx::query_scalar("SELECT state FROM uploads WHERE id = $1")
                .bind(&id)
                .fetch_one(app.state.platform.db.pool())
                .await
                .unwrap();
            if state == "completed" {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), recorded)
        .await
        .expect("the completion is recorded");
    let named = json!({"key": ada.key("a"), "upload_id": id});
    ada.delete_json("/api/s3/multipart", named).await.error(404);
    assert_eq!(read(&ada, "a").await, b"hello");
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
