use app::{
    contract::KeyRoot,
    features::files::types::{CONTINUATION_TOKEN_HEADER, ObjectEntry},
};
use futures::{StreamExt, stream};
use server::platform::object_store::{ObjectHeaders, Payload, Precondition};

use crate::support::{TestApp, User};

/// Follows the tokens to the end; answers the keys and how many requests it took.
async fn search(user: &User, query: &str) -> (Vec<String>, usize) {
    let (mut found, mut requests, mut token) = (Vec::new(), 0, None::<String>);
    loop {
        let go_on = token
            .map(|token| format!("&continuation_token={token}"))
            .unwrap_or_default();
        let answer = user.get(&format!("/api/s3/search?{query}{go_on}")).await;
        token = answer.header(CONTINUATION_TOKEN_HEADER).map(str::to_owned);
        found.extend(answer.ok::<Vec<ObjectEntry>>().into_iter().map(|entry| entry.key));
        requests += 1;
        if token.is_none() {
            return (found, requests);
        }
    }
}

/// Both are kept as they came: they are two objects.
#[tokio::test]
async fn names_match_in_whichever_form_their_letters_are_composed() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let (composed, decomposed) = ("Caf\u{e9}.txt", "cafe\u{301}.txt");
    for name in [composed, decomposed, "cafe.txt", "Stra\u{df}e"] {
        ada.upload(name, "text/plain", name.as_bytes()).await;
    }
    let both = [ada.key(composed), ada.key(decomposed)];
    for query in ["CAF%C3%89", "cafe%CC%81", "caf%C3%A9"] {
        assert_eq!(search(&ada, &format!("query={query}")).await.0, both, "{query}");
    }
    let (found, _) = search(&ada, "query=STRASSE").await;
    assert_eq!(found, [ada.key("Stra\u{df}e")]);
    for name in [composed, decomposed] {
        let object = ada
            .get(&format!("/api/s3/object?key={}", ada.query_key(name)))
            .await;
        assert_eq!(object.text(), name);
    }
}

#[tokio::test]
async fn names_and_paths_match_without_regard_to_case() {
    let app = TestApp::with_storage().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    for path in [
        "Report.PDF",
        "old/report-1.txt",
        "REPORTS/x.txt",
        "\u{c9}t\u{e9}.txt",
        "other",
    ] {
        ada.upload(path, "text/plain", b"x").await;
    }
    bob.upload("report of bob", "text/plain", b"x").await;

    let (found, _) = search(&ada, "query=rEpOrT").await;
    assert_eq!(
        found,
        [
            ada.key("REPORTS/x.txt"),
            ada.key("Report.PDF"),
            ada.key("old/report-1.txt")
        ]
    );
    let (found, _) = search(&ada, "query=%C3%A9T%C3%89").await;
    assert_eq!(found, [ada.key("\u{c9}t\u{e9}.txt")]);
    let (found, _) = search(&ada, &format!("query=report&prefix={}", ada.query_key("old/"))).await;
    assert_eq!(found, [ada.key("old/report-1.txt")]);
    // Neither the word `users` nor one's own id is part of a path.
    let (found, _) = search(&ada, "query=users").await;
    assert!(found.is_empty(), "{found:?}");

    let (found, requests) = search(&ada, "query=report&max_keys=1").await;
    assert_eq!((found.len(), requests), (3, 4));
}

#[tokio::test]
async fn all_keys_are_covered_not_the_first_page() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let (root, bucket) = (KeyRoot::home(ada.id), &app.state.config.storage.bucket);
    stream::iter(0..1_050)
        .for_each_concurrent(16, |n| {
            let key = root.key(ada.key(&format!("n/{n:05}"))).unwrap();
            let store = &app.state.store;
            async move {
                let headers = ObjectHeaders::default();
                store
                    .put(bucket, &key, &headers, &Payload::Empty, &Precondition::None)
                    .await
                    .unwrap();
            }
        })
        .await;
    let (found, _) = search(&ada, "query=N%2F0104").await;
    assert_eq!(
        found,
        (1040..1050)
            .map(|n| ada.key(&format!("n/{n:05}")))
            .collect::<Vec<_>>()
    );
    let (found, requests) = search(&ada, "query=n&max_keys=1000").await;
    assert_eq!((found.len(), requests), (1_050, 2));
}

#[tokio::test]
async fn a_search_needs_something_to_search_for() {
    let app = TestApp::with_storage().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    for query in [
        "query=",
        "query=%20",
        &format!("query={}", "x".repeat(257)),
        "prefix=x",
    ] {
        assert!(
            ada.get(&format!("/api/s3/search?{query}"))
                .await
                .error(400)
                .fields
                .contains_key("query")
        );
    }
    for name in ["x1", "x2"] {
        ada.upload(name, "text/plain", b"x").await;
        bob.upload(name, "text/plain", b"x").await;
    }
    let answer = ada.get("/api/s3/search?query=x&max_keys=1").await;
    let token = answer.header(CONTINUATION_TOKEN_HEADER).unwrap();
    bob.get(&format!("/api/s3/search?query=x&continuation_token={token}"))
        .await
        .error(400);
    ada.get(&format!("/api/s3/search?query=y&continuation_token={token}"))
        .await
        .error(400);
}
