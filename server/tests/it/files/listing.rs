use app::features::files::types::{ObjectEntry, ObjectPage};
use serde_json::json;

use crate::support::{TestApp, User};

fn keys(entries: &[ObjectEntry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.key.as_str()).collect()
}

async fn page(user: &User, query: &str) -> ObjectPage {
    user.get(&format!("/api/s3/objects?{query}")).await.ok()
}

/// Follows the tokens to the end.
async fn pages(user: &User, query: &str) -> Vec<ObjectPage> {
    let mut pages = vec![page(user, query).await];
    while let Some(token) = pages.last().unwrap().continuation_token.clone() {
        assert!(pages.last().unwrap().has_more);
        pages.push(page(user, &format!("{query}&continuation_token={token}")).await);
    }
    assert!(!pages.last().unwrap().has_more);
    pages
}

#[tokio::test]
async fn a_folder_shows_its_own_level_and_everything_when_asked() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    for path in ["b.txt", "a/1.txt", "a/deep/2.txt", "c/3.txt"] {
        ada.upload(path, "text/plain", b"x").await;
    }
    ada.post("/api/s3/folder", json!({"prefix": ada.key("a")}))
        .await
        .ok::<serde_json::Value>();

    let root = page(&ada, "").await;
    assert_eq!(
        keys(&root.objects),
        [ada.key("a/"), ada.key("b.txt"), ada.key("c/")]
    );
    let folder = &root.objects[0];
    assert!(folder.is_folder && folder.size == 0 && folder.last_modified.is_none() && folder.etag.is_empty());

    // The marker of the folder itself is not in it.
    let inside = page(&ada, &format!("prefix={}", ada.query_key("a/"))).await;
    assert_eq!(keys(&inside.objects), [ada.key("a/1.txt"), ada.key("a/deep/")]);

    let all = page(&ada, &format!("recursive=true&prefix={}", ada.query_key("a/"))).await;
    assert_eq!(
        keys(&all.objects),
        [ada.key("a/"), ada.key("a/1.txt"), ada.key("a/deep/2.txt")]
    );

    let nothing = page(&ada, &format!("prefix={}", ada.query_key("none/"))).await;
    assert!(nothing.objects.is_empty() && !nothing.has_more);
}

#[tokio::test]
async fn pages_join_to_the_whole_without_gap_or_repeat() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let mut expected = Vec::new();
    for n in 0..7 {
        expected.push(ada.upload(&format!("file-{n}"), "text/plain", b"x").await);
        ada.upload(&format!("folder-{n}/x"), "text/plain", b"x").await;
        expected.push(ada.key(&format!("folder-{n}/")));
    }
    expected.sort();
    for size in [1, 3, 14, 15] {
        let pages = pages(&ada, &format!("max_keys={size}")).await;
        assert!(pages.iter().all(|page| page.objects.len() <= size));
        let found: Vec<_> = pages.iter().flat_map(|page| keys(&page.objects)).collect();
        assert_eq!(found, expected, "in pages of {size}");
    }
}

#[tokio::test]
async fn security_21_a_token_is_good_for_its_own_listing_only() {
    let app = TestApp::with_storage().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    for user in [&ada, &bob] {
        for n in 0..3 {
            user.upload(&format!("f/{n}"), "text/plain", b"x").await;
        }
    }
    let first = page(&ada, &format!("max_keys=1&prefix={}", ada.query_key("f/"))).await;
    let token = first.continuation_token.unwrap();
    for (who, query) in [
        (
            &bob,
            format!(
                "max_keys=1&prefix={}&continuation_token={token}",
                bob.query_key("f/")
            ),
        ),
        (&ada, format!("max_keys=1&continuation_token={token}")),
        (
            &ada,
            format!(
                "recursive=true&prefix={}&continuation_token={token}",
                ada.query_key("f/")
            ),
        ),
        (
            &ada,
            format!("prefix={}&continuation_token=x{token}", ada.query_key("f/")),
        ),
        (
            &ada,
            format!("prefix={}&continuation_token=", ada.query_key("f/")),
        ),
    ] {
        let error = who.get(&format!("/api/s3/objects?{query}")).await.error(400);
        assert!(error.fields.contains_key("continuation_token"), "{error:?}");
    }
    // It is no matter of the page's size.
    let rest = page(
        &ada,
        &format!(
            "max_keys=9&prefix={}&continuation_token={token}",
            ada.query_key("f/")
        ),
    )
    .await;
    assert_eq!(keys(&rest.objects), [ada.key("f/1"), ada.key("f/2")]);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_by_name() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    for (query, field) in [
        ("max_keys=0", "max_keys"),
        ("max_keys=1001", "max_keys"),
        ("max_keys=many", "max_keys"),
        ("recursive=perhaps", "recursive"),
        ("bucket=UPPER", "bucket"),
        ("page=2", "page"),
    ] {
        let error = ada.get(&format!("/api/s3/objects?{query}")).await.error(400);
        assert!(error.fields.contains_key(field), "{query}: {error:?}");
    }
    let error = ada.get("/api/s3/objects?bucket=elsewhere").await.error(404);
    assert_eq!(error.detail, "Bucket elsewhere does not exist");
    assert_eq!(page(&ada, "bucket=forepeak").await.objects, []);
}
