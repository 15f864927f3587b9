//! Undo: what a job did is taken back, and what was changed since is left as it is.

use serde_json::json;
use time::Duration;

use super::{begin, job, keys, plant, put, run, run_well, things, undo};
use crate::support::on_both_databases;

on_both_databases! { with storage;
    async fn a_copy_goes_and_a_move_comes_back(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        plant(&sdk, &ada.key("f/")).await;
        put(&sdk, &ada.key("g/a.txt"), b"overwritten").await;
        let before = app.inventory().await;
        for path in ["/api/s3/copy", "/api/s3/move"] {
            let body = json!({"source": ada.key("f/"), "destination": ada.key("g/"), "on_conflict": "overwrite"});
            let id = run_well(&app, &ada, path, body).await;
            assert!(job(&app, &id).await.can_be_undone);
            let undone = undo(&app, &ada, &id).await;
            assert_eq!((undone.state.as_str(), undone.failures), ("done", vec![]));
            assert!(!undone.can_be_undone && !job(&app, &id).await.can_be_undone);
            assert_eq!(app.inventory().await, before, "{path}");
            ada.post(&format!("/api/jobs/{id}/undo"), json!({})).await.error(409);
        }
    }

    async fn what_was_changed_since_stays_as_it_is(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        for name in ["written at the target", "written at the source", "deleted at the target", "untouched"] {
            put(&sdk, &ada.key(&format!("f/{name}")), b"old").await;
        }
        let body = json!({"source": ada.key("f/"), "destination": ada.key("g/")});
        let id = run_well(&app, &ada, "/api/s3/move", body).await;
        put(&sdk, &ada.key("g/written at the target"), b"newer").await;
        put(&sdk, &ada.key("f/written at the source"), b"newer").await;
        ada.delete_json("/api/s3/object", json!({"key": ada.key("g/deleted at the target")}))
            .await
            .ok::<serde_json::Value>();
        let undone = undo(&app, &ada, &id).await;
        let mut failed: Vec<_> = undone.failures.iter().map(|(key, _)| key.clone()).collect();
        failed.sort();
        assert_eq!(failed, [
            ada.key("f/deleted at the target"), ada.key("f/written at the source"), ada.key("f/written at the target"),
        ]);
        let sources = things(&sdk, &ada.key("f/")).await;
        let targets = things(&sdk, &ada.key("g/")).await;
        assert_eq!(sources["untouched"].bytes, b"old");
        assert_eq!(sources["written at the source"].bytes, b"newer");
        assert_eq!(targets["written at the target"].bytes, b"newer");
        assert_eq!(targets["written at the source"].bytes, b"old");
        assert_eq!((sources.len(), targets.len()), (2, 2));
    }

    async fn the_only_copy_is_never_deleted(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        put(&sdk, &ada.key("f/gone"), b"precious").await;
        put(&sdk, &ada.key("f/there"), b"precious").await;
        let body = json!({"source": ada.key("f/"), "destination": ada.key("g/")});
        let id = run_well(&app, &ada, "/api/s3/copy", body).await;
        let body = json!({"keys": [ada.key("f/gone")], "permanent": true});
        run(&app, &ada, "/api/s3/delete", body).await;
        let undone = undo(&app, &ada, &id).await;
        assert_eq!(undone.failures.len(), 1);
        assert!(undone.failures[0].1.contains("the only one left"));
        assert_eq!(keys(&sdk, &ada.key("")).await, ["f/there", "g/gone"].map(|path| ada.key(path)));
    }

    async fn a_day_later_it_is_too_late(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        put(&sdk, &ada.key("f/x"), b"x").await;
        let id = run_well(&app, &ada, "/api/s3/delete", json!({"prefixes": [ada.key("f/")]})).await;
        app.state.changes.sweep().await.unwrap();
        let rows = || async {
            let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM job_items")
                .fetch_one(app.state.platform.db.pool())
                .await
                .unwrap();
            count
        };
        assert_eq!(rows().await, 1, "kept as long as the undo");
        app.clock.advance(Duration::days(1));
        let ada = app.sign_in("ada", crate::support::PASSWORD).await;
        let error = ada.post(&format!("/api/jobs/{id}/undo"), json!({})).await.error(409);
        assert!(error.detail.contains("a day has passed"), "{error:?}");
        app.state.changes.sweep().await.unwrap();
        assert_eq!(rows().await, 0);
    }

    async fn an_undo_that_was_cancelled_is_offered_again(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        put(&sdk, &ada.key("f/x"), b"x").await;
        let id = run_well(&app, &ada, "/api/s3/delete", json!({"prefixes": [ada.key("f/")]})).await;
        let undoing = begin(&ada, &format!("/api/jobs/{id}/undo"), json!({})).await;
        ada.post(&format!("/api/jobs/{id}/undo"), json!({})).await.error(409);
        // Begun, so that its handler ends it.
        sqlx::query("UPDATE jobs SET started_at = 1 WHERE id = $1")
            .bind(&undoing)
            .execute(app.state.platform.db.pool())
            .await
            .unwrap();
        assert!(app.state.queue.cancel(ada.id, undoing.parse().unwrap()).await.unwrap());
        app.run_jobs().await;
        assert_eq!(job(&app, &undoing).await.state, "cancelled");
        assert!(job(&app, &id).await.can_be_undone);
        assert_eq!(undo(&app, &ada, &id).await.failures, []);
        assert_eq!(keys(&sdk, &ada.key("")).await, [ada.key("f/x")]);
    }
}
