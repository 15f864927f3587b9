//! Quotas and conditional copies on a server that holds to fewer conditions than AWS.

use app::features::files::{changes::Transferred, types::ObjectVersion};
use serde_json::{Value, json};
use time::Duration;

use super::{seaweed::Seaweed, store};
use crate::{
    files::jobs,
    quota::{limit, taken},
    support::{TestApp, User},
    uploads::{MIB, bytes, completion, initiate, put, send_part},
};

async fn plan(who: &User, path: &str, size: usize) -> Value {
    let body = json!({"files": [{"key": who.key(path), "size": size}]});
    let planned: Value = who.post("/api/s3/uploads", body).await.ok();
    planned["uploads"][0].clone()
}

async fn settle(app: &TestApp) {
    app.clock.advance(Duration::minutes(15));
    assert_eq!(app.state.settler.round().await.unwrap().failed, 0);
}

async fn count(app: &TestApp, user: &User) {
    let holder = server::features::quota::Holder::User(user.id);
    app.state.quotas.ask_count(holder).await.unwrap();
    app.state.counting.queue_due().await.unwrap();
    app.run_jobs().await;
}

/// Whatever way bytes come in and go, what is taken of the quota is what storage holds.
pub(super) async fn every_byte_counts(app: &TestApp) {
    let kim = app.user("kim").await;
    limit(app, &kim, Some(20 * MIB as u64)).await;
    count(app, &kim).await;
    // A URL that is used, and one that is not.
    let used = plan(&kim, "put", 100).await;
    assert_eq!(put(&used, bytes(100)).await.status(), 200);
    plan(&kim, "unused", 1000).await;
    assert_eq!(taken(app, &kim).await, 1100);
    settle(app).await;
    assert_eq!(taken(app, &kim).await, 100);
    // Parts, and a second version.
    let upload = initiate(&kim, "parts").await;
    let part = send_part(&kim, "parts", &upload, 1, bytes(5 * MIB)).await;
    assert_eq!(taken(app, &kim).await, 100 + 5 * MIB as u64);
    let body = completion(&kim, "parts", &upload, &[part]);
    kim.post("/api/s3/multipart/complete", body).await.ok::<Value>();
    kim.upload("put", "text/plain", &bytes(50)).await;
    settle(app).await;
    let all = 150 + 5 * MIB as u64;
    assert_eq!(taken(app, &kim).await, all);
    count(app, &kim).await;
    assert_eq!(taken(app, &kim).await, all);
    // A delete marker frees nothing, a version that is deleted for good does.
    kim.delete_json("/api/s3/object", json!({"key": kim.key("put")}))
        .await
        .ok::<Value>();
    assert_eq!(taken(app, &kim).await, all);
    let versions: Vec<ObjectVersion> = kim
        .get(&format!("/api/s3/object/versions?key={}", kim.query_key("put")))
        .await
        .ok();
    let old = versions.iter().find(|version| version.size == 100).unwrap();
    let old = json!({"key": kim.key("put"), "version_id": old.version_id});
    kim.delete_json("/api/s3/object", old).await.ok::<Value>();
    assert_eq!(taken(app, &kim).await, all - 100);
    // What does not fit is refused, and the rest is not.
    let refused = plan(&kim, "large", 16 * MIB).await;
    assert_eq!(refused["error"]["code"], "QUOTA_EXCEEDED", "{refused}");
    // An unfinished upload counts, also when all is counted anew.
    let upload = initiate(&kim, "unfinished").await;
    send_part(&kim, "unfinished", &upload, 1, bytes(5 * MIB)).await;
    app.clock.advance(Duration::SECOND);
    count(app, &kim).await;
    assert_eq!(taken(app, &kim).await, all - 100 + 5 * MIB as u64);
    let body = json!({"prefixes": [kim.key("")], "permanent": true});
    jobs::run(app, &kim, "/api/s3/delete", body).await;
    let aborted = json!({"key": kim.key("unfinished"), "upload_id": upload});
    kim.delete_json("/api/s3/multipart", aborted).await.ok::<Value>();
    assert_eq!(taken(app, &kim).await, 0);
}

/// A name that is taken is not copied over, and an undo brings back what was.
pub(super) async fn copies_replace_what_they_were_asked_to(app: &TestApp, seaweed: &Seaweed) {
    let leo = app.user("leo").await;
    let sdk = seaweed.client();
    let conditions = store(seaweed)
        .await
        .conditional_writes(&"forepeak".parse().unwrap())
        .await;
    assert!(conditions.if_none_match && conditions.if_match, "{conditions:?}");
    for name in ["a", "b"] {
        jobs::put(&sdk, &leo.key(name), name.as_bytes()).await;
    }
    let before = jobs::things(&sdk, &leo.key("")).await;
    for path in ["/api/s3/copy", "/api/s3/move"] {
        let transfer = |on_conflict: &str| json!({"source": leo.key("a"), "destination": leo.key("b"), "on_conflict": on_conflict});
        leo.post(path, transfer("fail")).await.error(409);
        assert_eq!(jobs::things(&sdk, &leo.key("")).await, before, "{path}");
        let done: Transferred = leo.post(path, transfer("overwrite")).await.ok();
        assert_eq!(jobs::things(&sdk, &leo.key("b")).await[""].bytes, b"a", "{path}");
        let token = done.undo.unwrap().token;
        leo.post("/api/s3/undo", json!({"token": token}))
            .await
            .ok::<Value>();
        assert_eq!(jobs::things(&sdk, &leo.key("")).await, before, "{path}");
    }
}
