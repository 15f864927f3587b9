use app::contract::ErrorCode;
use futures::future::join_all;
use http::Method;
use serde_json::{Value, json};

use super::{create, delete, made, names, put};
use crate::support::{Answer, Client, TestApp, on_both_databases};

async fn create_by_query(client: &Client, query: &str) -> Answer {
    client
        .request(
            Method::POST,
            &format!("/api/buckets/create{query}"),
            axum::body::Body::empty(),
            None,
        )
        .await
}

on_both_databases! {
    with storage;

    async fn a_bucket_is_made_and_set_up(app) {
        let ada = app.user("ada").await;
        let answer = create_by_query(&ada, "?bucket_name=adas-bucket").await;
        assert_eq!(answer.status, 201);
        let made: Value = answer.json();
        assert_eq!(made["message"], "Bucket adas-bucket created successfully");
        assert_eq!((&made["bucket_name"], &made["region"]), (&json!("adas-bucket"), &json!("us-east-1")));
        // The embedded store takes no rules for what grows old.
        assert_eq!(made["warnings"].as_array().unwrap().len(), 1, "{made}");
        let versioning = app.storage().sdk().get_bucket_versioning().bucket("adas-bucket").send().await.unwrap();
        assert_eq!(versioning.status().unwrap().as_str(), "Enabled");
        let page: Value = ada.get("/api/buckets/").await.ok();
        assert_eq!(page["buckets"], json!(["adas-bucket"]));
        let item = &page["items"][0];
        assert_eq!((&item["state"], &item["region"]), (&json!("ready"), &json!("us-east-1")));
        assert_eq!(item["owner"], json!({"id": ada.id, "username": "ada"}));
    }

    async fn a_name_is_made_up(app) {
        let ada = app.user("ada").await;
        let made: Value = create_by_query(&ada, "").await.json();
        let name = made["bucket_name"].as_str().unwrap().to_owned();
        let digits = name.strip_prefix("bucket-").unwrap();
        assert!(digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase()), "{name}");
        assert_eq!(names(&ada).await, [name]);
    }

    async fn another_region_is_another_address(app) {
        let ada = app.user("ada").await;
        let made: Value = create_by_query(&ada, "?bucket_name=in-the-west&region=us-west-2").await.json();
        assert_eq!(made["region"], "us-west-2");
        let location = app.storage().sdk().get_bucket_location().bucket("in-the-west").send().await.unwrap();
        assert_eq!(location.location_constraint().unwrap().as_str(), "us-west-2");
        put(&ada, "in-the-west", "a/b.txt", b"far away").await;
        assert_eq!(ada.get("/api/buckets/in-the-west/items/a/b.txt").await.text(), "far away");
        let details: Value = ada.get("/api/buckets/in-the-west").await.ok();
        assert_eq!((&details["region"], &details["objects"]), (&json!("us-west-2"), &json!(1)));
    }

    async fn of_fifty_who_want_one_name_one_gets_it(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let answers = join_all((0..50).map(|n| {
            let client = if n % 2 == 0 { &ada } else { &bob };
            create(client, "wanted")
        }))
        .await;
        let statuses = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
        assert_eq!((statuses(201), statuses(409)), (1, 49));
        let owners = [names(&ada).await.len(), names(&bob).await.len()];
        assert_eq!(owners.iter().sum::<usize>(), 1, "{owners:?}");
    }

    async fn nobody_has_more_buckets_than_they_may(app) {
        let ada = app.user("ada").await;
        let names_wanted: Vec<_> = (0..23).map(|n| format!("adas-{n}")).collect();
        let answers = join_all(names_wanted.iter().map(|name| create(&ada, name))).await;
        let made = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(made, 20);
        let refused = answers.iter().find(|answer| answer.status != 201).unwrap();
        assert_eq!(refused.error(409).code, ErrorCode::Conflict);
        assert!(refused.error(409).detail.starts_with("You have 20 buckets"), "{}", refused.text());
        assert_eq!(delete(&ada, &names(&ada).await[0]).await.status, 200);
        assert_eq!(create(&ada, "one-more").await.status, 201);
    }
}

#[tokio::test]
async fn a_name_that_s3_would_refuse_is_refused_here() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    for name in [
        "ab",
        "Upper",
        "under_score",
        "192.168.0.1",
        "xn--a",
        "a..b",
        "-ab",
        "abc-s3alias",
    ] {
        let refused = create_by_query(&ada, &format!("?bucket_name={name}"))
            .await
            .error(400);
        assert!(refused.fields.contains_key("bucket_name"), "{name}");
        assert_eq!(create(&ada, name).await.status, 400, "{name}");
    }
    assert_eq!(create_by_query(&ada, "?bucket_name=create").await.status, 400);
    assert_eq!(create_by_query(&ada, "?name=other").await.status, 400);
    let refused = create_by_query(&ada, "?region=Nowhere!").await.error(400);
    assert!(refused.fields.contains_key("region"));
    assert!(names(&ada).await.is_empty());
}

#[tokio::test]
async fn who_makes_buckets_is_configured() {
    for (rule, users, admins) in [("admins", 403, 201), ("off", 403, 403), ("on", 201, 201)] {
        let app = TestApp::builder()
            .storage()
            .var("USER_BUCKETS", rule)
            .build()
            .await;
        let (ada, root) = (app.user("ada").await, app.admin("root").await);
        assert_eq!(create(&ada, "a-users").await.status, users, "{rule}");
        assert_eq!(create(&root, "an-admins").await.status, admins, "{rule}");
    }
    let app = TestApp::builder()
        .storage()
        .var("USER_BUCKETS_MAX", "1")
        .build()
        .await;
    let ada = app.user("ada").await;
    made(&ada, "the-first").await;
    assert_eq!(create(&ada, "the-second").await.status, 409);
}
