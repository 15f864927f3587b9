//! Security 12: whoever is removed or demoted is stopped at their next request and at the next step of their jobs.

use http::Method;
use serde_json::{Value, json};

use super::{TestTeam, store};
use crate::{
    files::jobs::{begin, job, keys, put},
    support::{Answer, Fault, Faults, Form, User, on_both_databases},
};

async fn part(who: &User, key: &str, upload: &str, number: u32) -> Answer {
    let form = Form::new()
        .file("file", "application/octet-stream", b"a part")
        .text("key", key)
        .text("upload_id", upload)
        .text("part_number", &number.to_string());
    who.post_form("/api/s3/multipart/upload-part", form).await
}

on_both_databases! { with storage;
    async fn security_12_an_unfinished_upload_ends_with_its_owners_role(app) {
        let root = app.admin("root").await;
        for (name, role) in [("ada", "viewer"), ("bob", "")] {
            let who = app.user(name).await;
            let team = TestTeam::new(&root, &format!("Crew of {name}"), &[(&who, "editor")]).await;
            let key = team.key("big");
            let begun: Value = who.post("/api/s3/multipart/initiate", json!({"key": key})).await.ok();
            let upload = begun["upload_id"].as_str().unwrap().to_owned();
            let etag = part(&who, &key, &upload, 1).await.ok::<Value>()["etag"].clone();
            let listing = format!("/api/s3/multipart/parts?key={key}&upload_id={upload}");
            who.get(&listing).await.ok::<Value>();
            app.state.reaper.round().await.unwrap();
            let unfinished: Value = who.get("/api/s3/multipart").await.ok();
            assert_eq!(unfinished["uploads"].as_array().unwrap().len(), 1, "a member's upload is kept");

            if role.is_empty() {
                team.remove(&root, &who).await.ok::<Value>();
                who.get(&listing).await.error(403);
                let unfinished: Value = who.get("/api/s3/multipart").await.ok();
                assert_eq!(unfinished["uploads"], json!([]));
            } else {
                team.set_role(&root, &who, role).await.ok::<Value>();
            }
            let parts = json!([{"part_number": 2, "size": 5}]);
            let sign = json!({"key": key, "upload_id": upload, "parts": parts});
            who.post("/api/s3/multipart/parts", sign).await.error(403);
            part(&who, &key, &upload, 2).await.error(403);
            let complete = json!({"key": key, "upload_id": upload, "parts": [{"part_number": 1, "etag": etag}]});
            who.post("/api/s3/multipart/complete", complete).await.error(403);
            who.delete_json("/api/s3/multipart", json!({"key": key, "upload_id": upload})).await.error(403);
            assert_eq!(app.inventory().await.len(), 1, "it is unfinished still");

            assert_eq!(app.state.reaper.round().await.unwrap().aborted, 1);
            assert_eq!(app.inventory().await, [] as [&str; 0]);
            let seen: Value = root.get(&format!("/api/teams/{}", team.id)).await.ok();
            assert_eq!(seen["quota_used_bytes"], 0, "nothing is reserved for it any more");
        }
    }

    async fn security_12_a_listing_by_a_cursor_stops_at_its_next_page(app) {
        let root = app.admin("root").await;
        let ada = app.user("ada").await;
        let team = TestTeam::new(&root, "Crew", &[(&ada, "viewer")]).await;
        let sdk = app.storage().sdk();
        for name in ["a", "b", "c"] {
            put(&sdk, &team.key(name), b"x").await;
        }
        for route in ["objects?", "search?query=a&", "deleted?", "history?as_of=2024-01-01T00:00:00Z&"] {
            team.add(&root, "ada", "viewer").await;
            let path = format!("/api/s3/{route}max_keys=1&prefix={}", team.key(""));
            let page = ada.get(&path).await;
            let token = page
                .header("x-continuation-token")
                .map(str::to_owned)
                .or_else(|| page.ok::<Value>()["continuation_token"].as_str().map(str::to_owned))
                .unwrap_or_default();
            team.remove(&root, &ada).await.ok::<Value>();
            ada.get(&format!("{path}&continuation_token={token}")).await.error(403);
        }
    }

    async fn security_12_a_job_that_waits_is_not_begun(app) {
        let root = app.admin("root").await;
        let ada = app.user("ada").await;
        let team = TestTeam::new(&root, "Crew", &[]).await;
        let sdk = app.storage().sdk();
        for name in ["f/a", "f/b"] {
            put(&sdk, &team.key(name), b"x").await;
        }
        put(&sdk, &ada.key("f/a"), b"x").await;
        for (path, body) in [
            ("/api/s3/copy", json!({"source": team.key("f/"), "destination": ada.key("g/")})),
            ("/api/s3/copy", json!({"source": ada.key("f/"), "destination": team.key("g/")})),
            ("/api/s3/move", json!({"source": team.key("f/"), "destination": ada.key("g/")})),
            ("/api/s3/delete", json!({"prefixes": [team.key("f/")]})),
            ("/api/s3/delete", json!({"keys": [team.key("f/a")], "permanent": true})),
            ("/api/s3/object/restore", json!({"prefix": team.key("f/"), "deleted_only": true})),
            ("/api/s3/object/restore", json!({"keys": [team.key("f/a")], "as_of": "2024-01-01T00:00:00Z"})),
        ] {
            team.add(&root, "ada", "editor").await.json::<Value>();
            let before = app.inventory().await;
            let id = begin(&ada, path, body.clone()).await;
            team.remove(&root, &ada).await.ok::<Value>();
            app.run_jobs().await;
            let ended = job(&app, &id).await;
            assert_eq!((ended.state.as_str(), ended.failures.len()), ("failed", 1), "{path} {body}: {ended:?}");
            assert!(ended.failures[0].1.contains("outside"), "{ended:?}");
            assert_eq!(app.inventory().await, before, "{path} {body}");
        }
    }

    async fn an_undo_reaches_no_further_than_its_owner_does_now(app) {
        let root = app.admin("root").await;
        let ada = app.user("ada").await;
        let team = TestTeam::new(&root, "Crew", &[(&ada, "editor")]).await;
        store(&ada, &team.key("f/a"), b"x").await.ok::<Value>();
        let moved = json!({"source": team.key("f/"), "destination": ada.key("f/")});
        let id = begin(&ada, "/api/s3/move", moved).await;
        app.run_jobs().await;
        team.set_role(&root, &ada, "viewer").await.ok::<Value>();
        let before = app.inventory().await;
        let undone = begin(&ada, &format!("/api/jobs/{id}/undo"), json!({})).await;
        app.run_jobs().await;
        let ended = job(&app, &undone).await;
        assert!(ended.failures[0].1.contains("out of reach"), "{ended:?}");
        assert_eq!(app.inventory().await, before);
    }
}

/// The batch that is under way is finished, and the next is not begun: every object is in one of both places.
#[tokio::test]
async fn security_12_a_move_stops_when_its_owner_is_removed_in_the_middle() {
    let faults = Faults::start().await;
    let app = faults.app(false).await;
    let (root, ada) = (app.admin("root").await, app.user("ada").await);
    let team = TestTeam::new(&root, "Crew", &[(&ada, "editor")]).await;
    let sdk = faults.storage.sdk();
    for n in 0..250 {
        put(&sdk, &team.key(&format!("f/{n:03}")), b"x").await;
    }
    let body = json!({"source": team.key("f/"), "destination": ada.key("f/")});
    let id = begin(&ada, "/api/s3/move", body).await;
    let sure_to_be_in_the_first_batch = 60;
    faults.plan(sure_to_be_in_the_first_batch, Fault::HoldAnswer);
    let removing = async {
        faults.reached().await;
        team.remove(&root, &ada).await.ok::<Value>();
        faults.heal();
    };
    tokio::join!(app.run_jobs(), removing);
    let ended = job(&app, &id).await;
    assert_eq!(ended.state, "failed", "{ended:?}");
    assert_eq!(ended.failures[0].1, "source is outside your prefix", "{ended:?}");
    let (there, here) = (
        keys(&sdk, &team.key("f/")).await,
        keys(&sdk, &ada.key("f/")).await,
    );
    assert_eq!((there.len(), here.len()), (50, 200));
    // What was moved can be undone once they are back.
    ada.post(&format!("/api/jobs/{id}/undo"), json!({}))
        .await
        .json::<Value>();
    team.add(&root, "ada", "editor").await.json::<Value>();
    app.run_jobs().await;
    assert_eq!(keys(&sdk, &team.key("f/")).await.len(), 250);
    let nothing = ada
        .request(
            Method::GET,
            &format!("/api/s3/objects?prefix={}", ada.key("f/")),
            axum::body::Body::empty(),
            None,
        )
        .await;
    assert_eq!(nothing.ok::<Value>()["objects"], json!([]));
}
