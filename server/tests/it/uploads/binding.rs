use serde_json::{Value, json};

use super::{completion, initiate, send_part};
use crate::support::{Answer, Form, User, on_both_databases};

/// Every route that takes an upload id.
async fn every_route(who: &User, path: &str, upload_id: &str) -> Vec<(&'static str, Answer)> {
    let named = json!({"key": who.key(path), "upload_id": upload_id});
    let mut sign = named.clone();
    sign["parts"] = json!([{"part_number": 1, "size": 1}]);
    let mut complete = named.clone();
    complete["parts"] = json!([{"part_number": 1, "etag": "x"}]);
    let form = Form::new()
        .file("part", "application/octet-stream", b"x")
        .text("key", &who.key(path))
        .text("upload_id", upload_id)
        .text("part_number", "1");
    let query = format!("key={}&upload_id={upload_id}", who.query_key(path));
    vec![
        ("sign", who.post("/api/s3/multipart/parts", sign).await),
        (
            "parts",
            who.get(&format!("/api/s3/multipart/parts?{query}")).await,
        ),
        ("complete", who.post("/api/s3/multipart/complete", complete).await),
        (
            "upload part",
            who.post_form("/api/s3/multipart/upload-part", form).await,
        ),
        ("abort", who.delete_json("/api/s3/multipart", named).await),
    ]
}

on_both_databases! {
    with storage;

    async fn security_22_an_upload_id_is_bound_to_its_user_and_key(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let id = initiate(&ada, "a").await;
        let part = send_part(&ada, "a", &id, 1, b"hello".into()).await;

        let missing = every_route(&bob, "a", "018f0000-0000-4000-8000-000000000001").await;
        let nonsense = every_route(&bob, "a", "nonsense").await;
        let foreign = every_route(&bob, "a", &id).await;
        let other_key = every_route(&ada, "b", &id).await;
        for answers in [&missing, &nonsense, &foreign, &other_key] {
            for ((what, answer), (_, one)) in answers.iter().zip(&missing) {
                assert_eq!(answer.error(404).detail, "Upload not found", "{what}");
                assert_eq!(answer.body, one.body, "{what}");
            }
        }
        let unfinished: Value = bob.get("/api/s3/multipart").await.ok();
        assert_eq!(unfinished["uploads"], json!([]));

        ada.post("/api/s3/multipart/complete", completion(&ada, "a", &id, &[part])).await.ok::<Value>();
    }

    async fn an_aborted_upload_is_gone_here_and_in_storage(app) {
        let ada = app.user("ada").await;
        let id = initiate(&ada, "a").await;
        send_part(&ada, "a", &id, 1, b"hello".into()).await;
        assert_eq!(app.inventory().await, [format!("{} unfinished", ada.key("a"))]);
        let named = json!({"key": ada.key("a"), "upload_id": id});
        let aborted: Value = ada.delete_json("/api/s3/multipart", named).await.ok();
        assert_eq!(aborted, json!({"message": "Upload aborted"}));
        assert!(app.inventory().await.is_empty());
        for (what, answer) in every_route(&ada, "a", &id).await {
            assert_eq!(answer.status, 404, "{what}");
        }
    }

    async fn a_completed_upload_takes_nothing_more(app) {
        let ada = app.user("ada").await;
        let id = initiate(&ada, "a").await;
        let part = send_part(&ada, "a", &id, 1, b"hello".into()).await;
        let done = completion(&ada, "a", &id, &[part]);
        ada.post("/api/s3/multipart/complete", done).await.ok::<Value>();
        for (what, answer) in every_route(&ada, "a", &id).await {
            // Repeating the completion is the one thing that still works.
            assert_eq!(answer.status, if what == "complete" { 200 } else { 404 }, "{what}");
        }
        assert_eq!(app.inventory().await.len(), 1);
    }
}
