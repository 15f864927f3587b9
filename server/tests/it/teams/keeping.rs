//! What the program does by itself with everyone's files it does with those of teams.

use serde_json::Value;
use server::features::{files::retention::Expired, uploads::service::Reaped};
use time::Duration;

use super::{TestTeam, store};
use crate::support::{PASSWORD, TestApp, on_both_databases};

on_both_databases! { @ TestApp::builder().storage_on_clock().var("VERSIONS_KEEP_DAYS", "3");
    async fn old_versions_in_a_teams_folder_go_too(app) {
        let (root, ada) = (app.admin("root").await, app.user("ada").await);
        let team = TestTeam::new(&root, "Crew", &[(&ada, "editor")]).await;
        for bytes in [b"first", b"again"] {
            store(&ada, &team.key("a"), bytes).await.ok::<Value>();
            store(&ada, &ada.key("a"), bytes).await.ok::<Value>();
        }
        app.clock.advance(Duration::days(7));
        let expired = app.state.retention.round().await.unwrap();
        assert_eq!(expired, Expired { versions: 2, bytes: 10, ..Expired::default() });
        let ada = app.sign_in("ada", PASSWORD).await;
        for key in [team.key("a"), ada.key("a")] {
            assert_eq!(ada.get(&format!("/api/s3/object?key={key}")).await.text(), "again");
        }
    }
}

on_both_databases! { with storage;
    async fn security_42_what_only_storage_knows_in_a_teams_folder_is_swept(app) {
        let (root, ada) = (app.admin("root").await, app.user("ada").await);
        let team = TestTeam::new(&root, "Crew", &[(&ada, "editor")]).await;
        let begun = app.storage().sdk().create_multipart_upload().bucket("forepeak").key(team.key("stray"));
        begun.send().await.unwrap();
        assert_eq!(app.state.reaper.round().await.unwrap(), Reaped::default());
        // Storage stamps with the real clock, which ours is years behind.
        app.clock.advance(Duration::days(100 * 365));
        assert_eq!(app.state.reaper.round().await.unwrap().swept, 1);
        assert_eq!(app.inventory().await, [] as [&str; 0]);
    }
}
