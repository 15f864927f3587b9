use serde_json::json;

use super::{keys, plant, put, run, run_well, things, undo};
use crate::support::on_both_databases;

on_both_databases! { with storage;
    async fn keys_and_folders_are_deleted_and_come_back_as_they_were(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        plant(&sdk, &ada.key("Photos/")).await;
        for name in ["single", "kept", "Photos2/x"] {
            put(&sdk, &ada.key(name), name.as_bytes()).await;
        }
        let before = app.inventory().await;
        let body = json!({
            "keys": [ada.key("single"), ada.key("never was")],
            "prefixes": [ada.key("Photos/")],
            "except": [ada.key("Photos/b/")],
        });
        let id = run_well(&app, &ada, "/api/s3/delete", body).await;
        let left = ["Photos/b/", "Photos/b/%2e%2e", "Photos/b/100% + q?a=b&c#d.txt", "Photos/b/c.txt", "Photos2/x", "kept"];
        assert_eq!(keys(&sdk, &ada.key("")).await, left.map(|path| ada.key(path)));
        let undone = undo(&app, &ada, &id).await;
        assert_eq!((undone.state.as_str(), undone.failures), ("done", vec![]));
        assert_eq!(app.inventory().await, before, "the same versions, and no marker");
    }

    async fn for_good_means_every_version(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let sdk = app.storage().sdk();
        put(&sdk, &bob.key("f/x"), b"theirs").await;
        let theirs = app.inventory().await;
        plant(&sdk, &ada.key("f/")).await;
        plant(&sdk, &ada.key("f/")).await;
        put(&sdk, &ada.key("k"), b"1").await;
        put(&sdk, &ada.key("k"), b"2").await;
        put(&sdk, &ada.key("k2"), b"stays").await;
        put(&sdk, &ada.key("f/kept"), b"stays").await;
        ada.delete_json("/api/s3/object", json!({"key": ada.key("f/a.txt")})).await.ok::<serde_json::Value>();
        let body = json!({
            "keys": [ada.key("k")], "prefixes": [ada.key("f/")], "except": [ada.key("f/kept")], "permanent": true,
        });
        let (_, ended) = run(&app, &ada, "/api/s3/delete", body).await;
        assert_eq!((ended.state.as_str(), ended.failures, ended.can_be_undone), ("done", vec![], false));
        let left: Vec<_> = app.inventory().await.into_iter().filter(|row| !theirs.contains(row)).collect();
        assert_eq!(left.len(), 2, "{left:?}");
        assert!(left[0].starts_with(&ada.key("f/kept ")) && left[1].starts_with(&ada.key("k2 ")));
    }

    async fn only_what_is_deleted_already_goes_for_good(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        for name in ["live", "f/live", "f/back"] {
            put(&sdk, &ada.key(name), b"old").await;
            put(&sdk, &ada.key(name), b"current").await;
        }
        let delete = async |name: &str| {
            ada.delete_json("/api/s3/object", json!({"key": ada.key(name)})).await.ok::<serde_json::Value>();
        };
        delete("f/back").await;
        put(&sdk, &ada.key("f/back"), b"again").await;
        let before = app.inventory().await;
        for name in ["f/gone", "f/g/gone", "gone", "f/kept"] {
            put(&sdk, &ada.key(name), b"old").await;
            put(&sdk, &ada.key(name), b"older").await;
            delete(name).await;
        }
        let kept: Vec<_> = app.inventory().await.into_iter().filter(|row| row.starts_with(&ada.key("f/kept "))).collect();
        assert_eq!(kept.len(), 3);
        let body = json!({
            "prefixes": [ada.key("f/")], "except": [ada.key("f/kept")], "keys": [ada.key("gone"), ada.key("live")],
            "permanent": true, "deleted_only": true,
        });
        let (_, ended) = run(&app, &ada, "/api/s3/delete", body).await;
        let failed: Vec<_> = ended.failures.iter().map(|(key, _)| key.clone()).collect();
        assert_eq!((ended.state.as_str(), failed, ended.done), ("done", vec![ada.key("live")], 9));
        let left: Vec<_> = app.inventory().await.into_iter().filter(|row| !kept.contains(row)).collect();
        assert_eq!(left, before);
        let body = json!({"prefixes": [ada.key("f/")], "deleted_only": true});
        assert!(ada.post("/api/s3/delete", body).await.error(400).fields.contains_key("deleted_only"));
    }

    async fn names_that_cannot_be_made_are_deleted_by_their_bytes(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        let hostile = ["f/a\u{1}b", "f/Icon\r", "f/\u{fffe}", "f/\u{1}/deep", "f/\u{1}/deeper", "lone\u{2}"];
        for permanent in [false, true] {
            for name in hostile.iter().chain(&["f/plain"]) {
                put(&sdk, &ada.key(name), b"hostile").await;
            }
            // A folder of such a name, a key of such a name, and one that is not there.
            let body = json!({
                "prefixes": [ada.key("f/\u{1}/")], "keys": [ada.key("lone\u{2}"), ada.key("none\u{3}")],
                "permanent": permanent,
            });
            let (id, ended) = run(&app, &ada, "/api/s3/delete", body).await;
            assert_eq!(ended.state, "done");
            assert_eq!(ended.failures.len(), usize::from(!permanent), "{ended:?}");
            assert_eq!(things(&sdk, &ada.key("f/")).await.len(), 4);
            if !permanent {
                assert_eq!(undo(&app, &ada, &id).await.failures, []);
                assert_eq!(things(&sdk, &ada.key("")).await.len(), 7);
            }
            let body = json!({"prefixes": [ada.key("")], "permanent": permanent});
            let (_, ended) = run(&app, &ada, "/api/s3/delete", body).await;
            assert_eq!(ended.failures, []);
            assert!(keys(&sdk, &ada.key("")).await.is_empty());
        }
        assert!(app.inventory().await.is_empty());
    }
}
