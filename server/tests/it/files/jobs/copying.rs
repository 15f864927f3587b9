use app::features::files::changes::Transferred;
use futures::StreamExt;
use serde_json::json;

use super::{QueuedJob, job, keys, plant, put, run, run_well, sized, things, undo};
use crate::support::on_both_databases;

on_both_databases! { with storage;
    async fn a_tree_is_copied_with_all_that_belongs_to_it(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        let (from, to) = (ada.key("Photos/"), ada.key("Old/Copy of/"));
        plant(&sdk, &from).await;
        put(&sdk, &ada.key("Photos2/x"), b"a look-alike").await;
        let before = things(&sdk, &from).await;
        run_well(&app, &ada, "/api/s3/copy", json!({"source": from, "destination": to})).await;
        assert_eq!(things(&sdk, &to).await, before);
        assert_eq!(things(&sdk, &from).await, before);
        assert_eq!(keys(&sdk, &ada.key("")).await.len(), 2 * before.len() + 1);
    }

    async fn sources_go_into_a_folder_under_their_own_names(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        plant(&sdk, &ada.key("one/Photos/")).await;
        put(&sdk, &ada.key("two/a.txt"), b"a").await;
        let sources = [ada.key("one/Photos/"), ada.key("two/a.txt"), ada.key("two/none")];
        let body = json!({"sources": sources, "destination": ada.key("into")});
        let (_, ended) = run(&app, &ada, "/api/s3/copy", body).await;
        assert_eq!(ended.state, "done");
        assert_eq!(ended.failures, [(ada.key("two/none"), "There is no such object".to_owned())]);
        let into = things(&sdk, &ada.key("into/")).await;
        assert_eq!(into["a.txt"].bytes, b"a");
        assert_eq!(things(&sdk, &ada.key("into/Photos/")).await, things(&sdk, &ada.key("one/Photos/")).await);
        assert_eq!(into.len(), 10);
    }

    async fn what_is_excepted_stays(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        for name in ["a", "b/1", "b/2", "bc", "c/d/e", "c/d/f"] {
            put(&sdk, &ada.key(&format!("f/{name}")), b"x").await;
        }
        let except = [ada.key("f/b/"), ada.key("f/c/d/e")];
        let body = json!({"source": ada.key("f/"), "destination": ada.key("g/"), "except": except});
        run_well(&app, &ada, "/api/s3/move", body).await;
        assert_eq!(keys(&sdk, &ada.key("g/")).await, ["g/a", "g/bc", "g/c/d/f"].map(|path| ada.key(path)));
        assert_eq!(keys(&sdk, &ada.key("f/")).await, ["f/b/1", "f/b/2", "f/c/d/e"].map(|path| ada.key(path)));
    }

    async fn more_objects_than_a_page_or_a_batch_has(app) {
        let ada = app.user("ada").await;
        let sdk = app.storage().sdk();
        let many = sized(405, 10_000);
        let putting = (0..many).map(|n| {
            let (sdk, key) = (&sdk, ada.key(&format!("many/{n}")));
            async move { put(sdk, &key, n.to_string().as_bytes()).await }
        });
        futures::stream::iter(putting).buffer_unordered(16).collect::<Vec<_>>().await;
        let body = json!({"source": ada.key("many/"), "destination": ada.key("moved/")});
        let id = run_well(&app, &ada, "/api/s3/move", body).await;
        assert_eq!(job(&app, &id).await.done, many);
        assert!(keys(&sdk, &ada.key("many/")).await.is_empty());
        assert_eq!(keys(&sdk, &ada.key("moved/")).await.len(), usize::try_from(many).unwrap());
        let undone = undo(&app, &ada, &id).await;
        assert_eq!((undone.done, undone.failures), (many, vec![]));
        assert!(keys(&sdk, &ada.key("moved/")).await.is_empty());
        assert_eq!(keys(&sdk, &ada.key("many/")).await.len(), usize::try_from(many).unwrap());
    }
}

#[tokio::test]
async fn one_small_object_is_copied_while_its_request_waits() {
    let app = crate::support::TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let sdk = app.storage().sdk();
    plant(&sdk, &ada.key("")).await;
    let rich = things(&sdk, &ada.key("rich.html")).await;
    let body = json!({"source": ada.key("rich.html"), "destination": ada.key("copy.html")});
    let copied: Transferred = ada.post("/api/s3/copy", body).await.ok();
    assert_eq!(copied.key, ada.key("copy.html"));
    assert!(copied.version_id.is_some() && !copied.etag.is_empty() && !copied.skipped);
    assert_eq!(things(&sdk, &ada.key("copy.html")).await, rich);

    // Into a folder, where the destination is one.
    let body = json!({"source": ada.key("copy.html"), "destination": ada.key("f/")});
    let moved: Transferred = ada.post("/api/s3/move", body).await.ok();
    assert_eq!(moved.key, ada.key("f/copy.html"));
    assert!(keys(&sdk, &ada.key("copy.html")).await.is_empty());
    assert_eq!(things(&sdk, &moved.key).await, rich);
}

#[tokio::test]
async fn an_object_that_is_too_large_for_one_copy_goes_in_parts() {
    const MIB: usize = 1024 * 1024;
    let app = crate::support::TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let sdk = app.storage().sdk();
    let bytes: Vec<u8> = (0..12 * MIB + 7)
        .map(|n| u8::try_from((n * 7 + n / MIB) % 256).unwrap())
        .collect();
    sdk.put_object()
        .bucket("forepeak")
        .key(ada.key("large"))
        .content_type("video/mp4")
        .metadata("colour", "blue")
        .tagging("a=1")
        .body(bytes.into())
        .send()
        .await
        .unwrap();
    let before = things(&sdk, &ada.key("large")).await;
    let changes = app.state.changes.clone().with_largest_copy(6 * MIB as u64);
    let mut state = app.state.clone();
    state.changes = changes;
    let router = server::router::build(state.clone());
    let client = crate::support::Client::new(router).bearer(&ada.tokens.access_token);
    let body = json!({"source": ada.key("large"), "destination": ada.key("moved")});
    let begun = client.post("/api/s3/move", body).await;
    assert_eq!(begun.status, 202, "{}", begun.text());
    for worker in server::jobs::runner::workers(&state) {
        worker.run_due().await.unwrap();
    }
    let id = begun.ok::<QueuedJob>().job_id.to_string();
    let ended = job(&app, &id).await;
    assert_eq!((ended.state.as_str(), &ended.failures), ("done", &vec![]));
    assert_eq!(things(&sdk, &ada.key("moved")).await, before);
    assert!(keys(&sdk, &ada.key("large")).await.is_empty());
    let unfinished = app
        .inventory()
        .await
        .into_iter()
        .filter(|row| row.contains("unfinished"));
    assert_eq!(unfinished.count(), 0);
    let undone = undo(&app, &ada, &id).await;
    assert_eq!(undone.failures, []);
    assert_eq!(things(&sdk, &ada.key("large")).await, before);
    assert!(keys(&sdk, &ada.key("moved")).await.is_empty());
}
