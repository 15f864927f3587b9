//! The API's documentation.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::TestApp;

fn document() -> Value {
    serde_json::from_str(&server::router::openapi("forepeak-8000").to_json().unwrap()).unwrap()
}

#[test]
fn the_document_is_the_one_that_was_agreed() {
    insta::assert_snapshot!(
        "openapi",
        server::router::openapi("forepeak-8000").to_pretty_json().unwrap()
    );
}

#[test]
fn every_operation_has_a_name_of_its_own_and_says_how_it_fails() {
    let document = document();
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if let Some(id) = operation["operationId"].as_str() {
                assert!(names.insert(id.to_owned()), "{method} {path}: {id} is taken");
            }
            if operation["tags"][0] == "Operations" {
                continue;
            }
            for (status, response) in operation["responses"].as_object().unwrap() {
                if status.starts_with(['4', '5']) {
                    let schema = &response["content"]["application/json"]["schema"]["$ref"];
                    assert_eq!(
                        schema, "#/components/schemas/ApiError",
                        "{method} {path} {status}"
                    );
                }
            }
            if operation["security"].is_array() {
                assert!(operation["responses"]["401"].is_object(), "{method} {path}");
            }
        }
    }
}

#[test]
fn every_schema_that_is_named_is_there() {
    let document = document();
    let text = document.to_string();
    let named = text.split("#/components/schemas/").skip(1);
    let named: BTreeSet<&str> = named.filter_map(|rest| rest.split('"').next()).collect();
    let missing: Vec<_> = named
        .into_iter()
        .filter(|name| !document["components"]["schemas"][name].is_object())
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn older_paths_are_marked() {
    let document = document();
    for path in [
        "/auth/login",
        "/auth/register",
        "/auth/me",
        "/auth/profile",
        "/token",
        "/api/token",
    ] {
        let item = document["paths"][path]
            .as_object()
            .unwrap_or_else(|| panic!("{path}"));
        for operation in item.values() {
            assert_eq!(operation["tags"][0], "Compatibility", "{path}");
            assert_eq!(operation["deprecated"], true, "{path}");
        }
    }
}

#[tokio::test]
async fn the_pages_load_nothing_from_elsewhere() {
    let app = TestApp::new().await;
    let stranger = app.anonymous();
    let served: Value = stranger.get("/api/openapi.json").await.ok();
    assert_eq!(served, document());
    let moved = stranger.get("/docs").await;
    assert_eq!(
        (moved.status.as_u16(), moved.header("location")),
        (303, Some("/api/docs/"))
    );

    for page in ["/api/docs/", "/api/redoc"] {
        let answer = stranger.get(page).await;
        assert_eq!(answer.status, 200, "{page}");
        assert!(
            answer.header("content-type").unwrap().starts_with("text/html"),
            "{page}"
        );
        assert!(!answer.text().contains("://"), "{page}: {}", answer.text());
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.contains("script-src 'self';") && !policy.contains("unsafe-eval"),
            "{policy}"
        );
    }
    for script in ["/api/docs/swagger-ui-bundle.js", "/api/redoc/redoc.standalone.js"] {
        let answer = stranger.get(script).await;
        assert_eq!(answer.status, 200, "{script}");
        assert!(
            answer.header("content-type").unwrap().contains("javascript"),
            "{script}"
        );
        assert!(answer.body.len() > 100_000, "{script}");
    }
}

#[tokio::test]
async fn production_serves_them_only_when_told_to() {
    let production = || {
        TestApp::builder()
            .var("APP_ENV", "production")
            .var("PUBLIC_URL", "https://files.example.org")
    };
    let (closed, open) = (
        production().build().await,
        production().var("API_DOCS", "true").build().await,
    );
    for page in ["/api/docs/", "/api/redoc", "/api/openapi.json", "/docs"] {
        assert_eq!(closed.anonymous().get(page).await.status, 404, "{page}");
        assert!(open.anonymous().get(page).await.status.as_u16() < 400, "{page}");
    }
}
