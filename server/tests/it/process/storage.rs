//! Storage that is not what it should be: lost, away for a while, with another time.

use serde_json::{Value, json};

use super::program::{Program, refused};
use crate::support::{TestApp, TestStore, fronts::Front, ports::free_ports};

fn variables(endpoint: String, (id, secret): (String, String)) -> Vec<(&'static str, String)> {
    vec![
        ("STORAGE", "s3".to_owned()),
        ("S3_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", id),
        ("AWS_SECRET_ACCESS_KEY", secret),
        ("AWS_REGION", "us-east-1".to_owned()),
    ]
}

fn borrowed<'a>(variables: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
    variables
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect()
}

async fn buckets(store: &TestStore) -> Vec<String> {
    let found = store.sdk().list_buckets().send().await.unwrap();
    found
        .buckets()
        .iter()
        .filter_map(|bucket| bucket.name())
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn security_36_a_bucket_is_made_at_a_first_start_only() {
    let data = tempfile::tempdir().unwrap();
    let store = TestStore::start(Vec::new()).await;
    let mut variables = variables(store.endpoint.clone(), store.credentials());
    let program = Program::start_as(&data, &borrowed(&variables)).await;
    program.person().await;
    program.end().await;
    assert_eq!(buckets(&store).await, ["forepeak"]);

    // A typo, with accounts in the database.
    variables.push(("S3_BUCKET", "forepaek".to_owned()));
    let (status, said) = refused(&data, &borrowed(&variables)).await;
    assert_eq!(status, Some(1));
    assert!(
        said.contains("forepeak: S3_BUCKET: the bucket does not exist"),
        "{said}"
    );
    assert_eq!(buckets(&store).await, ["forepeak"], "none is made");
}

#[tokio::test]
async fn security_36_an_embedded_store_that_was_lost_is_not_begun_anew() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(&data).await;
    program.person().await;
    program.end().await;
    std::fs::remove_dir_all(data.path().join("data/objects")).unwrap();
    let (status, said) = refused(&data, &[]).await;
    assert_eq!(status, Some(1));
    assert!(
        said.contains("forepeak: DATA_DIR or S3_BUCKET: the store under"),
        "{said}"
    );
}

/// Security 40: storage that comes up after the program gets its bucket and its rules without a restart.
#[tokio::test]
async fn security_40_storage_that_comes_up_later_is_set_up_then() {
    let data = tempfile::tempdir().unwrap();
    let [port] = free_ports();
    let objects = tempfile::tempdir().unwrap();
    // Its keys exist before it listens.
    let keys = TestStore::keys_in(&objects).await;
    let variables = variables(format!("http://127.0.0.1:{port}"), keys);
    let program = Program::start_as(&data, &borrowed(&variables)).await;
    let ready = || async {
        let answer = reqwest::get(format!("{}/ready", program.url)).await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (status, body) = ready().await;
    assert_eq!(
        (status, &body["storage"], &body["cors"]),
        (503, &json!("unreachable"), &json!("unknown"))
    );
    assert!(
        body["detail"].as_str().unwrap().contains("S3_ENDPOINT_URL"),
        "{body}"
    );
    assert!(
        !body.to_string().contains(&port.to_string()),
        "no address: {body}"
    );

    let store = TestStore::start_in(objects, port).await;
    let set_up = async {
        loop {
            let (status, body) = ready().await;
            if status == 200 && body["cors"] == "ok" {
                return body;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), set_up)
        .await
        .expect("it is set up");
    assert_eq!(buckets(&store).await, ["forepeak"]);
    let rules = store
        .sdk()
        .get_bucket_cors()
        .bucket("forepeak")
        .send()
        .await
        .unwrap();
    assert!(
        rules.cors_rules()[0].allowed_origins().contains(&program.url),
        "{rules:?}"
    );
}

/// Signed URLs are good for minutes; with a clock that is off they are refused, while all else works.
#[tokio::test]
async fn a_clock_that_is_off_is_no_readiness() {
    let store = TestStore::start(Vec::new()).await;
    store.make_bucket().await;
    for (seconds, status, clock) in [
        (0, 200, "ok"),
        (30, 200, "ok"),
        (-3600, 503, "wrong"),
        (3600, 503, "wrong"),
    ] {
        let front = Front::with_clock_off(store.port(), seconds).await;
        let app = TestApp::builder()
            .store(store.client_by(&format!("http://127.0.0.1:{}", front.port)).await)
            .build()
            .await;
        let answer = app.anonymous().get("/ready").await;
        let body: Value = answer.json();
        assert_eq!(
            (answer.status.as_u16(), &body["clock"]),
            (status, &json!(clock)),
            "{seconds}: {body}"
        );
        if clock == "wrong" {
            assert!(body["detail"].as_str().unwrap().contains("NTP"), "{body}");
        }
    }
}

#[tokio::test]
async fn a_bucket_that_vanishes_is_named() {
    let app = TestApp::with_storage().await;
    app.storage()
        .sdk()
        .delete_bucket()
        .bucket("forepeak")
        .send()
        .await
        .unwrap();
    let answer = app.anonymous().get("/ready").await;
    let body: Value = answer.json();
    assert_eq!(
        (answer.status.as_u16(), &body["storage"]),
        (503, &json!("refused")),
        "{body}"
    );
    assert!(body["detail"].as_str().unwrap().contains("S3_BUCKET"), "{body}");
}
