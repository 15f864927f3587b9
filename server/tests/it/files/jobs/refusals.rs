//! Requests that begin nothing.

use serde_json::{Value, json};

use super::{begin, job, keys, put};
use crate::support::{TestApp, on_both_databases};

#[tokio::test]
async fn what_is_wrong_is_named() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let sdk = app.storage().sdk();
    for name in ["x", "f/y", "f/g/z"] {
        put(&sdk, &ada.key(name), b"x").await;
    }
    let before = app.inventory().await;
    let (x, f) = (ada.key("x"), ada.key("f/"));
    let transfers: &[(Value, &str)] = &[
        (json!({"destination": x}), "source"),
        (json!({"source": x, "sources": [x], "destination": f}), "source"),
        (json!({"sources": [], "destination": f}), "sources"),
        (json!({"sources": vec![&x; 1001], "destination": f}), "sources"),
        (json!({"source": x, "destination": x}), "destination"),
        (json!({"source": f, "destination": f}), "destination"),
        (json!({"source": f, "destination": ada.key("f")}), "destination"),
        (
            json!({"source": f, "destination": ada.key("f/g/h/")}),
            "destination",
        ),
        (
            json!({"source": f, "destination": ada.key("f/g/h/"), "on_conflict": "keep_both"}),
            "destination",
        ),
        (
            json!({"sources": [f], "destination": ada.key("f/g/")}),
            "destination",
        ),
        (json!({"sources": [x], "destination": ada.key("")}), "destination"),
        (
            json!({"sources": [f, ada.key("f/y")], "destination": ada.key("k/")}),
            "sources[1]",
        ),
        (
            json!({"sources": [ada.key("f/y"), f], "destination": ada.key("k/")}),
            "sources[0]",
        ),
        (
            json!({"sources": [x, ada.key("k/x")], "destination": ada.key("l/")}),
            "sources[1]",
        ),
        (
            json!({"sources": [x, x], "destination": ada.key("l/"), "on_conflict": "keep_both"}),
            "sources[1]",
        ),
        (
            json!({"source": x, "destination": ada.key("a/../b")}),
            "destination",
        ),
        (json!({"source": ada.key("a\u{1}"), "destination": x}), "source"),
        (
            json!({"source": f, "destination": ada.key("k/"), "except": [x]}),
            "except[0]",
        ),
        (
            json!({"source": x, "destination": ada.key("k"), "except": [x]}),
            "except",
        ),
        (
            json!({"source": x, "destination": ada.key("k"), "contents": true}),
            "contents",
        ),
        (
            json!({"sources": [f], "destination": ada.key("k/"), "contents": true}),
            "contents",
        ),
        (
            json!({"source": f, "destination": ada.key("f/g/"), "contents": true, "except": [ada.key("f/h/")]}),
            "destination",
        ),
        (
            json!({"source": x, "destination": ada.key("k"), "on_conflict": "maybe"}),
            "on_conflict",
        ),
        (
            json!({"source": x, "destination": ada.key("k"), "unknown": 1}),
            "unknown",
        ),
    ];
    for path in ["/api/s3/copy", "/api/s3/move"] {
        for (body, field) in transfers {
            let error = ada.post(path, body.clone()).await.error(400);
            assert!(error.fields.contains_key(*field), "{path} {body}: {error:?}");
        }
        for none in ["none", "none/"] {
            let body = json!({"source": ada.key(none), "destination": ada.key("k/")});
            ada.post(path, body).await.error(404);
        }
    }
    let deletions: &[(Value, &str)] = &[
        (json!({}), "keys"),
        (json!({"keys": vec![&x; 1001]}), "keys"),
        (json!({"prefixes": vec![&f; 1001]}), "prefixes"),
        (json!({"prefixes": [ada.key("f")]}), "prefixes[0]"),
        (json!({"keys": [x, ada.key("")]}), "keys[1]"),
        (json!({"prefixes": [f], "except": [x]}), "except[0]"),
        (json!({"keys": [x], "forever": true}), "forever"),
    ];
    for (body, field) in deletions {
        let error = ada.post("/api/s3/delete", body.clone()).await.error(400);
        assert!(error.fields.contains_key(*field), "{body}: {error:?}");
    }
    ada.post("/api/jobs/no-id/undo", json!({})).await.error(400);
    ada.post(&format!("/api/jobs/{}/undo", ada.id), json!({}))
        .await
        .error(404);
    assert_eq!(app.inventory().await, before);
}

on_both_databases! { with storage;
    async fn two_jobs_never_work_on_the_same_part(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        for name in ["a/x", "a/b/x", "c/x", "ab/x"] {
            put(&sdk, &ada.key(name), b"x").await;
        }
        let first = begin(&ada, "/api/s3/copy", json!({"source": ada.key("a/"), "destination": ada.key("t/")})).await;
        for (path, body) in [
            ("/api/s3/move", json!({"source": ada.key("a/b/"), "destination": ada.key("u/")})),
            ("/api/s3/delete", json!({"prefixes": [ada.key("")]})),
            ("/api/s3/delete", json!({"keys": [ada.key("a/x")]})),
            ("/api/s3/copy", json!({"source": ada.key("t/"), "destination": ada.key("a/k/")})),
            ("/api/s3/copy", json!({"source": ada.key("c/"), "destination": ada.key("t/c/")})),
        ] {
            // What is below `t/` is not there yet.
            let answer = ada.post(path, body.clone()).await;
            let refused = matches!(answer.status.as_u16(), 404 | 409);
            assert!(refused, "{path} {body}: {}", answer.text());
            if answer.status == 409 {
                assert!(answer.error(409).detail.contains("A job that copies"), "{}", answer.text());
            }
        }
        // Reading what another reads, and what only looks alike, is no overlap.
        begin(&ada, "/api/s3/copy", json!({"source": ada.key("a/"), "destination": ada.key("v/")})).await;
        begin(&ada, "/api/s3/delete", json!({"prefixes": [ada.key("ab/")]})).await;
        app.run_jobs().await;
        assert_eq!(job(&app, &first).await.state, "done");
        begin(&ada, "/api/s3/delete", json!({"prefixes": [ada.key("a/")]})).await;
        app.run_jobs().await;
        let now = ["c/x", "t/b/x", "t/x", "v/b/x", "v/x"];
        assert_eq!(keys(&sdk, &ada.key("")).await, now.map(|path| ada.key(path)));
    }

    async fn bringing_back_keeps_others_away_and_is_kept_away(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        for name in ["a/x", "a/b/x", "c/x", "ab/x"] {
            put(&sdk, &ada.key(name), b"x").await;
        }
        let restore = |path: &str| json!({"prefix": ada.key(path), "deleted_only": true});
        let transfer = |from: &str, to: &str| json!({"source": ada.key(from), "destination": ada.key(to)});
        let first = begin(&ada, "/api/s3/object/restore", restore("a/")).await;
        for (path, body) in [
            ("/api/s3/move", transfer("a/b/", "u/")),
            ("/api/s3/copy", transfer("a/", "u/")),
            ("/api/s3/copy", transfer("c/", "a/c/")),
            ("/api/s3/delete", json!({"prefixes": [ada.key("")]})),
            ("/api/s3/delete", json!({"keys": [ada.key("a/x")], "permanent": true})),
            ("/api/s3/object/restore", restore("a/b/")),
            ("/api/s3/object/restore", json!({"keys": [ada.key("a/x")], "as_of": "2024-01-01T00:00:00Z"})),
        ] {
            let error = ada.post(path, body.clone()).await.error(409);
            assert!(error.detail.contains("A job that brings back"), "{path} {body}: {error:?}");
        }
        let beside = begin(&ada, "/api/s3/delete", json!({"prefixes": [ada.key("ab/")]})).await;
        app.run_jobs().await;
        assert_eq!(job(&app, &first).await.state, "done");
        assert_eq!(job(&app, &beside).await.state, "done");

        // The other way round.
        begin(&ada, "/api/s3/move", transfer("a/", "t/")).await;
        for body in [restore(""), restore("t/"), json!({"keys": [ada.key("a/x")], "as_of": "2024-01-01T00:00:00Z"})] {
            let error = ada.post("/api/s3/object/restore", body.clone()).await.error(409);
            assert!(error.detail.contains("A job that moves"), "{body}: {error:?}");
        }
        begin(&ada, "/api/s3/object/restore", restore("c/")).await;
        app.run_jobs().await;
        assert_eq!(keys(&sdk, &ada.key("")).await, ["c/x", "t/b/x", "t/x"].map(|path| ada.key(path)));
    }

    async fn of_overlapping_requests_at_once_one_begins(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        put(&sdk, &ada.key("f/x"), b"x").await;
        let asking = (0..12).map(|n| {
            let body = json!({"source": ada.key("f/"), "destination": ada.key(&format!("{n}/"))});
            ada.post("/api/s3/move", body)
        });
        let answers = futures::future::join_all(asking).await;
        let begun = answers.iter().filter(|answer| answer.status == 202).count();
        let refused = answers.iter().filter(|answer| answer.status == 409).count();
        assert_eq!((begun, refused), (1, 11));
        app.run_jobs().await;
        assert_eq!(keys(&sdk, &ada.key("")).await.len(), 1);
    }
}
