//! Whose jobs they are, and what they reach.

use app::features::api_keys::types::CreatedApiKey;
use serde_json::{Value, json};

use super::{begin, job, keys, put, run_well};
use crate::support::{Fault, Faults, TestApp, on_both_databases};

on_both_databases! { with storage;
    async fn security_20_both_ends_must_be_the_callers_own(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let sdk = app.storage().sdk();
        put(&sdk, &ada.key("x"), b"hers").await;
        put(&sdk, &bob.key("x"), b"his").await;
        put(&sdk, &bob.key("f/y"), b"his").await;
        let id = run_well(&app, &ada, "/api/s3/delete", json!({"keys": [ada.key("x")]})).await;
        let before = app.inventory().await;
        let alike = format!("users/{}x/", ada.id);
        for (path, body) in [
            ("/api/s3/copy", json!({"source": bob.key("x"), "destination": ada.key("y")})),
            ("/api/s3/copy", json!({"source": ada.key("x"), "destination": bob.key("y")})),
            ("/api/s3/move", json!({"source": bob.key("f/"), "destination": ada.key("f/")})),
            ("/api/s3/move", json!({"source": alike, "destination": ada.key("f/")})),
            ("/api/s3/copy", json!({"sources": [ada.key("x"), bob.key("x")], "destination": ada.key("f/")})),
            ("/api/s3/copy", json!({"sources": [ada.key("x")], "destination": bob.key("f/")})),
            ("/api/s3/copy", json!({"source": "users/", "destination": ada.key("f/")})),
            ("/api/s3/delete", json!({"keys": [bob.key("x")]})),
            ("/api/s3/delete", json!({"prefixes": [bob.key("f/")]})),
            ("/api/s3/delete", json!({"prefixes": ["users/"], "permanent": true})),
            ("/api/s3/delete", json!({"keys": [ada.key("x"), bob.key("x")], "permanent": true})),
        ] {
            let answer = ada.post(path, body.clone()).await;
            assert_eq!(answer.status, 403, "{path} {body}: {}", answer.text());
        }
        let elsewhere = json!({"source": ada.key("x"), "destination": ada.key("y"), "source_bucket": "another"});
        ada.post("/api/s3/copy", elsewhere).await.error(404);
        ada.post("/api/s3/delete", json!({"keys": [ada.key("x")], "bucket": "another"})).await.error(404);
        bob.post(&format!("/api/jobs/{id}/undo"), json!({})).await.error(404);
        app.run_jobs().await;
        assert_eq!(app.inventory().await, before);
    }

    async fn a_job_fails_when_its_owner_is_disabled(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        put(&sdk, &ada.key("f/x"), b"x").await;
        let id = begin(&ada, "/api/s3/move", json!({"source": ada.key("f/"), "destination": ada.key("g/")})).await;
        disable(&app, &ada.id.to_string()).await;
        let before = app.inventory().await;
        app.run_jobs().await;
        let ended = job(&app, &id).await;
        assert_eq!((ended.state.as_str(), ended.failures.len()), ("failed", 1));
        assert!(ended.failures[0].1.contains("can no longer reach"), "{ended:?}");
        assert_eq!(app.inventory().await, before);
    }

    async fn the_audit_log_has_the_beginning_and_the_end(app) {
        let (ada, root) = (app.user("ada").await, app.admin("root").await);
        let sdk = app.storage().sdk();
        put(&sdk, &ada.key("f/x"), b"x").await;
        let id = run_well(&app, &ada, "/api/s3/delete", json!({"prefixes": [ada.key("f/")]})).await;
        let log: Value = root.get("/api/admin/audit?action=files.delete").await.ok();
        let rows = log["events"].as_array().unwrap();
        assert_eq!(rows.len(), 2, "{log}");
        for row in rows {
            assert_eq!((row["target"].as_str(), row["outcome"].as_str()), (Some(&*id), Some("success")));
        }
    }

    async fn a_key_for_a_folder_sees_the_job_that_it_began(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        put(&sdk, &ada.key("f/x"), b"x").await;
        let key = json!({"name": "folder", "scopes": ["read", "write"], "prefix": ada.key("f/")});
        let made: CreatedApiKey = ada.post("/api/auth/api-keys", key).await.ok();
        let script = app.anonymous().with("x-api-key", made.key);
        let begun = script.post("/api/s3/delete", json!({"keys": [ada.key("f/x")]})).await;
        assert_eq!(begun.status, 202, "{}", begun.text());
        let begun: Value = begun.ok();
        let path = format!("/api/jobs/{}", begun["job_id"].as_str().unwrap());
        assert_eq!(script.get(&path).await.ok::<Value>()["state"], "queued");
        app.run_jobs().await;
        assert_eq!(script.get(&path).await.ok::<Value>()["state"], "done");
    }

    async fn ten_jobs_and_no_more(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        for n in 0..11 {
            put(&sdk, &ada.key(&format!("{n}/x")), b"x").await;
        }
        for n in 0..10 {
            begin(&ada, "/api/s3/delete", json!({"prefixes": [ada.key(&format!("{n}/"))]})).await;
        }
        ada.post("/api/s3/delete", json!({"prefixes": [ada.key("10/")]})).await.error(409);
        app.run_jobs().await;
        assert_eq!(keys(&sdk, &ada.key("")).await, [ada.key("10/x")]);
    }
}

async fn disable(app: &TestApp, id: &str) {
    sqlx::query("UPDATE users SET status = 'disabled' WHERE id = $1")
        .bind(id)
        .execute(app.state.platform.db.pool())
        .await
        .unwrap();
}

/// A second batch is not begun.
#[tokio::test]
async fn an_owner_who_is_disabled_in_the_middle_gets_no_further() {
    let faults = Faults::start().await;
    let app = faults.app(false).await;
    let ada = app.user("ada").await;
    let sdk = faults.storage.sdk();
    for n in 0..201 {
        put(&sdk, &ada.key(&format!("f/{n:03}")), b"x").await;
    }
    let id = begin(
        &ada,
        "/api/s3/copy",
        json!({"source": ada.key("f/"), "destination": ada.key("g/")}),
    )
    .await;
    let sure_to_be_in_the_first_batch = 60;
    faults.plan(sure_to_be_in_the_first_batch, Fault::HoldAnswer);
    let disabling = async {
        faults.reached().await;
        disable(&app, &ada.id.to_string()).await;
        faults.heal();
    };
    tokio::join!(app.run_jobs(), disabling);
    let ended = job(&app, &id).await;
    assert_eq!(ended.state, "failed", "{ended:?}");
    assert_eq!(keys(&sdk, &ada.key("g/")).await.len(), 200);
}
