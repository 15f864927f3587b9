//! `/api/teams` as its contract prints it.

use http::Method;
use serde_json::{Value, json};

use super::{TestTeam, store};
use crate::support::{TestApp, on_both_databases};

async fn delete(by: &crate::support::User, path: &str) -> crate::support::Answer {
    by.request(Method::DELETE, path, axum::body::Body::empty(), None)
        .await
}

on_both_databases! {
    async fn an_admin_makes_a_team_and_sees_it_without_being_in_it(app) {
        let (root, ada) = (app.admin("root").await, app.user("ada").await);
        let made = root.post("/api/teams", json!({"name": "  Crew of the Argo "})).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let made: Value = made.json();
        let id = made["id"].as_str().unwrap();
        assert_eq!(made["name"], "Crew of the Argo");
        assert_eq!(made["prefix"], format!("teams/{id}/"));
        assert_eq!((&made["role"], &made["quota_bytes"]), (&json!(null), &json!(null)));
        assert_eq!(root.get("/api/teams").await.ok::<Value>()["teams"], json!([]));
        let seen: Value = root.get(&format!("/api/teams/{id}")).await.ok();
        assert_eq!(seen, made);
        let team = TestTeam { id: id.to_owned() };
        team.add(&root, "ADA", "editor").await.json::<Value>();
        let own: Value = ada.get("/api/teams").await.ok();
        assert_eq!((&own["teams"][0]["id"], &own["teams"][0]["role"]), (&json!(id), &json!("editor")));
        // Only admins make teams.
        ada.post("/api/teams", json!({"name": "mine"})).await.error(403);
    }

    async fn a_name_is_of_one_team_that_lives(app) {
        let root = app.admin("root").await;
        let first = TestTeam::new(&root, "Crew", &[]).await;
        let second = TestTeam::new(&root, "Étude", &[]).await;
        root.post("/api/teams", json!({"name": "CREW"})).await.error(409);
        root.post("/api/teams", json!({"name": "étude"})).await.error(409);
        root.patch(&second.path(), json!({"name": "crew"})).await.error(409);
        let renamed: Value = root.patch(&first.path(), json!({"name": "CREW"})).await.ok();
        assert_eq!((&renamed["name"], &renamed["id"]), (&json!("CREW"), &json!(first.id)));
        delete(&root, &first.path()).await.ok::<Value>();
        root.patch(&second.path(), json!({"name": "crew"})).await.ok::<Value>();
        for bad in [json!({"name": ""}), json!({"name": "a\nb"}), json!({"name": "x".repeat(101)})] {
            assert!(root.post("/api/teams", bad).await.error(400).fields.contains_key("name"));
        }
        root.post("/api/teams", json!({"name": "x", "prefix": "teams/mine/"})).await.error(400);
        root.patch(&second.path(), json!({})).await.error(400);
        let too_much = json!({"quota_bytes": u64::MAX});
        assert!(root.patch(&second.path(), too_much).await.error(400).fields.contains_key("quota_bytes"));
    }

    async fn the_list_for_admins_is_paged_and_has_deleted_teams(app) {
        let (root, ada) = (app.admin("root").await, app.user("ada").await);
        for name in ["b", "A", "c d", "e"] {
            TestTeam::new(&root, name, &[(&ada, "viewer")]).await;
        }
        let mut names = Vec::new();
        let mut token = String::new();
        loop {
            let page: Value = root.get(&format!("/api/admin/teams?max_keys=2{token}")).await.ok();
            names.extend(page["teams"].as_array().unwrap().iter().map(|team| team["name"].clone()));
            match page["continuation_token"].as_str() {
                Some(next) => token = format!("&continuation_token={next}"),
                None => break,
            }
        }
        assert_eq!(names, ["A", "b", "c d", "e"]);
        let forged = root.get("/api/admin/teams?continuation_token=none").await.error(400);
        assert!(forged.fields.contains_key("continuation_token"));
        ada.get("/api/admin/teams").await.error(403);
    }
}

#[tokio::test]
async fn a_deleted_teams_files_stay_out_of_everyones_reach() {
    let app = TestApp::with_storage().await;
    let (root, ada) = (app.admin("root").await, app.user("ada").await);
    let team = TestTeam::new(&root, "Crew", &[(&ada, "manager")]).await;
    store(&ada, &team.key("plan.txt"), b"north").await.ok::<Value>();
    let before = app.inventory().await;
    let told: Value = delete(&root, &team.path()).await.ok();
    assert_eq!(told["kept_prefix"], team.key(""));
    assert_eq!(app.inventory().await, before);
    for who in [&ada, &root] {
        let object = format!("/api/s3/object?key={}", team.key("plan.txt"));
        who.get(&object).await.error(403);
        who.get(&team.path()).await.error(404);
    }
    assert_eq!(ada.get("/api/teams").await.ok::<Value>()["teams"], json!([]));
    let all: Value = root.get("/api/admin/teams").await.ok();
    let listed = &all["teams"][0];
    assert_eq!((&listed["name"], &listed["members"]), (&json!("Crew"), &json!(0)));
    assert!(listed["deleted_at"].is_string(), "{all}");
}

#[tokio::test]
async fn the_audit_log_names_the_team() {
    let app = TestApp::with_storage().await;
    let (root, ada) = (app.admin("root").await, app.user("ada").await);
    let team = TestTeam::new(&root, "Crew", &[(&ada, "editor")]).await;
    store(&ada, &team.key("f/a"), b"a").await.ok::<Value>();
    let moved = json!({"source": team.key("f/"), "destination": ada.key("f/")});
    ada.post("/api/s3/move", moved).await.json::<Value>();
    app.run_jobs().await;
    team.set_role(&root, &ada, "viewer").await.ok::<Value>();
    team.set_role(&ada, &ada, "manager").await.error(403);
    team.remove(&root, &ada).await.ok::<Value>();
    delete(&root, &team.path()).await.ok::<Value>();
    let said = async |action: &str| {
        let log: Value = root.get(&format!("/api/admin/audit?action={action}")).await.ok();
        let events = log["events"].as_array().unwrap();
        // All of them within one moment of the test's clock.
        let mut said: Vec<_> = events
            .iter()
            .map(|event| {
                let text = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
                format!("{} {} {}", text("actor_name"), text("outcome"), text("detail"))
            })
            .collect();
        said.sort();
        said
    };
    assert_eq!(said("team.create").await, ["root success Crew: made"]);
    assert_eq!(
        said("team.member_add").await,
        ["root success Crew: added ada as editor"]
    );
    assert_eq!(
        said("team.member_role").await,
        [
            "ada denied only Managers may do that",
            "root success Crew: ada: editor → viewer"
        ]
    );
    assert_eq!(
        said("team.member_remove").await,
        ["root success Crew: removed ada"]
    );
    assert_eq!(
        said("team.delete").await,
        ["root success Crew: deleted; the files stay"]
    );
    let moves = said("files.move").await;
    assert!(
        moves.iter().any(|said| said.ends_with("; team Crew")),
        "{moves:?}"
    );
}

#[tokio::test]
async fn an_invitation_can_lead_into_a_team() {
    let app = TestApp::new().await;
    let root = app.admin("root").await;
    let team = TestTeam::new(&root, "Crew", &[]).await;
    let invite = async |body: Value| root.post("/api/admin/invitations", body).await;
    let secret = |made: &Value| {
        let link = made["link"].as_str().unwrap();
        link.split_once("invitation=").unwrap().1.to_owned()
    };
    let register = async |username: &str, secret: &str| {
        let body = json!({"username": username, "password": crate::support::PASSWORD, "invitation": secret});
        app.anonymous()
            .post("/api/auth/register", body)
            .await
            .ok::<Value>();
    };
    let made: Value = invite(json!({"team_id": team.id, "team_role": "editor"}))
        .await
        .json();
    assert_eq!(
        (&made["team_name"], &made["team_role"]),
        (&json!("Crew"), &json!("editor"))
    );
    register("ada", &secret(&made)).await;
    let as_viewer: Value = invite(json!({"team_id": team.id})).await.json();
    register("bob", &secret(&as_viewer)).await;
    let members = [("ada", "editor"), ("bob", "viewer")];
    let members = members.map(|(name, role)| (name.to_owned(), role.to_owned()));
    assert_eq!(team.members(&root).await, members);
    // A team that is gone by then keeps nobody out of the place.
    let late: Value = invite(json!({"team_id": team.id})).await.json();
    delete(&root, &team.path()).await.ok::<Value>();
    register("cyd", &secret(&late)).await;
    let cyd = app.sign_in("cyd", crate::support::PASSWORD).await;
    assert_eq!(cyd.get("/api/teams").await.ok::<Value>()["teams"], json!([]));

    assert!(
        invite(json!({"team_id": team.id}))
            .await
            .error(400)
            .fields
            .contains_key("team_id")
    );
    let without = invite(json!({"team_role": "editor"})).await;
    assert!(without.error(400).fields.contains_key("team_role"));
}
