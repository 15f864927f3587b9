//! A team has a quota of its own: what lies in its folder counts to it, whoever put it there.

use app::contract::TeamId;
use serde_json::{Value, json};
use server::features::quota::Holder;

use super::{TestTeam, store};
use crate::{
    files::jobs::{run, run_well, undo},
    support::{TestApp, on_both_databases},
};

async fn taken(app: &TestApp, team: &TestTeam) -> u64 {
    let team: TeamId = team.id.parse().unwrap();
    app.state
        .quotas
        .of(Holder::Team(team))
        .await
        .unwrap()
        .unwrap()
        .taken
}

on_both_databases! { with storage on the clock;
    async fn security_23_what_is_written_there_counts_to_the_team(app) {
        let root = app.admin("root").await;
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let team = TestTeam::new(&root, "Crew", &[(&ada, "editor"), (&bob, "editor")]).await;
        let path = format!("/api/teams/{}", team.id);
        root.patch(&path, json!({"quota_bytes": 10})).await.ok::<Value>();
        app.run_jobs().await;
        store(&ada, &team.key("a"), b"12345").await.ok::<Value>();
        let refused = store(&bob, &team.key("b"), b"123456").await.error(413);
        assert!(refused.detail.contains("of 10 B"), "{refused:?}");
        store(&bob, &bob.key("b"), b"123456").await.ok::<Value>();
        let usage: Value = bob.get(&format!("/api/s3/usage?prefix={}", team.key(""))).await.ok();
        assert_eq!((&usage["quota_bytes"], &usage["quota_used_bytes"]), (&json!(10), &json!(5)));
        let plan = json!({"files": [
            {"key": team.key("p"), "size": 6}, {"key": bob.key("p"), "size": 6}, {"key": team.key("q"), "size": 5},
        ]});
        let plan: Value = bob.post("/api/s3/uploads", plan).await.ok();
        let codes = plan["uploads"].as_array().unwrap().iter().map(|one| one["error"]["code"].clone());
        assert_eq!(codes.collect::<Vec<_>>(), [json!("QUOTA_EXCEEDED"), json!(null), json!(null)]);
        let all: Value = root.get("/api/admin/teams").await.ok();
        assert_eq!(all["teams"][0]["quota_used_bytes"], 10);
        let lifted: Value = root.patch(&path, json!({"quota_bytes": null})).await.ok();
        assert_eq!(lifted["quota_bytes"], json!(null));
        app.run_jobs().await;
    }

    async fn moves_and_their_undo_charge_who_holds_the_destination(app) {
        let root = app.admin("root").await;
        let ada = app.user("ada").await;
        let team = TestTeam::new(&root, "Crew", &[(&ada, "editor")]).await;
        let home = async || app.state.quotas.of(Holder::User(ada.id)).await.unwrap().unwrap().taken;
        for name in ["f/a", "f/b"] {
            ada.upload(name, "text/plain", b"12345").await;
        }
        let moved = json!({"source": ada.key("f/"), "destination": team.key("f/")});
        let id = run_well(&app, &ada, "/api/s3/move", moved).await;
        // The bucket keeps versions: a move needs as much room as a copy.
        assert_eq!((home().await, taken(&app, &team).await), (10, 10));
        let undone = undo(&app, &ada, &id).await;
        assert_eq!((undone.state.as_str(), undone.failures.len()), ("done", 0), "{undone:?}");
        assert_eq!((home().await, taken(&app, &team).await), (10, 0));
        let copied = json!({"source": ada.key("f/a"), "destination": team.key("a")});
        ada.post("/api/s3/copy", copied).await.ok::<Value>();
        assert_eq!((home().await, taken(&app, &team).await), (10, 5));
        let back = json!({"source": team.key("a"), "destination": ada.key("back")});
        ada.post("/api/s3/move", back).await.ok::<Value>();
        assert_eq!((home().await, taken(&app, &team).await), (15, 5));
        // What is deleted for good in both places frees each by its own.
        let gone = json!({"keys": [team.key("a"), ada.key("back")], "permanent": true});
        let (_, gone) = run(&app, &ada, "/api/s3/delete", gone).await;
        assert_eq!((gone.state.as_str(), gone.failures.len()), ("done", 0), "{gone:?}");
        assert_eq!((home().await, taken(&app, &team).await), (10, 0));
    }

    async fn what_is_brought_back_in_both_places_counts_to_each(app) {
        let root = app.admin("root").await;
        let ada = app.user("ada").await;
        let team = TestTeam::new(&root, "Crew", &[(&ada, "editor")]).await;
        let home = async || app.state.quotas.of(Holder::User(ada.id)).await.unwrap().unwrap().taken;
        let keys = [ada.key("a"), team.key("a")];
        for key in &keys {
            store(&ada, key, b"first").await.ok::<Value>();
        }
        let as_of = app::contract::Timestamp::from_unix(app.clock_seconds()).unwrap();
        app.clock.advance(time::Duration::seconds(10));
        for key in &keys {
            store(&ada, key, b"the second").await.ok::<Value>();
        }
        app.clock.advance(time::Duration::seconds(10));
        assert_eq!((home().await, taken(&app, &team).await), (15, 15));
        let body = json!({"keys": keys, "as_of": as_of});
        run_well(&app, &ada, "/api/s3/object/restore", body).await;
        assert_eq!((home().await, taken(&app, &team).await), (20, 20));
    }

    async fn a_count_finds_what_a_team_has(app) {
        let root = app.admin("root").await;
        let ada = app.user("ada").await;
        let team = TestTeam::new(&root, "Crew", &[(&ada, "editor")]).await;
        let put = app.storage().sdk().put_object().bucket("forepeak").key(team.key("past us"));
        put.body(b"1234567".to_vec().into()).send().await.unwrap();
        app.clock.advance(time::Duration::days(2));
        assert!(app.state.counting.queue_due().await.unwrap() > 0);
        app.run_jobs().await;
        assert_eq!(taken(&app, &team).await, 7);
    }

    async fn the_managers_are_told_when_little_is_left(app) {
        let root = app.admin("root").await;
        let (ada, bob, cyd) = (app.user("ada").await, app.user("bob").await, app.user("cyd").await);
        let members = [(&ada, "manager"), (&bob, "manager"), (&cyd, "editor")];
        let team = TestTeam::new(&root, "Crew", &members).await;
        sqlx::query("UPDATE users SET email = username || '@example.org'")
            .execute(app.state.platform.db.pool())
            .await
            .unwrap();
        root.patch(&format!("/api/teams/{}", team.id), json!({"quota_bytes": 10})).await.ok::<Value>();
        app.run_jobs().await;
        store(&cyd, &team.key("a"), b"12345678").await.ok::<Value>();
        let mail = app.mail().await;
        let mut to: Vec<_> = mail.iter().map(|mail| mail.to.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, ["ada@example.org", "bob@example.org"]);
        assert!(mail[0].body.contains("The team Crew at"), "{}", mail[0].body);
    }

    async fn an_account_that_is_deleted_leaves_nothing_reserved_in_a_team(app) {
        let root = app.admin("root").await;
        let ada = app.user("ada").await;
        let team = TestTeam::new(&root, "Crew", &[(&ada, "editor")]).await;
        let plan = json!({"files": [{"key": team.key("big"), "size": 200 << 20}]});
        ada.post("/api/s3/uploads", plan).await.ok::<Value>();
        assert_eq!(taken(&app, &team).await, 200 << 20);
        let path = format!("/api/admin/users/{}", ada.id);
        let answer = root.request(http::Method::DELETE, &path, axum::body::Body::empty(), None).await;
        answer.ok::<Value>();
        assert_eq!(taken(&app, &team).await, 0);
    }
}
