//! What copies, moves, deletes, brings back, packs and undoes: it reaches the caller's own files, and nobody else's.

use axum::body::Body;
use http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp, User, on_both_databases};

/// Each request with `key` in each place that takes a key, and `prefix` in each that takes a prefix. All else in it is the
/// caller's own.
pub(crate) fn requests(own: &User, key: &str, prefix: &str) -> Vec<(&'static str, Value)> {
    let (x, f) = (own.key("x"), own.key("f/"));
    let mut requests = Vec::new();
    for path in ["/api/s3/copy", "/api/s3/move"] {
        for on_conflict in ["fail", "overwrite", "keep_both", "skip"] {
            requests.extend([
                (
                    path,
                    json!({"source": key, "destination": own.key("y"), "on_conflict": on_conflict}),
                ),
                (
                    path,
                    json!({"source": x, "destination": key, "on_conflict": on_conflict}),
                ),
                (
                    path,
                    json!({"source": f, "destination": prefix, "on_conflict": on_conflict}),
                ),
            ]);
        }
        requests.extend([
            (path, json!({"source": prefix, "destination": own.key("g/")})),
            (
                path,
                json!({"source": prefix, "destination": prefix, "on_conflict": "keep_both"}),
            ),
            (path, json!({"sources": [key], "destination": f})),
            (path, json!({"sources": [x, key], "destination": f})),
            (path, json!({"sources": [x, prefix], "destination": f})),
            (path, json!({"sources": [x], "destination": prefix})),
        ]);
    }
    for permanent in [false, true] {
        requests.extend([
            ("/api/s3/delete", json!({"keys": [key], "permanent": permanent})),
            (
                "/api/s3/delete",
                json!({"keys": [x, key], "permanent": permanent}),
            ),
            (
                "/api/s3/delete",
                json!({"prefixes": [prefix], "permanent": permanent}),
            ),
            (
                "/api/s3/delete",
                json!({"prefixes": [f, prefix], "permanent": permanent}),
            ),
        ]);
    }
    let as_of = "2024-01-01T00:00:00Z";
    requests.extend([
        ("/api/s3/object/restore", json!({"key": key, "version_id": "v"})),
        ("/api/s3/object/restore", json!({"keys": [key], "as_of": as_of})),
        (
            "/api/s3/object/restore",
            json!({"keys": [x, prefix], "as_of": as_of}),
        ),
        (
            "/api/s3/object/restore",
            json!({"prefix": prefix, "as_of": as_of, "delete_added": true}),
        ),
        (
            "/api/s3/object/restore",
            json!({"prefix": prefix, "deleted_only": true}),
        ),
        ("/api/s3/archive", json!({"keys": [key]})),
        ("/api/s3/archive", json!({"keys": [x, key]})),
        ("/api/s3/archive", json!({"prefixes": [prefix]})),
        ("/api/s3/archive", json!({"prefixes": [f, prefix]})),
    ]);
    requests
}

async fn plant(who: &User) {
    for name in ["x", "f/y", "f/g/z"] {
        who.upload(name, "text/plain", who.username.as_bytes()).await;
        who.upload(name, "text/plain", b"twice").await;
    }
    who.upload("deleted", "text/plain", b"x").await;
    who.delete_json("/api/s3/object", json!({"key": who.key("deleted")}))
        .await
        .ok::<Value>();
}

async fn jobs_of(app: &TestApp) -> i64 {
    sqlx::query_scalar("SELECT COUNT(*) FROM jobs")
        .fetch_one(app.state.platform.db.pool())
        .await
        .unwrap()
}

async fn cancel(who: &User, job: &str) -> Answer {
    who.request(Method::DELETE, &format!("/api/jobs/{job}"), Body::empty(), None)
        .await
}

fn assert_alike(one: &Answer, other: &Answer, what: &str) {
    assert_eq!((one.status, &one.body), (other.status, &other.body), "{what}");
}

on_both_databases! { with storage on the clock;
    async fn security_20_a_neighbours_files_are_out_of_reach_of_every_job(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        plant(&ada).await;
        plant(&bob).await;
        let (before, jobs) = (app.inventory().await, jobs_of(&app).await);
        let alike = |rest: &str| format!("users/{}x/{rest}", ada.id);
        for (key, prefix) in [
            (bob.key("x"), bob.key("f/")),
            (bob.key("none"), bob.key("none/")),
            (bob.key("deleted"), bob.key("")),
            (alike("x"), alike("f/")),
            (alike("x"), alike("")),
            (format!("users/{}x", ada.id), "users/".to_owned()),
            (format!("Users/{}/x", ada.id), format!("USERS/{}/", ada.id)),
            (format!("/users/{}/x", ada.id), format!("/users/{}/", ada.id)),
            ("teams/x".to_owned(), "teams/".to_owned()),
        ] {
            for (path, body) in requests(&ada, &key, &prefix) {
                let answer = ada.post(path, body.clone()).await;
                assert_eq!(answer.status, 403, "{path} {body}: {}", answer.text());
            }
        }
        assert_eq!(jobs_of(&app).await, jobs, "none was begun");
        assert_eq!(app.inventory().await, before);
    }

    async fn security_20_a_foreign_bucket_is_as_one_that_does_not_exist(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        plant(&ada).await;
        plant(&bob).await;
        // There, with something at the very keys that are asked for.
        let sdk = app.storage().sdk();
        sdk.create_bucket().bucket("another").send().await.unwrap();
        for name in ["x", "f/y"] {
            let put = sdk.put_object().bucket("another").key(ada.key(name)).body(b"x".to_vec().into());
            put.send().await.unwrap();
        }
        let inventories = async || (app.inventory().await, app.storage().inventory("another").await);
        let (before, jobs) = (inventories().await, jobs_of(&app).await);
        for (path, body) in requests(&ada, &ada.key("x"), &ada.key("f/")) {
            let fields: &[&str] = if path.ends_with("copy") || path.ends_with("move") {
                &["source_bucket", "destination_bucket"]
            } else {
                &["bucket"]
            };
            for field in fields {
                let mut answers = Vec::new();
                for bucket in ["another", "no-such-bucket"] {
                    let mut body = body.clone();
                    body[*field] = json!(bucket);
                    let answer = ada.post(path, body.clone()).await;
                    assert_eq!(answer.status, 404, "{path} {body}: {}", answer.text());
                    answers.push(answer);
                }
                assert_eq!(
                    answers[0].text().replace("another", "no-such-bucket"),
                    answers[1].text(),
                    "{path} {field}"
                );
            }
        }
        assert_eq!(jobs_of(&app).await, jobs, "none was begun");
        assert_eq!(inventories().await, before);
    }

    async fn security_21_somebody_elses_job_and_archive_are_not_there(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        plant(&ada).await;
        plant(&bob).await;
        let begun = async |path: &str, body: Value| {
            let answer = bob.post(path, body).await;
            assert_eq!(answer.status, 202, "{}", answer.text());
            answer.json::<Value>()["job_id"].as_str().unwrap().to_owned()
        };
        let ended = begun("/api/s3/delete", json!({"prefixes": [bob.key("f/")]})).await;
        app.run_jobs().await;
        let waiting = begun("/api/s3/object/restore", json!({"prefix": bob.key(""), "deleted_only": true})).await;
        let before = app.inventory().await;
        let none = "018f0000-0000-4000-8000-000000000001";
        for id in [&ended, &waiting] {
            for (what, theirs, nobodys) in [
                ("get", ada.get(&format!("/api/jobs/{id}")).await, ada.get(&format!("/api/jobs/{none}")).await),
                (
                    "cancel",
                    cancel(&ada, id).await,
                    cancel(&ada, none).await,
                ),
                (
                    "undo",
                    ada.post(&format!("/api/jobs/{id}/undo"), json!({})).await,
                    ada.post(&format!("/api/jobs/{none}/undo"), json!({})).await,
                ),
            ] {
                assert_eq!(theirs.status, 404, "{what}: {}", theirs.text());
                assert_alike(&theirs, &nobodys, what);
            }
        }
        let jobs: Value = ada.get("/api/jobs").await.ok();
        assert_eq!(jobs["jobs"], json!([]));

        let link: Value = bob.post("/api/s3/archive", json!({"keys": [bob.key("x")]})).await.ok();
        let url = link["url"].as_str().unwrap().strip_prefix("http://127.0.0.1:8000").unwrap().to_owned();
        let made_up = ada.get("/api/s3/archive?selection=fpk_zip_made_up").await;
        let theirs = ada.get(&url).await;
        assert_eq!(theirs.status, 404, "{}", theirs.text());
        assert_alike(&theirs, &made_up, "archive");
        assert_eq!(app.inventory().await, before);

        // All of it is still there for its owner.
        assert_eq!(bob.get(&url).await.status, 200);
        let job: Value = bob.get(&format!("/api/jobs/{waiting}")).await.ok();
        assert_eq!(job["state"], "queued", "nobody has cancelled it");
        app.run_jobs().await;
        let restored: Value = bob.get(&format!("/api/s3/objects?prefix={}", bob.key("f/"))).await.ok();
        assert_eq!(restored["objects"].as_array().unwrap().len(), 2);
    }
}
