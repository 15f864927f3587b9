//! Names that are taken.

use app::features::files::changes::Transferred;
use serde_json::json;

use super::{keys, put, run, things, undo};
use crate::support::{TestApp, on_both_databases};

on_both_databases! { with storage;
    async fn each_answer_to_a_taken_name_in_a_folder(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        for (index, policy) in ["fail", "skip", "overwrite", "keep_both"].iter().enumerate() {
            let path = |rest: &str| ada.key(&format!("{index}/{rest}"));
            for (name, bytes) in [("from/a", "new"), ("from/b", "new"), ("to/a", "old"), ("to/c", "old")] {
                put(&sdk, &path(name), bytes.as_bytes()).await;
            }
            let body = json!({"source": path("from/"), "destination": path("to/"), "on_conflict": policy});
            let before = app.inventory().await;
            let (id, ended) = run(&app, &ada, "/api/s3/move", body).await;
            assert_eq!(ended.state, "done");
            let (failed, a, source, numbered): (usize, &str, &[&str], usize) = match *policy {
                "fail" => (1, "old", &["from/a"], 0),
                "skip" => (0, "old", &["from/a"], 0),
                "overwrite" => (0, "new", &[], 0),
                _ => (0, "old", &[], 2),
            };
            assert_eq!(ended.failures.len(), failed, "{policy}");
            assert_eq!(things(&sdk, &path("to/")).await["a"].bytes, a.as_bytes(), "{policy}");
            let left: Vec<_> = source.iter().map(|name| path(name)).collect();
            assert_eq!(keys(&sdk, &path("from/")).await, left, "{policy}");
            // The folder gets a name of its own as a whole.
            assert_eq!(keys(&sdk, &path("to (2)/")).await.len(), numbered, "{policy}");
            assert_eq!(things(&sdk, &path("to/")).await["c"].bytes, b"old");
            assert_eq!(undo(&app, &ada, &id).await.failures, []);
            assert_eq!(app.inventory().await, before, "{policy}");
        }
    }

    async fn what_is_in_a_folder_goes_among_what_is_in_one_inside_of_it(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        for key in ["from/", "from/a", "from/b/", "from/b/c", "from/stays", "from/to/", "from/to/a", "from/to/b/", "from/to/b/c"] {
            put(&sdk, &ada.key(key), if key.ends_with('/') { "" } else { key }.as_bytes()).await;
        }
        let before = app.inventory().await;
        let body = json!({
            "source": ada.key("from/"), "destination": ada.key("from/to/"), "contents": true, "on_conflict": "keep_both",
            "except": [ada.key("from/to/"), ada.key("from/stays")],
        });
        let (id, ended) = run(&app, &ada, "/api/s3/move", body).await;
        assert_eq!((ended.state.as_str(), ended.failures), ("done", vec![]));
        let names = ["from/", "from/stays", "from/to/", "from/to/a", "from/to/a (2)", "from/to/b/", "from/to/b/c", "from/to/b/c (2)"];
        assert_eq!(keys(&sdk, &ada.key("")).await, names.map(|name| ada.key(name)));
        assert_eq!(things(&sdk, &ada.key("from/to/")).await["a (2)"].bytes, b"from/a");
        assert_eq!(undo(&app, &ada, &id).await.failures, []);
        assert_eq!(app.inventory().await, before);
    }

    async fn names_of_the_sources_themselves_are_numbered(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        for key in ["1/x.txt", "2/x.txt", "3/x.txt", "1/d/k", "2/d/k", "into/x (2).txt"] {
            put(&sdk, &ada.key(key), key.as_bytes()).await;
        }
        let sources: Vec<_> =
            ["1/x.txt", "2/x.txt", "1/d/", "3/x.txt", "2/d/"].iter().map(|key| ada.key(key)).collect();
        let body = json!({"sources": sources, "destination": ada.key("into/"), "on_conflict": "keep_both"});
        let (_, ended) = run(&app, &ada, "/api/s3/copy", body).await;
        assert_eq!(ended.failures, []);
        let now = things(&sdk, &ada.key("into/")).await;
        let now: Vec<_> = now.iter().map(|(key, thing)| (key.as_str(), String::from_utf8(thing.bytes.clone()).unwrap())).collect();
        assert_eq!(now, [
            ("d (2)/k", "2/d/k".to_owned()), ("d/k", "1/d/k".to_owned()),
            ("x (2).txt", "into/x (2).txt".to_owned()), ("x (3).txt", "2/x.txt".to_owned()),
            ("x (4).txt", "3/x.txt".to_owned()), ("x.txt", "1/x.txt".to_owned()),
        ]);
    }
}

#[tokio::test]
async fn each_answer_to_a_taken_name_of_one_object() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let sdk = app.storage().sdk();
    put(&sdk, &ada.key("from.txt"), b"new").await;
    put(&sdk, &ada.key("to.txt"), b"old").await;
    let ask = |policy: &str| {
        let body =
            json!({"source": ada.key("from.txt"), "destination": ada.key("to.txt"), "on_conflict": policy});
        ada.post("/api/s3/copy", body)
    };
    let error = ask("fail").await.error(409);
    assert_eq!(error.code, app::contract::ErrorCode::Conflict);
    let skipped: Transferred = ask("skip").await.ok();
    assert!(skipped.skipped);
    assert_eq!(things(&sdk, &ada.key("to.txt")).await[""].bytes, b"old");
    let kept: Transferred = ask("keep_both").await.ok();
    assert_eq!(kept.key, ada.key("to (2).txt"));
    let kept: Transferred = ask("keep_both").await.ok();
    assert_eq!(kept.key, ada.key("to (3).txt"));
    ask("overwrite").await.ok::<Transferred>();
    assert_eq!(things(&sdk, &ada.key("to.txt")).await[""].bytes, b"new");

    // Beside itself: a duplicate.
    let body = json!({"source": ada.key("from.txt"), "destination": ada.key("from.txt"), "on_conflict": "keep_both"});
    let kept: Transferred = ada.post("/api/s3/copy", body).await.ok();
    assert_eq!(kept.key, ada.key("from (2).txt"));
}

#[tokio::test]
async fn of_many_who_want_one_name_one_gets_it() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let sdk = app.storage().sdk();
    let wanting = (0..8).map(|n| {
        let (ada, sdk) = (&ada, &sdk);
        async move {
            let source = ada.key(&format!("from/{n}"));
            put(sdk, &source, n.to_string().as_bytes()).await;
            ada.post(
                "/api/s3/move",
                json!({"source": source, "destination": ada.key("to")}),
            )
            .await
            .status
            .as_u16()
        }
    });
    let mut answers = futures::future::join_all(wanting).await;
    answers.sort_unstable();
    assert_eq!(answers, [200, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!(keys(&sdk, &ada.key("from/")).await.len(), 7);
    assert_eq!(keys(&sdk, &ada.key("to")).await.len(), 1);
}
