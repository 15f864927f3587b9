//! Who may add, change and remove whom.

use serde_json::{Value, json};

use super::TestTeam;
use crate::support::on_both_databases;

on_both_databases! {
    async fn managers_and_admins_add_people_and_nobody_else_does(app) {
        let root = app.admin("root").await;
        let (ada, bob, cyd, dan) =
            (app.user("ada").await, app.user("bob").await, app.user("cyd").await, app.user("dan").await);
        let team = TestTeam::new(&root, "Crew", &[(&ada, "manager"), (&bob, "editor")]).await;
        let added = team.add(&ada, &cyd.id.to_string(), "viewer").await;
        assert_eq!(added.status, 201, "{}", added.text());
        assert_eq!(added.json::<Value>()["username"], "cyd");
        for refused in [&bob, &cyd] {
            team.add(refused, "dan", "viewer").await.error(403);
            team.set_role(refused, refused, "manager").await.error(403);
            team.remove(refused, &ada).await.error(403);
        }
        team.add(&dan, "dan", "manager").await.error(404);
        team.set_role(&dan, &bob, "viewer").await.error(404);
        team.remove(&dan, &bob).await.error(404);
        dan.get(&format!("/api/teams/{}/members", team.id)).await.error(404);
        team.add(&ada, "cyd", "editor").await.error(409);
        team.add(&ada, "nobody", "editor").await.error(404);
        team.set_role(&ada, &dan, "editor").await.error(404);
        team.add(&ada, "dan", "owner").await.error(400);
        // Each sees the others.
        let names: Vec<_> = team.members(&cyd).await;
        let expected = [("ada", "manager"), ("bob", "editor"), ("cyd", "viewer")];
        assert_eq!(names, expected.map(|(name, role)| (name.to_owned(), role.to_owned())));
        // A name that is spelled like somebody's id does not stand for them.
        let squatter = app.user(&dan.id.to_string()).await;
        team.add(&ada, &dan.id.to_string(), "viewer").await.json::<Value>();
        assert_eq!(dan.get("/api/teams").await.ok::<Value>()["teams"].as_array().unwrap().len(), 1);
        assert_eq!(squatter.get("/api/teams").await.ok::<Value>()["teams"], json!([]));
    }

    async fn the_last_manager_stays_one_unless_an_admin_says_otherwise(app) {
        let root = app.admin("root").await;
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let team = TestTeam::new(&root, "Crew", &[(&ada, "manager"), (&bob, "editor")]).await;
        team.remove(&ada, &ada).await.error(409);
        team.set_role(&ada, &ada, "viewer").await.error(409);
        team.set_role(&ada, &bob, "manager").await.ok::<Value>();
        team.remove(&ada, &ada).await.ok::<Value>();
        ada.get(&format!("/api/teams/{}", team.id)).await.error(404);
        team.remove(&root, &bob).await.ok::<Value>();
        assert_eq!(team.members(&root).await, []);
    }

    async fn everyone_may_leave(app) {
        let root = app.admin("root").await;
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let team = TestTeam::new(&root, "Crew", &[(&ada, "viewer"), (&bob, "manager")]).await;
        team.remove(&ada, &ada).await.ok::<Value>();
        team.remove(&ada, &ada).await.error(404);
        assert_eq!(team.members(&bob).await, [("bob".to_owned(), "manager".to_owned())]);
    }

    async fn two_managers_who_demote_each_other_leave_one(app) {
        let root = app.admin("root").await;
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let team = TestTeam::new(&root, "Crew", &[(&ada, "manager"), (&bob, "manager")]).await;
        let (one, other) = tokio::join!(team.set_role(&ada, &bob, "viewer"), team.set_role(&bob, &ada, "viewer"));
        let statuses = [one.status.as_u16(), other.status.as_u16()];
        assert!(statuses.contains(&200), "{statuses:?}");
        assert!(statuses.contains(&403), "{statuses:?}");
        let managers = team.members(&root).await.into_iter().filter(|(_, role)| role == "manager");
        assert_eq!(managers.count(), 1);
    }

    async fn a_person_added_twice_at_once_is_added_once(app) {
        let root = app.admin("root").await;
        app.user("ada").await;
        let team = TestTeam::new(&root, "Crew", &[]).await;
        let (one, other) = tokio::join!(team.add(&root, "ada", "viewer"), team.add(&root, "ada", "editor"));
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
    }

    async fn a_deleted_account_is_in_no_team(app) {
        let root = app.admin("root").await;
        let ada = app.user("ada").await;
        let team = TestTeam::new(&root, "Crew", &[(&ada, "manager")]).await;
        let path = format!("/api/admin/users/{}", ada.id);
        let answer = root.request(http::Method::DELETE, &path, axum::body::Body::empty(), None).await;
        answer.ok::<Value>();
        assert_eq!(team.members(&root).await, []);
        team.add(&root, "ada", "viewer").await.error(404);
    }
}
