//! What a browser without script gets.

use axum::body::Body;
use http::Method;
use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn the_first_address_leads_where_one_belongs() {
    let app = TestApp::new().await;
    let stranger = app.anonymous().get("/").await;
    assert_eq!(
        (stranger.status.as_u16(), stranger.header("location")),
        (303, Some("/sign-in"))
    );
    app.user("ada").await;
    let browser = app.browser_of("ada").await;
    assert_eq!(browser.get("/").await.header("location"), Some("/files/"));
    let answer = browser.get("/sign-in?next=%2Ffiles%2Fa%2F").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (303, Some("/files/a/"))
    );
    let answer = browser.get("/sign-in?next=%2F%2Fevil.example").await;
    assert_eq!(answer.header("location"), Some("/files/"));
}

#[tokio::test]
async fn a_stranger_signs_in_first_and_comes_back() {
    let app = TestApp::new().await;
    for (asked, back) in [
        ("/files/", "/files/"),
        ("/files", "/files"),
        (
            "/files/a%2520b/?selected=x%26y",
            "/files/a%252520b/%3Fselected%3Dx%2526y",
        ),
    ] {
        let answer = app.anonymous().get(asked).await;
        let expected = format!("/sign-in?next={back}");
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (303, Some(expected.as_str()))
        );
    }
}

#[tokio::test]
async fn names_are_readable_before_any_script_runs() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let folder = json!({"prefix": ada.key("Holiday pictures/")});
    assert!(ada.post("/api/s3/folder", folder).await.status.is_success());
    let browser = app.browser_of("ada").await;
    let page = browser.get("/files/").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(page.text().contains("Holiday pictures"), "{}", page.text());

    let bob = app.user("bob").await;
    let other = app.browser_of(&bob.username).await;
    assert!(!other.get("/files/").await.text().contains("Holiday pictures"));
}

#[tokio::test]
async fn security_40_a_page_without_storage_says_so_by_its_status_too() {
    let app = TestApp::new().await;
    app.user("ada").await;
    let browser = app.browser_of("ada").await;
    for address in ["/files/", "/files/a/", "/files/?search=x", "/files/?details=a"] {
        let page = browser.get(address).await;
        assert_eq!(
            (page.status.as_u16(), page.header("retry-after")),
            (503, Some("5")),
            "{address}"
        );
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(
            page.text().contains("Storage cannot be reached"),
            "{}",
            page.text()
        );
    }
}

#[tokio::test]
async fn results_are_readable_before_any_script_runs() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    for name in ["logs/2024/Harbour report.txt", "logs/other.txt", "harbour/x.txt"] {
        ada.upload(name, "text/plain", b"x").await;
    }
    let browser = app.browser_of("ada").await;
    let page = browser.get("/files/logs/?search=harbour+REPORT").await;
    assert_eq!(page.status, 200);
    assert!(
        page.text()
            .contains("/files/logs/2024/?details=Harbour%20report.txt"),
        "{}",
        page.text()
    );
    assert!(!page.text().contains("other.txt") && !page.text().contains("x.txt"));
    // No page for a search for nothing: it is the folder.
    assert!(
        browser
            .get("/files/logs/?search=+")
            .await
            .text()
            .contains("other.txt")
    );
}

#[tokio::test]
async fn an_address_that_nothing_is_at_says_so_as_a_page() {
    let app = TestApp::new().await;
    let answer = app.anonymous().get("/nothing/here").await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(answer.text().contains("<h1"), "{}", answer.text());
}

#[tokio::test]
async fn files_of_the_site_are_served_and_nothing_beside_it() {
    let app = TestApp::new().await;
    let site = &app.state.config.site.root;
    std::fs::create_dir(site.join("pkg")).unwrap();
    std::fs::write(site.join("pkg/forepeak.wasm"), b"\0asm").unwrap();
    std::fs::write(site.join("robots.txt"), "User-agent: *").unwrap();
    let stranger = app.anonymous();

    let wasm = stranger.get("/pkg/forepeak.wasm").await;
    assert_eq!(
        (wasm.status.as_u16(), wasm.header("content-type")),
        (200, Some("application/wasm"))
    );
    assert_eq!(
        wasm.header("cache-control"),
        Some("no-cache"),
        "its name says nothing of its content"
    );
    assert_eq!(stranger.get("/robots.txt").await.text(), "User-agent: *");
    assert_eq!(stranger.get("/pkg/nothing.js").await.status, 404);
    let head = stranger
        .request(Method::HEAD, "/robots.txt", Body::empty(), None)
        .await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    for outside in [
        "/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/pkg/..%2f..%2fCargo.toml",
        "/pkg/%2e%2e/%2e%2e/etc/passwd",
    ] {
        assert_eq!(stranger.get(outside).await.status, 404, "{outside}");
    }

    let hashed = TestApp::builder().var("LEPTOS_HASH_FILES", "true").build().await;
    let root = &hashed.state.config.site.root;
    std::fs::create_dir(root.join("pkg")).unwrap();
    std::fs::write(root.join("pkg/forepeak.abc.wasm"), b"\0asm").unwrap();
    let wasm = hashed.anonymous().get("/pkg/forepeak.abc.wasm").await;
    assert_eq!(
        wasm.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
}

/// Pages that are rendered at the same time share threads, and nothing else: each has the title of its own folder.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn security_21_pages_rendered_at_once_keep_to_themselves() {
    let app = TestApp::with_storage().await;
    let mut visits = tokio::task::JoinSet::new();
    for name in ["ada", "bob", "cleo", "dan"] {
        app.user(name).await;
        let browser = app.browser_of(name).await;
        visits.spawn(async move {
            for page in 0..40 {
                let folder = format!("{name}-{page}");
                let answer = browser.get(&format!("/files/{folder}/")).await;
                let title = format!("<title>{folder} · Forepeak</title>");
                assert_eq!(answer.status, 200);
                assert!(answer.text().contains(&title), "{title} in {}", answer.text());
                let answer = browser.get("/settings/profile").await;
                assert_eq!(answer.status, 200);
                assert!(
                    answer.text().contains("<title>Profile · Forepeak</title>"),
                    "{}",
                    answer.text()
                );
            }
        });
    }
    visits.join_all().await;
}
