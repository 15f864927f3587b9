//! URLs that give one archive, once, to the one who asked for it.

use app::{
    contract::ErrorCode,
    features::admin::types::{UpdateUserRequest, UserStatus},
};
use http::Request;
use serde_json::{Value, json};
use server::features::admin::Authority;

use super::{by_python, download, names, on_disk};
use crate::support::{TestApp, User, on_both_databases};

async fn link(user: &User, path: &str) -> String {
    let link: Value = user
        .post("/api/s3/archive", json!({"keys": [user.key(path)]}))
        .await
        .ok();
    assert_eq!(link["expires_in"], 300);
    let url = link["url"].as_str().unwrap();
    let path = url.strip_prefix("http://127.0.0.1:8000").unwrap();
    path.to_owned()
}

async fn waiting(app: &TestApp) -> i64 {
    sqlx::query_scalar("SELECT COUNT(*) FROM archive_selections")
        .fetch_one(app.state.platform.db.pool())
        .await
        .unwrap()
}

on_both_databases! {
    with storage;

    async fn a_url_is_good_once_for_its_maker(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        ada.upload("a.txt", "text/plain", b"hello").await;
        let url = link(&ada, "a.txt").await;
        let (_, token) = url.split_once("selection=").unwrap();
        assert_eq!(token.len(), "fpk_zip_".len() + 64);

        // Nobody else uses it, nor uses it up.
        assert_eq!(bob.get(&url).await.error(404).code, ErrorCode::ResourceNotFound);
        app.anonymous().get(&url).await.error(401);
        let head = Request::head(&url)
            .header("authorization", format!("Bearer {}", ada.tokens.access_token))
            .body(axum::body::Body::empty())
            .unwrap();
        let head = ada.send(head).await;
        assert_eq!(head.status, 200);

        let archive = download(&ada, &url).await;
        assert_eq!(head.header("content-length"), Some(archive.len().to_string().as_str()));
        assert_eq!(names(&by_python(on_disk(&archive).path())), ["a.txt"]);
        let again = ada.get(&url).await.error(404);
        assert_eq!(again.detail, bob.get(&url).await.error(404).detail);
        assert_eq!(waiting(&app).await, 0);
        ada.get("/api/s3/archive?selection=fpk_zip_made_up").await.error(404);
    }

    async fn of_many_at_once_one_gets_it(app) {
        let ada = app.user("ada").await;
        ada.upload("a.txt", "text/plain", b"hello").await;
        let url = link(&ada, "a.txt").await;
        let answers = futures::future::join_all((0..8).map(|_| ada.get(&url))).await;
        let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 404, 404, 404, 404, 404, 404, 404]);
    }

    async fn it_ends_with_its_time_and_with_its_makers_account(app) {
        let ada = app.user("ada").await;
        ada.upload("a.txt", "text/plain", b"hello").await;
        let url = link(&ada, "a.txt").await;
        app.clock.advance(time::Duration::seconds(300));
        ada.get(&url).await.error(404);
        let other = link(&ada, "a.txt").await;
        assert_eq!(waiting(&app).await, 1, "what is over goes when the next is made");
        app.clock.advance(time::Duration::seconds(299));
        app.state.archives.sweep().await.unwrap();
        download(&ada, &other).await;
        let other = link(&ada, "a.txt").await;
        app.clock.advance(time::Duration::seconds(300));
        assert_eq!(waiting(&app).await, 1);
        app.state.archives.sweep().await.unwrap();
        assert_eq!(waiting(&app).await, 0);
        ada.get(&other).await.error(404);

        let url = link(&ada, "a.txt").await;
        let browser = app.browser_of("ada").await;
        let disabled = UpdateUserRequest {
            status: Some(UserStatus::Disabled),
            ..UpdateUserRequest::default()
        };
        app.state.administration.update(&Authority::operator(), ada.id, disabled).await.unwrap();
        ada.get(&url).await.error(401);
        browser.get(&url).await.error(401);
    }

    async fn ten_wait_and_the_oldest_gives_way(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        ada.upload("a.txt", "text/plain", b"hello").await;
        bob.upload("a.txt", "text/plain", b"hello").await;
        let bobs = link(&bob, "a.txt").await;
        let mut urls = Vec::new();
        for _ in 0..11 {
            urls.push(link(&ada, "a.txt").await);
            app.clock.advance(time::Duration::seconds(1));
        }
        assert_eq!(waiting(&app).await, 11);
        ada.get(&urls[0]).await.error(404);
        for url in &urls[1..] {
            download(&ada, url).await;
        }
        download(&bob, &bobs).await;
    }

    async fn a_url_whose_archive_could_not_be_made_is_good_for_another_try(app) {
        let ada = app.user("ada").await;
        let url = link(&ada, "later.txt").await;
        ada.get(&url).await.error(404);
        ada.upload("later.txt", "text/plain", b"hello").await;
        download(&ada, &url).await;
    }
}

#[tokio::test]
async fn a_browser_needs_no_header_for_it() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    ada.upload("a.txt", "text/plain", b"hello").await;
    let browser = app.browser_of("ada").await;
    let made: Value = browser
        .post("/api/s3/archive", json!({"keys": [ada.key("a.txt")]}))
        .await
        .ok();
    let url = made["url"].as_str().unwrap();
    // A page that the browser goes to, with the cookie alone.
    let navigation = browser.stolen_by(app.anonymous()).with("sec-fetch-site", "none");
    assert!(download(&navigation, url).await.starts_with(b"PK\x03\x04"));
}

#[tokio::test]
async fn only_a_hash_of_it_is_kept() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await;
    let url = link(&ada, "a.txt").await;
    let (_, token) = url.split_once("selection=").unwrap();
    let row: (String, String) = sqlx::query_as("SELECT token_hash, selection FROM archive_selections")
        .fetch_one(app.state.platform.db.pool())
        .await
        .unwrap();
    assert_eq!(row.0, super::sha256(token.as_bytes()));
    assert!(!row.1.contains(token));
}
