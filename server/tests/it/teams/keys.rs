//! API keys into a team's folder: no further than the folder, and than what their owner may do there at that moment.

use app::features::api_keys::types::CreatedApiKey;
use serde_json::{Value, json};

use super::{TestTeam, store};
use crate::support::{Client, TestApp, User, on_both_databases};

async fn key(app: &TestApp, of: &User, prefix: &str) -> Client {
    let body = json!({"name": "for a script", "prefix": prefix});
    let made: CreatedApiKey = of.post("/api/auth/api-keys", body).await.ok();
    assert_eq!(made.details.prefix, prefix);
    app.anonymous().with("x-api-key", made.key)
}

on_both_databases! { with storage;
    async fn security_16_a_key_into_a_team_narrows_with_its_owners_role(app) {
        let root = app.admin("root").await;
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let team = TestTeam::new(&root, "Crew", &[(&ada, "editor"), (&bob, "viewer")]).await;
        ada.upload("own", "text/plain", b"mine").await;
        let whole = key(&app, &ada, &team.key("")).await;
        let folder = key(&app, &ada, &team.key("f/")).await;
        let viewers = key(&app, &bob, &team.key("")).await;
        let home = key(&app, &ada, &ada.key("")).await;

        let prefix: Value = whole.get("/api/s3/user-prefix").await.ok();
        assert_eq!(prefix["prefix"], team.key(""));
        store(&whole, &team.key("a"), b"x").await.ok::<Value>();
        store(&folder, &team.key("f/a"), b"x").await.ok::<Value>();
        store(&folder, &team.key("b"), b"x").await.error(403);
        store(&viewers, &team.key("b"), b"x").await.error(403);
        // A key reaches one place: its owner's home, or the team.
        whole.get(&format!("/api/s3/object?key={}", ada.key("own"))).await.error(403);
        home.get(&format!("/api/s3/object?key={}", team.key("a"))).await.error(403);
        let object = format!("/api/s3/object?key={}", team.key("f/a"));
        for reader in [&whole, &folder, &viewers] {
            assert_eq!(reader.get(&object).await.text(), "x");
        }
        // Keys are for files.
        whole.get("/api/teams").await.error(403);
        whole.get(&format!("/api/teams/{}", team.id)).await.error(403);

        team.set_role(&root, &ada, "viewer").await.ok::<Value>();
        store(&whole, &team.key("c"), b"x").await.error(403);
        assert_eq!(folder.get(&object).await.text(), "x");
        team.remove(&root, &ada).await.ok::<Value>();
        let gone = folder.get(&object).await.error(403);
        assert!(gone.detail.contains("no member of that team"), "{gone:?}");
        assert_eq!(home.get(&format!("/api/s3/object?key={}", ada.key("own"))).await.text(), "mine");
    }

    async fn security_16_nobody_makes_a_key_into_a_team_that_they_are_not_in(app) {
        let root = app.admin("root").await;
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let team = TestTeam::new(&root, "Crew", &[(&ada, "manager")]).await;
        let nobodys = "teams/018f0000-0000-4000-8000-000000000001/".to_owned();
        let mut refusals = Vec::new();
        for (who, prefix) in [(&bob, team.key("")), (&root, team.key("f/")), (&bob, nobodys), (&bob, "teams/".to_owned())] {
            let body = json!({"name": "k", "prefix": prefix});
            refusals.push(who.post("/api/auth/api-keys", body).await.error(403).detail);
        }
        refusals.dedup();
        assert_eq!(refusals.len(), 1, "{refusals:?}");
        let body = json!({"name": "k", "prefix": team.key("a/../b/")});
        ada.post("/api/auth/api-keys", body).await.error(400);
        assert_eq!(bob.get("/api/auth/api-keys").await.ok::<Value>()["api_keys"], json!([]));
    }
}
