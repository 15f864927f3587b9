use serde_json::{Value, json};

use super::{create, delete, made, names, put};
use crate::support::on_both_databases;

on_both_databases! {
    with storage;

    async fn a_bucket_with_objects_stays(app) {
        let ada = app.user("ada").await;
        made(&ada, "adas").await;
        put(&ada, "adas", "a.txt", b"x").await;
        let before = app.storage().inventory("adas").await;
        let refused = delete(&ada, "adas").await.error(409);
        assert_eq!(refused.detail, "Bucket adas is not empty. Delete what is in it first.");
        assert_eq!(app.storage().inventory("adas").await, before);
        assert_eq!(ada.get("/api/buckets/adas/items/a.txt").await.text(), "x");
    }

    /// Earlier versions, delete markers and unfinished uploads; and what they took of the quota is free again.
    async fn what_is_left_goes_with_the_bucket(app) {
        let ada = app.user("ada").await;
        made(&ada, "adas").await;
        for text in ["one", "two", "three"] {
            put(&ada, "adas", "a/b.txt", text.as_bytes()).await;
        }
        let started: Value = ada
            .post("/api/s3/multipart/initiate", json!({"key": "large", "bucket": "adas"}))
            .await
            .ok();
        assert!(started["upload_id"].is_string());
        let plan = json!({"bucket": "adas", "files": [{"key": "planned", "size": 1000}]});
        assert_eq!(ada.post("/api/s3/uploads", plan).await.status, 200);
        let item = ada
            .request(http::Method::DELETE, "/api/buckets/adas/items/a/b.txt", axum::body::Body::empty(), None)
            .await;
        assert_eq!(item.status, 200, "{}", item.text());
        assert_eq!(app.storage().inventory("adas").await.len(), 5);
        let taken = || async {
            let taken: i64 = sqlx::query_scalar(
                "SELECT used_bytes + reserved_bytes FROM storage_use WHERE holder_id = $1",
            )
            .bind(ada.id.to_string())
            .fetch_one(app.state.platform.db.pool())
            .await
            .unwrap();
            taken
        };
        assert_eq!(taken().await, 1000 + 3 + 3 + 5);

        let answer: Value = delete(&ada, "adas").await.ok();
        assert_eq!(answer, json!({"message": "Bucket adas deleted successfully"}));
        assert_eq!(taken().await, 0);
        assert!(names(&ada).await.is_empty());
        assert_eq!(ada.get("/api/buckets/adas").await.status, 404);
        assert_eq!(ada.get("/api/s3/objects?bucket=adas").await.status, 404);
        assert!(app.storage().sdk().head_bucket().bucket("adas").send().await.is_err());
        let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM uploads")
            .fetch_one(app.state.platform.db.pool())
            .await
            .unwrap();
        assert_eq!(left, 0);
        assert_eq!(delete(&ada, "adas").await.error(404).detail, "Bucket adas does not exist");
        assert_eq!(create(&ada, "adas").await.status, 201);
        app.run_jobs().await;
    }

    async fn a_bucket_in_which_a_job_works_stays(app) {
        let ada = app.user("ada").await;
        made(&ada, "adas").await;
        ada.upload("folder/a.txt", "text/plain", b"x").await;
        let request = json!({"source": ada.key("folder/"), "destination": "folder/", "destination_bucket": "adas"});
        assert_eq!(ada.post("/api/s3/copy", request).await.status, 202);
        let refused = delete(&ada, "adas").await.error(409);
        assert!(refused.detail.starts_with("A job that copies is at work there"), "{}", refused.detail);
        app.run_jobs().await;
        assert_eq!(ada.get("/api/buckets/adas/items/folder/a.txt").await.text(), "x");
    }
}
