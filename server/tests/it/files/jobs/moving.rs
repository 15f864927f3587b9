use serde_json::{Value, json};

use super::{keys, plant, put, run, run_well, things};
use crate::support::on_both_databases;

on_both_databases! { with storage;
    async fn a_tree_is_moved_and_nothing_of_it_is_left_behind(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let sdk = app.storage().sdk();
        plant(&sdk, &ada.key("Photos/")).await;
        plant(&sdk, &bob.key("Photos/")).await;
        let before = things(&sdk, &ada.key("Photos/")).await;
        let theirs = things(&sdk, &bob.key("")).await;
        let body = json!({"source": ada.key("Photos/"), "destination": ada.key("Archive/2024/Photos/")});
        run_well(&app, &ada, "/api/s3/move", body).await;
        assert_eq!(things(&sdk, &ada.key("Archive/2024/Photos/")).await, before);
        assert!(keys(&sdk, &ada.key("Photos/")).await.is_empty());
        assert_eq!(things(&sdk, &bob.key("")).await, theirs);
    }

    async fn the_list_of_jobs_says_what_each_is_about(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        put(&sdk, &ada.key("a/x"), b"x").await;
        put(&sdk, &ada.key("b"), b"b").await;
        let about = async |id: &str| {
            let job: Value = ada.get(&format!("/api/jobs/{id}")).await.ok();
            job["about"].clone()
        };
        let body = json!({"sources": [ada.key("a/"), ada.key("b")], "destination": ada.key("to/")});
        let moved = run_well(&app, &ada, "/api/s3/move", body).await;
        let expected = json!({"first": ada.key("a/"), "count": 2, "destination": ada.key("to/")});
        assert_eq!(about(&moved).await, expected);
        let undone = run_well(&app, &ada, &format!("/api/jobs/{moved}/undo"), json!({})).await;
        assert_eq!(about(&undone).await, expected);
        let body = json!({"source": ada.key("a/"), "destination": ada.key("c/")});
        let copied = run_well(&app, &ada, "/api/s3/copy", body).await;
        assert_eq!(about(&copied).await, json!({"first": ada.key("a/"), "count": 1, "destination": ada.key("c/")}));
        let body = json!({"prefixes": [ada.key("a/")], "except": [ada.key("a/x")]});
        let deleted = run_well(&app, &ada, "/api/s3/delete", body).await;
        assert_eq!(about(&deleted).await, json!({"first": ada.key("a/"), "count": 1, "is_part": true}));
        let body = json!({"prefix": ada.key(""), "deleted_only": true});
        let restored = run_well(&app, &ada, "/api/s3/object/restore", body).await;
        assert_eq!(about(&restored).await, json!({"first": ada.key(""), "count": 1}));
    }

    async fn a_folder_goes_up_into_the_one_around_it(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        put(&sdk, &ada.key("a/b/x"), b"inner").await;
        put(&sdk, &ada.key("a/y"), b"outer").await;
        put(&sdk, &ada.key("a/b/b/z"), b"would come twice").await;
        let (_, ended) =
            run(&app, &ada, "/api/s3/move", json!({"source": ada.key("a/b/"), "destination": ada.key("a/")})).await;
        // `a/b/b/z` would become `a/b/z`, which is part of what is moved.
        assert_eq!(ended.failures.len(), 1, "{ended:?}");
        assert_eq!(ended.failures[0].0, ada.key("a/b/b/z"));
        let now = keys(&sdk, &ada.key("a/")).await;
        assert_eq!(now, ["a/b/b/z", "a/x", "a/y"].map(|path| ada.key(path)));
    }

    async fn names_that_cannot_be_made_stay_where_they_are(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        let hostile = ["f/a\u{1}b", "f/Icon\r", "f/\u{fffe}", "f/x\u{7f}"];
        for name in hostile {
            put(&sdk, &ada.key(name), b"hostile").await;
        }
        put(&sdk, &ada.key("f/plain"), b"plain").await;
        let body = json!({"source": ada.key("f/"), "destination": ada.key("g/")});
        let (_, ended) = run(&app, &ada, "/api/s3/move", body).await;
        assert_eq!((ended.state.as_str(), ended.failures.len()), ("done", hostile.len()));
        assert!(ended.failures.iter().all(|(_, why)| why.starts_with("Its name cannot be used here")), "{ended:?}");
        assert_eq!(keys(&sdk, &ada.key("g/")).await, [ada.key("g/plain")]);
    }
}
