use app::features::files::types::ObjectPage;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::support::{Answer, Form, TestApp, User};

/// Every route that takes a key or prefix, called with it. `encoded` is for query strings.
async fn every_route(who: &User, key: &str, encoded: &str) -> Vec<(&'static str, Answer)> {
    let file = || Form::new().file("f", "text/plain", b"intruder");
    let upload_id = "018f0000-0000-4000-8000-000000000001";
    let part = file()
        .text("key", key)
        .text("upload_id", upload_id)
        .text("part_number", "1");
    let parts = json!([{"part_number": 1, "etag": "x"}]);
    let complete = json!({"key": key, "upload_id": upload_id, "parts": parts});
    let sign = json!({"key": key, "upload_id": upload_id, "parts": [{"part_number": 1, "size": 1}]});
    let named = json!({"key": key, "upload_id": upload_id});
    vec![
        (
            "list",
            who.get(&format!("/api/s3/objects?prefix={encoded}")).await,
        ),
        (
            "search",
            who.get(&format!("/api/s3/search?query=x&prefix={encoded}")).await,
        ),
        (
            "metadata",
            who.get(&format!("/api/s3/object/metadata?key={encoded}")).await,
        ),
        (
            "versions",
            who.get(&format!("/api/s3/object/versions?key={encoded}")).await,
        ),
        ("object", who.get(&format!("/api/s3/object?key={encoded}")).await),
        (
            "download",
            who.post("/api/s3/download", json!({"key": key})).await,
        ),
        ("folder", who.post("/api/s3/folder", json!({"prefix": key})).await),
        (
            "upload",
            who.post_form("/api/s3/upload", file().text("key", key)).await,
        ),
        (
            "delete",
            who.delete_json("/api/s3/object", json!({"key": key})).await,
        ),
        (
            "delete many",
            who.delete_json("/api/s3/objects", json!({"keys": [key]})).await,
        ),
        (
            "undelete",
            who.post(
                "/api/s3/objects/undelete",
                json!({"markers": [{"key": key, "version_id": "null"}]}),
            )
            .await,
        ),
        (
            "initiate",
            who.post("/api/s3/multipart/initiate", json!({"key": key})).await,
        ),
        ("sign parts", who.post("/api/s3/multipart/parts", sign).await),
        (
            "stored parts",
            who.get(&format!(
                "/api/s3/multipart/parts?key={encoded}&upload_id={upload_id}"
            ))
            .await,
        ),
        ("complete", who.post("/api/s3/multipart/complete", complete).await),
        ("abort", who.delete_json("/api/s3/multipart", named).await),
        (
            "upload part",
            who.post_form("/api/s3/multipart/upload-part", part).await,
        ),
    ]
}

async fn planned(who: &User, key: &str) -> Value {
    let body = json!({"files": [{"key": key, "size": 1}]});
    who.post("/api/s3/uploads", body).await.ok::<Value>()["uploads"][0].clone()
}

fn encoded(key: &str) -> String {
    utf8_percent_encode(key, NON_ALPHANUMERIC).to_string()
}

#[tokio::test]
async fn security_18_21_a_neighbours_key_is_refused_alike_whether_or_not_it_exists() {
    let app = TestApp::with_storage().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let there = bob.upload("secret", "text/plain", b"x").await;
    let before = app.inventory().await;
    let absent = bob.key("absent");

    let (there, absent) = (
        every_route(&ada, &there, &encoded(&there)).await,
        every_route(&ada, &absent, &encoded(&absent)).await,
    );
    for ((what, one), (_, other)) in there.iter().zip(&absent) {
        assert_eq!(one.status, 403, "{what}: {}", one.text());
        assert_eq!((one.status, &one.body), (other.status, &other.body), "{what}");
    }
    let foreign = [
        "users/".to_owned(),
        format!("users/{}", ada.id),
        format!("users/{}x/a", ada.id),
        format!("/users/{}/a", ada.id),
        format!("Users/{}/a", ada.id),
        "\u{ff0e}\u{ff0e}/a".to_owned(),
        "*".to_owned(),
        "${aws:username}/a".to_owned(),
    ];
    for key in foreign {
        for (what, answer) in every_route(&ada, &key, &encoded(&key)).await {
            // `folder` adds the slash that makes the root of it, which is no key.
            let status = if what == "folder" && key == format!("users/{}", ada.id) {
                400
            } else {
                403
            };
            assert_eq!(answer.status, status, "{what} {key}: {}", answer.text());
        }
        assert_eq!(
            planned(&ada, &key).await["error"]["code"],
            "PERMISSION_DENIED",
            "{key}"
        );
    }
    assert_eq!(app.inventory().await, before);
}

#[tokio::test]
async fn security_19_keys_that_could_be_read_two_ways_are_refused_everywhere() {
    let app = TestApp::with_storage().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    bob.upload("secret", "text/plain", b"x").await;
    let before = app.inventory().await;
    let hostile = [
        format!("../{}/secret", bob.id),
        "a/../b".to_owned(),
        "./a".to_owned(),
        "a/.".to_owned(),
        "..".to_owned(),
        "a\0b".to_owned(),
        "a\r\nSet-Cookie: x".to_owned(),
        "a\u{7f}".to_owned(),
        "a\u{85}".to_owned(),
        "x".repeat(1024),
        "\u{1f4be}".repeat(256),
    ];
    for path in hostile {
        let key = ada.key(&path);
        for (what, answer) in every_route(&ada, &key, &encoded(&key)).await {
            assert_eq!(answer.status, 400, "{what} {path:?}: {}", answer.text());
            let fields = answer.error(400).fields;
            let named = fields
                .keys()
                .any(|field| matches!(field.as_str(), "key" | "prefix" | "keys[0]" | "markers[0].key"));
            assert!(named, "{what} {path:?}: {fields:?}");
        }
        assert_eq!(
            planned(&ada, &key).await["error"]["code"],
            "VALIDATION_ERROR",
            "{path:?}"
        );
    }
    // As it stands in the URL: decoded once, these are dots, a NUL, half a character.
    let prefix = ada.key("");
    for raw in [
        "%2e%2e/x",
        "%2E%2E%2Fx",
        ".%2e/x",
        "a%00b",
        "a%ff",
        "a%c0%ae%c0%ae/x",
    ] {
        for route in [
            "objects?prefix",
            "object?key",
            "object/metadata?key",
            "object/versions?key",
        ] {
            let answer = ada.get(&format!("/api/s3/{route}={prefix}{raw}")).await;
            assert_eq!(answer.status, 400, "{route} {raw}: {}", answer.text());
        }
    }
    assert_eq!(app.inventory().await, before);
}

#[tokio::test]
async fn security_19_every_other_key_is_kept_byte_for_byte() {
    let app = TestApp::with_storage().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    bob.upload("secret", "text/plain", b"x").await;
    let theirs = bob.get("/api/s3/objects").await.ok::<ObjectPage>();
    let odd = [
        "a b+c.txt",
        "%2e%2e",
        "%252e%252e",
        "100%",
        "a//b",
        "back\\slash",
        "..\\x",
        "...",
        "..a/b..",
        "\u{e9}",
        "e\u{301}",
        "\u{1f4be} disk",
        "q?a=b&c#d",
        "quote\"'<>&amp;",
        "~!@$^*()[]{}|;:,=",
        "\u{202e}txt.exe",
        "tail ",
        " lead",
    ];
    for path in odd {
        let key = ada.upload(path, "text/plain", path.as_bytes()).await;
        let read = ada.get(&format!("/api/s3/object?key={}", encoded(&key))).await;
        assert_eq!((read.status.as_u16(), read.text()), (200, path));
        let link: Value = ada.post("/api/s3/download", json!({"key": key})).await.ok();
        let direct = reqwest::get(link["url"].as_str().unwrap()).await.unwrap();
        assert_eq!(
            (direct.status().as_u16(), direct.text().await.unwrap().as_str()),
            (200, path)
        );

        let plan = planned(&ada, &format!("{key}.put")).await;
        let mut put = reqwest::Client::new()
            .put(plan["url"].as_str().unwrap())
            .body("y");
        for (name, value) in plan["headers"].as_object().unwrap() {
            put = put.header(name, value.as_str().unwrap());
        }
        assert_eq!(put.send().await.unwrap().status(), 200, "{path}");
    }
    let list = ada
        .get("/api/s3/objects?recursive=true&max_keys=1000")
        .await
        .ok::<ObjectPage>();
    let mut expected: Vec<_> = odd
        .iter()
        .flat_map(|path| [ada.key(path), ada.key(&format!("{path}.put"))])
        .collect();
    expected.sort();
    assert_eq!(
        list.objects.iter().map(|o| o.key.clone()).collect::<Vec<_>>(),
        expected
    );

    let answer: Value = ada
        .delete_json("/api/s3/objects", json!({"keys": expected}))
        .await
        .ok();
    assert_eq!(answer["errors"], json!([]));
    assert!(
        ada.get("/api/s3/objects")
            .await
            .ok::<ObjectPage>()
            .objects
            .is_empty()
    );
    assert_eq!(bob.get("/api/s3/objects").await.ok::<ObjectPage>(), theirs);
}

#[tokio::test]
async fn nobody_in_particular_is_answered_nothing() {
    let app = TestApp::with_storage().await;
    let nobody = User {
        client: app.anonymous(),
        ..app.user("ada").await
    };
    let key = nobody.key("a");
    for (what, answer) in every_route(&nobody, &key, &encoded(&key)).await {
        assert_eq!(answer.error(401).detail, "Not authenticated", "{what}");
    }
    for path in ["/api/s3/user-prefix", "/api/s3/multipart"] {
        nobody.get(path).await.error(401);
    }
    nobody
        .post("/api/s3/uploads", json!({"files": []}))
        .await
        .error(401);
}
