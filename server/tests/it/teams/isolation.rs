//! Security 18, 20, 21: what each role reaches in a team's folder by every route that names files, and that those who are
//! in the team no longer, or never were, reach nothing and learn nothing.

use axum::body::Body;
use http::Method;
use serde_json::{Value, json};

use super::{TestTeam, store};
use crate::{
    isolation::{BY_QUERY, by_body, changes::requests},
    support::{Answer, TestApp, User, on_both_databases},
};

/// What a role must allow for a call to succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    Reading,
    Writing,
}
use Needs::{Reading, Writing};

/// Routes that take a key or a prefix of the team's folder and read.
fn reads(key: &str, folder: &str) -> Vec<String> {
    let as_of = "as_of=2024-01-01T00:00:00Z";
    vec![
        format!("objects?prefix={folder}"),
        format!("object?key={key}"),
        format!("object/metadata?key={key}"),
        format!("object/versions?key={key}"),
        format!("object/versions/space?prefix={folder}"),
        format!("object/tags?key={key}"),
        format!("usage?prefix={folder}"),
        format!("search?query=plan&prefix={folder}"),
        format!("archive?prefix={folder}"),
        format!("archive?keys={key}"),
        format!("deleted?prefix={folder}"),
        format!("history?{as_of}&prefix={folder}"),
        format!("history/changes?{as_of}&prefix={folder}"),
    ]
}

/// Calls with a body. `n` keeps what they make apart.
fn calls(team: &TestTeam, own: &User, n: usize) -> Vec<(Needs, Method, &'static str, Value)> {
    let key = team.key("plan.txt");
    let new = |name: &str| team.key(&format!("new {n}/{name}"));
    let home = |name: &str| own.key(&format!("from the team {n}/{name}"));
    vec![
        (Reading, Method::POST, "download", json!({"key": key})),
        (Reading, Method::POST, "archive", json!({"keys": [key]})),
        (
            Reading,
            Method::POST,
            "copy",
            json!({"source": key, "destination": home("plan.txt")}),
        ),
        (
            Reading,
            Method::POST,
            "copy",
            json!({"source": team.key("f/"), "destination": home("f/")}),
        ),
        (
            Writing,
            Method::POST,
            "copy",
            json!({"source": own.key("own"), "destination": new("own")}),
        ),
        (
            Writing,
            Method::POST,
            "copy",
            json!({"source": key, "destination": new("plan.txt")}),
        ),
        (
            Writing,
            Method::POST,
            "move",
            json!({"source": new("own"), "destination": home("back")}),
        ),
        (Writing, Method::POST, "folder", json!({"prefix": new("folder/")})),
        (
            Writing,
            Method::POST,
            "multipart/initiate",
            json!({"key": new("big")}),
        ),
        (
            Writing,
            Method::PATCH,
            "object/metadata",
            json!({"key": key, "tags": {"a": "b"}}),
        ),
        (
            Writing,
            Method::POST,
            "object/restore",
            json!({"prefix": team.key("f/"), "deleted_only": true}),
        ),
        (Writing, Method::DELETE, "object", json!({"key": new("plan.txt")})),
        (
            Writing,
            Method::DELETE,
            "objects",
            json!({"keys": [new("plan.txt")]}),
        ),
        (Writing, Method::POST, "delete", json!({"prefixes": [new("")]})),
    ]
}

async fn send(who: &User, method: Method, path: &str, body: &Value) -> Answer {
    let path = format!("/api/s3/{path}");
    who.request(method, &path, body.to_string().into(), Some("application/json"))
        .await
}

/// The team's folder with something in it, and everyone who could want it.
struct Crew {
    app: TestApp,
    team: TestTeam,
    root: User,
    viewer: User,
    editor: User,
    manager: User,
    removed: User,
    stranger: User,
}

async fn crew(app: TestApp) -> Crew {
    let root = app.admin("root").await;
    let viewer = app.user("viewer").await;
    let editor = app.user("editor").await;
    let manager = app.user("manager").await;
    let removed = app.user("removed").await;
    let stranger = app.user("stranger").await;
    let members = [
        (&viewer, "viewer"),
        (&editor, "editor"),
        (&manager, "manager"),
        (&removed, "manager"),
    ];
    let team = TestTeam::new(&root, "Crew", &members).await;
    for path in ["plan.txt", "f/a", "f/b"] {
        store(&removed, &team.key(path), b"north by north-east")
            .await
            .ok::<Value>();
    }
    for who in [&viewer, &editor, &manager, &removed, &stranger] {
        who.upload("own", "text/plain", b"mine").await;
    }
    team.remove(&root, &removed).await.ok::<Value>();
    Crew {
        app,
        team,
        root,
        viewer,
        editor,
        manager,
        removed,
        stranger,
    }
}

on_both_databases! { with storage on the clock;
    async fn security_20_each_role_does_what_it_says_by_every_route(app) {
        let crew = crew(app).await;
        let team = &crew.team;
        let (key, folder) = (team.key("plan.txt"), team.key(""));
        for (n, (who, may_read, may_write)) in [
            (&crew.viewer, true, false),
            (&crew.editor, true, true),
            (&crew.manager, true, true),
            (&crew.removed, false, false),
            (&crew.stranger, false, false),
            // An admin who is no member sees no files.
            (&crew.root, false, false),
        ]
        .into_iter()
        .enumerate()
        {
            let name = &who.username;
            if name == "root" {
                who.upload("own", "text/plain", b"mine").await;
            }
            let before = crew.app.inventory().await;
            for path in reads(&key, &folder) {
                let answer = who.get(&format!("/api/s3/{path}")).await;
                let expected = if may_read { 200 } else { 403 };
                assert_eq!(answer.status, expected, "{path} by {name}: {}", answer.text());
            }
            for (needs, method, path, body) in calls(team, who, n) {
                let may = if needs == Reading { may_read } else { may_write };
                let answer = send(who, method, path, &body).await;
                let said = format!("{path} {body} by {name}: {} {}", answer.status, answer.text());
                assert_eq!(answer.status.is_success(), may, "{said}");
                assert!(may || answer.status == 403, "{said}");
                crew.app.run_jobs().await;
            }
            let plan = json!({"files": [{"key": team.key("planned"), "size": 5}]});
            let plan: Value = who.post("/api/s3/uploads", plan).await.ok();
            let refused = plan["uploads"][0]["error"]["code"] == "PERMISSION_DENIED";
            assert_eq!(refused, !may_write, "{plan}");
            let stored = store(who, &team.key(&format!("by {name}")), b"x").await;
            assert_eq!(stored.status == 200, may_write, "{}", stored.text());
            if !may_write {
                let only_of_team = |inventory: Vec<String>| {
                    inventory.into_iter().filter(|line| line.contains("teams/")).collect::<Vec<_>>()
                };
                assert_eq!(only_of_team(crew.app.inventory().await), only_of_team(before), "{name}");
            }
        }
        // Nothing was named: home, for members too.
        let listed: Value = crew.viewer.get("/api/s3/objects?recursive=true").await.ok();
        assert_eq!(listed["prefix"], crew.viewer.key(""));
    }

    async fn security_21_who_is_in_the_team_no_longer_learns_nothing_of_it(app) {
        let crew = crew(app).await;
        let before = crew.app.inventory().await;
        let nobodys = "teams/018f0000-0000-4000-8000-00000000000a/";
        for who in [&crew.removed, &crew.stranger, &crew.root] {
            for route in BY_QUERY {
                let mut answers = Vec::new();
                for key in [
                    crew.team.key("plan.txt"),
                    crew.team.key("none.txt"),
                    format!("{nobodys}plan.txt"),
                ] {
                    let answer = who.get(&format!("{route}{key}")).await;
                    assert_eq!(answer.status, 403, "{route}{key}: {}", answer.text());
                    answers.push(answer.text().to_owned());
                }
                answers.dedup();
                assert_eq!(answers.len(), 1, "{route}");
            }
            for key in [
                crew.team.key("plan.txt"),
                crew.team.key(""),
                format!("teams/{}", crew.team.id),
                format!("teams/{}x/plan.txt", crew.team.id),
                format!("Teams/{}/plan.txt", crew.team.id),
                "teams/".to_owned(),
            ] {
                for (call, answer) in by_body(who, &key).await {
                    let refused = matches!(answer.status.as_u16(), 400 | 403);
                    assert!(refused, "{call} {key}: {} {}", answer.status, answer.text());
                }
            }
            for (path, body) in requests(who, &crew.team.key("plan.txt"), &crew.team.key("f/")) {
                let answer = who.post(path, body.clone()).await;
                assert_eq!(answer.status, 403, "{path} {body}: {}", answer.text());
            }
        }
        crew.app.run_jobs().await;
        assert_eq!(crew.app.inventory().await, before);
    }

    async fn security_18_a_team_is_compared_with_its_slash(app) {
        let crew = crew(app).await;
        let id = &crew.team.id;
        for prefix in [
            format!("teams/{id}"),
            format!("teams/{id}x/"),
            format!("teams/{}/", &id[..8]),
            format!("teams/{}/", id.to_uppercase()),
            format!("TEAMS/{id}/"),
            "teams/".to_owned(),
            format!("users/{id}/"),
        ] {
            // An id of digits alone reads alike in capitals.
            if prefix == crew.team.key("") {
                continue;
            }
            let answer = crew.manager.get(&format!("/api/s3/objects?prefix={prefix}")).await;
            assert_eq!(answer.status, 403, "{prefix}: {}", answer.text());
        }
        let dots = format!("/api/s3/object?key={}", crew.team.key("../../users/x"));
        crew.manager.get(&dots).await.error(400);
    }

    async fn security_21_a_job_of_another_member_is_not_there(app) {
        let crew = crew(app).await;
        let body = json!({"source": crew.team.key("f/"), "destination": crew.team.key("g/")});
        let begun: Value = crew.editor.post("/api/s3/copy", body).await.json();
        crew.app.run_jobs().await;
        let job = format!("/api/jobs/{}", begun["job_id"].as_str().unwrap());
        assert_eq!(crew.editor.get(&job).await.ok::<Value>()["state"], "done");
        crew.manager.get(&job).await.error(404);
        crew.manager.request(Method::DELETE, &job, Body::empty(), None).await.error(404);
        crew.manager.post(&format!("{job}/undo"), json!({})).await.error(404);
    }
}
