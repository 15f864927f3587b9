//! A search of 200,000 keys that looks at all of them: over REST, by tokens and as a stream, against the same keys listed
//! one page after the other and compared, which is how searches were made before they were parallel. In turns, medians
//! of five, as a Markdown table, with the most memory that each took above what was resident before.
//!
//! `cargo bench -p server --bench search`

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot go on should say so and stop"
)]
#![expect(clippy::print_stdout, reason = "the table is its result")]

mod figures;
#[path = "../tests/it/support/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "shared with the tests, which use all of it"
)]
mod support;

use app::{
    contract::{CONTINUATION_TOKEN_HEADER, KeyRoot},
    features::files::{model::words::Words, types::NDJSON},
};
use server::platform::object_store::ListRequest;

use figures::measured;
use support::{TestApp, User};

const KEYS: usize = 200_000;
const TURNS: usize = 5;
/// In the last folder, so that nothing is found before everything was looked at.
const WORDS: &str = "needle 2024";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let app = TestApp::with_storage().await;
        let ada = app.user("ada").await;
        let keys = (0..KEYS).map(|n| ada.key(&format!("2024/{:03}/IMG {n:06}.jpg", n / 700)));
        app.storage().fill("forepeak", keys).await;
        app.storage()
            .fill("forepeak", [ada.key("2024/the needle.txt")])
            .await;
        let mut figures = [const { Vec::new() }; 3];
        for _ in 0..TURNS {
            figures[0].push(measured(found(page_after_page(&app, &ada))).await);
            figures[1].push(measured(found(by_tokens(&ada))).await);
            figures[2].push(measured(found(streamed(&ada))).await);
        }
        println!("| all of {KEYS} keys | median | memory | ratio |\n|---|---:|---:|---:|");
        let medians = figures.map(|mut figures| {
            figures.sort_by(|one, other| one.0.total_cmp(&other.0));
            let most = figures.iter().map(|(_, memory)| *memory).max().unwrap();
            (figures[TURNS / 2].0, most)
        });
        let names = [
            "one page after the other",
            "`GET search`, by tokens",
            "`GET search`, streamed",
        ];
        for (name, (seconds, memory)) in names.iter().zip(medians) {
            let ratio = seconds / medians[0].0;
            println!("| {name} | {seconds:.2} s | {memory} MiB | {ratio:.2} |");
        }
    });
}

/// A search that must find the needle.
async fn found(search: impl Future<Output = usize>) {
    assert_eq!(search.await, 1, "there is one needle");
}

async fn page_after_page(app: &TestApp, ada: &User) -> usize {
    let store = app.storage().client().await;
    let prefix = KeyRoot::home(ada.id).everything();
    let words = Words::of(WORDS);
    let (mut found, mut token) = (0, None::<String>);
    loop {
        let request = ListRequest {
            prefix: &prefix,
            folders: false,
            token: token.as_deref(),
            limit: 1000,
        };
        let page = store
            .list(&app.state.config.storage.bucket, request)
            .await
            .unwrap();
        let paths = page
            .objects
            .iter()
            .map(|object| &object.key[prefix.as_str().len()..]);
        found += paths.filter(|path| words.occur_in(path)).count();
        token = page.next;
        if token.is_none() {
            return found;
        }
    }
}

async fn by_tokens(ada: &User) -> usize {
    let (mut found, mut go_on) = (0, String::new());
    loop {
        let path = format!("/api/s3/search?query={}{go_on}", WORDS.replace(' ', "+"));
        let answer = ada.get(&path).await;
        found += answer.ok::<Vec<serde_json::Value>>().len();
        match answer.header(CONTINUATION_TOKEN_HEADER) {
            Some(token) => go_on = format!("&continuation_token={token}"),
            None => return found,
        }
    }
}

async fn streamed(ada: &User) -> usize {
    let client = ada.client.clone().with("accept", NDJSON);
    let path = format!("/api/s3/search?query={}", WORDS.replace(' ', "+"));
    let answer = client.get(&path).await;
    let lines = answer.text().lines();
    assert!(answer.text().contains(r#""complete":true"#), "{}", answer.text());
    lines.count() - 1
}
