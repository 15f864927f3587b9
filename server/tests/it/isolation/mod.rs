//! Security 18 and 19: one person's requests never reach another's files, however a key is written.

pub(crate) mod changes;

use axum::body::Body;
use http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp, User};

/// Routes that take a key, or a prefix, in the query.
pub(crate) const BY_QUERY: [&str; 16] = [
    "/api/s3/object?key=",
    "/api/s3/object/metadata?key=",
    "/api/s3/object/versions?key=",
    "/api/s3/multipart/parts?upload_id=x&key=",
    "/api/s3/objects?prefix=",
    "/api/s3/search?query=a&prefix=",
    "/api/s3/archive?prefix=",
    "/api/s3/archive?keys=",
    "/api/s3/archive/entries?key=",
    "/api/s3/archive/entry?name=a&key=",
    "/api/s3/object/tags?key=",
    "/api/s3/object/versions/space?prefix=",
    "/api/s3/usage?prefix=",
    "/api/s3/deleted?prefix=",
    "/api/s3/history?as_of=2024-01-01T00:00:00Z&prefix=",
    "/api/s3/history/changes?as_of=2024-01-01T00:00:00Z&prefix=",
];

/// Everything that a user has, versions included.
async fn inventory(user: &User) -> String {
    let page = user
        .get(&format!("/api/s3/objects?recursive=true&prefix={}", user.key("")))
        .await;
    assert_eq!(page.status, 200, "{}", page.text());
    let key = user.key("secret.txt");
    format!(
        "{}{}",
        page.text(),
        user.get(&format!("/api/s3/object/versions?key={key}"))
            .await
            .text()
    )
}

/// Every request with a key in its body.
pub(crate) async fn by_body(user: &User, key: &str) -> Vec<(String, Answer)> {
    let mut answers = Vec::new();
    for (method, path, body) in [
        (Method::POST, "/api/s3/download", json!({"key": key})),
        (Method::POST, "/api/s3/folder", json!({"prefix": key})),
        (Method::POST, "/api/s3/multipart/initiate", json!({"key": key})),
        (
            Method::DELETE,
            "/api/s3/multipart",
            json!({"key": key, "upload_id": "x"}),
        ),
        (Method::DELETE, "/api/s3/object", json!({"key": key})),
        (
            Method::PATCH,
            "/api/s3/object/metadata",
            json!({"key": key, "tags": {"a": "b"}}),
        ),
        (
            Method::POST,
            "/api/s3/object/restore",
            json!({"prefix": key, "as_of": "2024-01-01T00:00:00Z", "delete_added": true}),
        ),
        (Method::DELETE, "/api/s3/objects", json!({"keys": [key]})),
        (Method::POST, "/api/s3/archive", json!({"keys": [key]})),
        (Method::POST, "/api/s3/archive", json!({"prefixes": [key]})),
        (
            Method::POST,
            "/api/s3/archive",
            json!({"prefixes": [user.key("")], "except": [key]}),
        ),
    ] {
        let answer = user
            .request(
                method.clone(),
                path,
                body.to_string().into(),
                Some("application/json"),
            )
            .await;
        answers.push((format!("{method} {path} {key:?}"), answer));
    }
    let plan = user
        .post("/api/s3/uploads", json!({"files": [{"key": key, "size": 1}]}))
        .await;
    assert_eq!(plan.ok::<Value>()["uploads"][0]["method"], "refused", "{key:?}");
    answers
}

async fn neighbours(app: &TestApp, first: &str, second: &str) -> (User, User) {
    let (ada, bob) = (app.user(first).await, app.user(second).await);
    let form = format!(
        "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n{}\r\n\
         --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nhers\r\n--b--\r\n",
        bob.key("secret.txt")
    );
    let kind = "multipart/form-data; boundary=b";
    assert_eq!(
        bob.request(Method::POST, "/api/s3/upload", form.into(), Some(kind))
            .await
            .status,
        200
    );
    (ada, bob)
}

#[tokio::test]
async fn security_18_the_prefix_is_an_id_with_its_slash() {
    let app = TestApp::with_storage().await;
    for (first, second) in [("abc", "abcd"), ("...", "@@@"), ("+_-", "users")] {
        let (ada, bob) = neighbours(&app, first, second).await;
        let before = inventory(&bob).await;
        let id = bob.id.to_string();
        for key in [
            bob.key("secret.txt"),
            format!("users/{id}"),
            format!("users/{}", &id[..8]),
            format!("users/{}/", id.to_uppercase()),
            format!("users/{}x/secret.txt", ada.id),
            format!("Users/{}/secret.txt", ada.id),
            format!("/users/{}/secret.txt", ada.id),
            format!("users//{}/secret.txt", ada.id),
            format!("users/{}", ada.id),
            format!("users/{}/secret.txt", bob.username),
            "users/".to_owned(),
            "users".to_owned(),
            "secret.txt".to_owned(),
            "*".to_owned(),
        ] {
            for route in BY_QUERY {
                let answer = ada.get(&format!("{route}{key}")).await;
                assert_eq!(answer.status, 403, "{route}{key}: {}", answer.text());
            }
            // A folder's closing slash is added before the check: `users/<own id>` is then the root itself.
            for (call, answer) in by_body(&ada, &key).await {
                let refused = matches!(answer.status.as_u16(), 400 | 403);
                assert!(refused, "{call}: {} {}", answer.status, answer.text());
            }
        }
        assert_eq!(inventory(&bob).await, before);
    }
}

#[tokio::test]
async fn security_19_a_key_is_decoded_once_and_refused_when_it_could_be_read_two_ways() {
    let app = TestApp::with_storage().await;
    let (ada, bob) = neighbours(&app, "ada", "bob").await;
    let before = inventory(&bob).await;
    let to_bob = format!("../{}/secret.txt", bob.id);
    for (encoded, plain) in [
        (to_bob.clone(), to_bob.clone()),
        (to_bob.replace("..", "%2e%2e"), to_bob.clone()),
        (to_bob.replace('/', "%2F"), to_bob.clone()),
        (
            format!("a%2F..%2F..%2F{}%2Fsecret.txt", bob.id),
            format!("a/../../{}/secret.txt", bob.id),
        ),
        ("./a".to_owned(), "./a".to_owned()),
        ("a/.".to_owned(), "a/.".to_owned()),
        ("a%00b".to_owned(), "a\0b".to_owned()),
        ("a%0D%0Ab".to_owned(), "a\r\nb".to_owned()),
        ("a%7Fb".to_owned(), "a\u{7f}b".to_owned()),
        ("a%C2%85b".to_owned(), "a\u{85}b".to_owned()),
        ("x".repeat(1024), "x".repeat(1024)),
    ] {
        for route in BY_QUERY {
            let answer = ada.get(&format!("{route}{}", ada.key(&encoded))).await;
            assert_eq!(answer.status, 400, "{route}{encoded}: {}", answer.text());
        }
        for (call, answer) in by_body(&ada, &ada.key(&plain)).await {
            assert_eq!(answer.status, 400, "{call}: {}", answer.text());
        }
    }
    // Bytes that are no UTF-8: overlong slashes and dots among them.
    for bytes in [
        "%FF",
        "%C0%AE%C0%AE",
        "%C0%AF",
        "%ED%A0%80",
        "%F8%88%80%80%80",
        "a%E9b",
    ] {
        for route in BY_QUERY {
            let answer = ada.get(&format!("{route}{}", ada.key(bytes))).await;
            assert_eq!(answer.status, 400, "{route}{bytes}: {}", answer.text());
        }
    }
    assert_eq!(inventory(&bob).await, before);
}

#[tokio::test]
async fn security_19_everything_else_is_kept_byte_for_byte() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let names = [
        "a b",
        "a+b",
        "100%",
        "%2e%2e",
        "%252e%252e",
        "a\\..\\b",
        "..a",
        "a..",
        "...",
        "a//b",
        "e\u{301}",
        "\u{e9}",
        "🎉",
        "日本語",
        "a?b#c&d=e",
        "'\"<>`;|$()",
        "~",
        "\u{202e}gpj.exe",
        "-rf",
    ];
    for name in names {
        let key = ada.key(name);
        let form = format!(
            "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n{key}\r\n\
             --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n{name}\r\n--b--\r\n"
        );
        let kind = "multipart/form-data; boundary=b";
        let answer = ada
            .request(Method::POST, "/api/s3/upload", Body::from(form), Some(kind))
            .await;
        assert_eq!(answer.ok::<Value>()["key"], key, "{name}");
    }
    for name in names {
        let query = serde_urlencoded::to_string([("key", ada.key(name))]).unwrap();
        assert_eq!(ada.get(&format!("/api/s3/object?{query}")).await.text(), name);
    }
    let page: Value = ada.get("/api/s3/objects?recursive=true").await.ok();
    let mut listed: Vec<_> = page["objects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o["key"].as_str().unwrap().to_owned())
        .collect();
    let mut stored: Vec<_> = names.iter().map(|name| ada.key(name)).collect();
    listed.sort();
    stored.sort();
    assert_eq!(listed, stored);
}
