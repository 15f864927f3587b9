//! What is used, counted anew in storage; and the letter when most of it is used.

use app::contract::Timestamp;
use serde_json::{Value, json};
use time::Duration;

use super::{holder, limit, stored, taken};
use crate::{
    support::{PASSWORD, TestApp, User, on_both_databases},
    uploads::{MIB, bytes, completion, initiate, put, send_part},
};

/// Counts all of a person's.
async fn count(app: &TestApp, user: &User) {
    app.state.quotas.ask_count(holder(user)).await.unwrap();
    assert_eq!(app.state.counting.queue_due().await.unwrap(), 1);
    app.run_jobs().await;
}

/// What the program believes, made wrong.
async fn write_used(app: &TestApp, user: &User, bytes: i64) {
    sqlx::query("UPDATE storage_use SET used_bytes = $2 WHERE holder_id = $1")
        .bind(user.id.to_string())
        .bind(bytes)
        .execute(app.state.platform.db.pool())
        .await
        .unwrap();
}

async fn plan(who: &User, path: &str, size: usize) -> Value {
    let body = json!({"files": [{"key": who.key(path), "size": size}]});
    let planned: Value = who.post("/api/s3/uploads", body).await.ok();
    planned["uploads"][0].clone()
}

on_both_databases! {
    with storage on the clock;

    async fn a_count_finds_all_versions_and_what_others_have_written(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        bob.upload("a", "text/plain", &bytes(500)).await;
        for n in 0..5 {
            ada.upload("a", "text/plain", &bytes(100 + n)).await;
        }
        ada.delete_json("/api/s3/object", json!({"key": ada.key("a")})).await.ok::<Value>();
        let client = app.storage().sdk();
        client.put_object().bucket("forepeak").key(ada.key("foreign")).body(bytes(77).into()).send().await.unwrap();
        let upload = client.create_multipart_upload().bucket("forepeak").key(ada.key("part")).send().await.unwrap();
        client.upload_part().bucket("forepeak").key(ada.key("part")).upload_id(upload.upload_id().unwrap())
            .part_number(1).body(bytes(33).into()).send().await.unwrap();
        assert_eq!(taken(&app, &ada).await, 510);
        count(&app, &ada).await;
        assert_eq!((taken(&app, &ada).await, stored(&app, &ada).await), (620, 620));
        assert_eq!(taken(&app, &bob).await, 500);
        for wrong in [0, 1_000_000] {
            write_used(&app, &ada, wrong).await;
            count(&app, &ada).await;
            assert_eq!(taken(&app, &ada).await, 620);
        }
    }

    async fn an_admin_asks_for_a_count_by_rest_and_by_the_page(app) {
        let (ada, root) = (app.user("ada").await, app.admin("root").await);
        ada.upload("a", "text/plain", &bytes(10)).await;
        write_used(&app, &ada, 1000).await;
        let user = format!("/api/admin/users/{}", ada.id);
        let asked = root.post(&format!("{user}/count-storage"), json!({})).await;
        assert_eq!(asked.status, 202, "{}", asked.text());
        let before: Value = asked.json();
        assert_eq!(before["quota_used_bytes"], 1000);
        app.clock.advance(Duration::minutes(1));
        assert_eq!(app.state.counting.queue_due().await.unwrap(), 1);
        app.run_jobs().await;
        let after: Value = root.get(&user).await.ok();
        assert_eq!(after["quota_used_bytes"], 10);
        let counted: Timestamp = serde_json::from_value(after["quota_counted_at"].clone()).unwrap();
        assert_eq!(counted.unix(), app.clock_seconds());
        let page = format!("/admin/users/{}", ada.id);
        let browser = app.browser_of("root").await;
        assert_eq!(browser.form(&page, "count=yes").await.header("location"), Some(&*page));
        assert!(browser.get(&page).await.text().contains("A count of the storage begins within a minute."));
        assert_eq!(app.state.counting.queue_due().await.unwrap(), 1);
        app.run_jobs().await;
        // Nobody else may, and there is nothing to count of nobody.
        assert_eq!(ada.post(&format!("{user}/count-storage"), json!({})).await.status, 403);
        let nobody = "/api/admin/users/00000000-0000-4000-8000-000000000000/count-storage";
        assert_eq!(root.post(nobody, json!({})).await.status, 404);
        assert_eq!(app.state.counting.queue_due().await.unwrap(), 0);
    }

    async fn what_is_reserved_is_not_counted_twice(app) {
        let ada = app.user("ada").await;
        ada.upload("old", "text/plain", &bytes(10)).await;
        app.clock.advance(Duration::minutes(1));
        // A URL that was used, one that was not; parts, signed and sent; an object that replaces another.
        let used = plan(&ada, "old", 100).await;
        assert_eq!(put(&used, bytes(100)).await.status(), 200);
        plan(&ada, "unused", 1000).await;
        let upload = initiate(&ada, "big").await;
        let part = send_part(&ada, "big", &upload, 1, bytes(5 * MIB)).await;
        let before = taken(&app, &ada).await;
        assert_eq!(before, 10 + 100 + 1000 + 5 * MIB as u64);
        app.clock.advance(Duration::minutes(1));
        count(&app, &ada).await;
        assert_eq!(taken(&app, &ada).await, before);
        let body = completion(&ada, "big", &upload, &[part]);
        ada.post("/api/s3/multipart/complete", body).await.ok::<Value>();
        app.clock.advance(Duration::minutes(14));
        app.state.settler.round().await.unwrap();
        assert_eq!(taken(&app, &ada).await, 110 + 5 * MIB as u64);
        count(&app, &ada).await;
        assert_eq!((taken(&app, &ada).await, stored(&app, &ada).await), (110 + 5 * MIB as u64, 110 + 5 * MIB as u64));
    }

    async fn what_a_dead_program_was_writing_counts_until_it_is_known(app) {
        let ada = app.user("ada").await;
        limit(&app, &ada, Some(1000)).await;
        count(&app, &ada).await;
        // It died before, or after, storage had taken the file.
        app.state.quotas.reserve(holder(&ada), 900).await.unwrap();
        app.clock.advance(Duration::minutes(59));
        assert_eq!(app.state.settler.round().await.unwrap().settled, 0);
        app.clock.advance(Duration::minutes(1));
        assert_eq!(app.state.settler.round().await.unwrap().settled, 1);
        assert_eq!(taken(&app, &ada).await, 900);
        assert_eq!(app.state.counting.queue_due().await.unwrap(), 1);
        app.run_jobs().await;
        assert_eq!(taken(&app, &ada).await, 0);
    }

    async fn counts_are_due_daily_and_when_a_quota_is_set_and_queued_once(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let queue = async || app.state.counting.queue_due().await.unwrap();
        assert_eq!(queue().await, 0);
        limit(&app, &ada, Some(5)).await;
        assert_eq!((queue().await, queue().await), (1, 0));
        app.run_jobs().await;
        app.clock.advance(Duration::hours(24));
        assert_eq!((queue().await, queue().await), (2, 0));
        app.run_jobs().await;
        // One whose account is gone by then is counted no more.
        app.state.quotas.ask_count(holder(&bob)).await.unwrap();
        assert_eq!(queue().await, 1);
        app.state.administration.delete(&server::features::admin::Authority::operator(), bob.id).await.unwrap();
        app.run_jobs().await;
        app.clock.advance(Duration::hours(24));
        assert_eq!(queue().await, 1);
        app.run_jobs().await;
    }
}

#[tokio::test]
async fn a_letter_goes_out_when_four_fifths_are_used() {
    let app = TestApp::builder()
        .storage_on_clock()
        .var("DEFAULT_QUOTA_BYTES", "100")
        .build()
        .await;
    let body = json!({"username": "ada", "password": PASSWORD, "email": "ada@example.org"});
    app.anonymous()
        .post("/api/auth/register", body)
        .await
        .ok::<Value>();
    let code = app.code_for("ada@example.org").await;
    let confirmed = json!({"username": "ada", "code": code});
    app.anonymous()
        .post("/api/auth/confirm", confirmed)
        .await
        .ok::<Value>();
    let ada = app.sign_in("ada", PASSWORD).await;
    let letters = async || {
        let mail = app.mail().await;
        mail.iter()
            .filter(|mail| mail.subject == "Forepeak: Most of your storage is used")
            .count()
    };
    ada.upload("a", "text/plain", &bytes(79)).await;
    // What is only reserved is no reason.
    plan(&ada, "b", 21).await;
    assert_eq!(letters().await, 0);
    app.clock.advance(Duration::minutes(15));
    app.state.settler.round().await.unwrap();
    ada.upload("b", "text/plain", b"x").await;
    assert_eq!(letters().await, 1);
    ada.upload("c", "text/plain", b"x").await;
    assert_eq!(letters().await, 1);
    let newest = &app.mail().await[0];
    assert_eq!(newest.to, "ada@example.org");
    assert!(newest.body.contains("ada"), "{}", newest.body);
}
