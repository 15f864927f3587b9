//! Security 36: the first admin, once.

use app::{
    contract::ErrorCode,
    features::{
        audit::types::AuditQuery,
        auth::types::{RegisterResponse, Role},
    },
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use server::features::{
    admin::service::{ConfiguredAdmin, FirstStart},
    auth::development,
};
use time::Duration;

use super::log;
use crate::support::{PASSWORD, TestApp, on_both_databases};

const SETUP: &str = "/api/auth/setup";

async fn start(app: &TestApp) -> FirstStart {
    app.state.administration.first_start(None, false).await.unwrap()
}

/// The token of a first start.
async fn token(app: &TestApp) -> String {
    let FirstStart::Token { link } = start(app).await else {
        panic!("no token")
    };
    let (page, token) = link.expose_secret().split_once("#token=").unwrap();
    assert_eq!(page, "http://127.0.0.1:8000/setup");
    token.to_owned()
}

fn request(token: &str, username: &str) -> Value {
    json!({"token": token, "username": username, "password": PASSWORD})
}

fn configured() -> Option<ConfiguredAdmin> {
    Some(ConfiguredAdmin {
        username: "root".to_owned(),
        password: PASSWORD.into(),
    })
}

on_both_databases! {
    async fn security_36_the_token_makes_one_admin_once(app) {
        let token = token(&app).await;
        assert!(matches!(start(&app).await, FirstStart::TokenShown), "printed once");
        for wrong in ["", "fpk_setup_made-up", &token[1..], &format!("{token} ")] {
            let refused = app.anonymous().post(SETUP, request(wrong, "eve")).await.error(403);
            assert_eq!(refused.code, ErrorCode::PermissionDenied);
        }
        let (first, second) = (app.anonymous(), app.anonymous());
        let (first, second) = tokio::join!(
            first.post(SETUP, request(&token, "ada")),
            second.post(SETUP, request(&token, "bob")),
        );
        let mut statuses = [first.status.as_u16(), second.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 404]);
        let made: RegisterResponse = if first.status == 200 { first.ok() } else { second.ok() };
        let admin = app.sign_in(&made.username, PASSWORD).await;
        assert_eq!(admin.get("/api/admin/stats").await.ok::<Value>()["users"], 1);

        assert_eq!(app.anonymous().post(SETUP, request(&token, "eve")).await.status, 404);
        assert!(matches!(start(&app).await, FirstStart::Over));
        let setup = AuditQuery { action: Some("admin.setup".to_owned()), ..AuditQuery::default() };
        let lines = log(&app, setup).await;
        let made = format!("admin.setup success {} {}", made.username, made.user_id);
        assert_eq!(lines.iter().filter(|line| **line == made).count(), 1, "{lines:?}");
        assert_eq!(lines.iter().filter(|line| line.contains("denied eve")).count(), 5, "{lines:?}");
    }

    async fn security_36_a_token_lives_a_day_and_is_kept_as_a_hash(app) {
        let old = token(&app).await;
        assert!(old.len() >= "fpk_setup_".len() + 64, "256 bits");
        let kept: String = sqlx::query_scalar("SELECT token_hash FROM setup").fetch_one(app.state.platform.db.pool()).await.unwrap();
        assert!(!kept.contains(&old) && !old.contains(&kept));
        assert_eq!(app.anonymous().post(SETUP, request(&kept, "eve")).await.status, 403);
        app.clock.advance(Duration::DAY);
        assert_eq!(app.anonymous().post(SETUP, request(&old, "ada")).await.status, 403);
        let new = token(&app).await;
        assert_eq!(app.anonymous().post(SETUP, request(&old, "ada")).await.status, 403);
        assert_eq!(app.anonymous().post(SETUP, request(&new, "ada")).await.status, 200);
    }

    async fn security_36_of_replicas_that_start_together_one_prints(app) {
        let starts = futures::future::join_all((0..8).map(|_| start(&app))).await;
        let printed = starts.iter().filter(|start| matches!(start, FirstStart::Token { .. })).count();
        assert_eq!(printed, 1);
    }

    async fn security_36_a_configured_admin_is_made_once(app) {
        let administration = &app.state.administration;
        let starts = futures::future::join_all((0..4).map(|_| administration.first_start(configured(), false))).await;
        let made = starts.iter().filter(|start| matches!(start, Ok(FirstStart::Made(name)) if name == "root")).count();
        assert_eq!(made, 1, "{starts:?}");
        let root = app.sign_in("root", PASSWORD).await;
        assert_eq!(root.get("/api/admin/users").await.status, 200);
        // Neither the configuration nor a token makes another, also after everything is gone but the row.
        sqlx::query("DELETE FROM users").execute(app.state.platform.db.pool()).await.unwrap();
        assert!(matches!(administration.first_start(configured(), false).await, Ok(FirstStart::Over)));
        assert_eq!(app.anonymous().post(SETUP, request("x", "eve")).await.status, 404);
    }

    async fn security_36_an_empty_database_beside_a_full_bucket_gets_no_admin(app) {
        let administration = &app.state.administration;
        assert!(matches!(administration.first_start(configured(), true).await, Ok(FirstStart::AccountsMissing)));
        assert!(matches!(administration.first_start(None, true).await, Ok(FirstStart::AccountsMissing)));
        let refused = app.anonymous().post(SETUP, request("", "eve")).await;
        assert_eq!(refused.status, 403, "no token exists");
        // People who registered before there was an admin are no lost accounts.
        app.user("ada").await;
        assert!(matches!(administration.first_start(None, true).await, Ok(FirstStart::Token { .. })));
    }

    async fn security_02_the_first_admin_is_an_account_like_any_other(app) {
        let token = token(&app).await;
        for extra in ["role", "status", "quota_bytes", "id", "prefix"] {
            let mut body = request(&token, "ada");
            body[extra] = json!("admin");
            let refused = app.anonymous().post(SETUP, body).await.error(400);
            assert_eq!(refused.fields[extra], "is not a field of this request");
        }
        let mut weak = request(&token, "ada");
        weak["password"] = json!("password");
        assert!(app.anonymous().post(SETUP, weak).await.error(400).fields.contains_key("password"));
        // What was refused has not used the token up.
        app.anonymous().post(SETUP, request(&token, "ada")).await.ok::<Value>();
        let me: Value = app.sign_in("ada", PASSWORD).await.get("/api/auth/me").await.ok();
        assert_eq!(me["role"], json!(Role::Admin));
    }
}

#[tokio::test]
async fn security_36_a_seeded_server_is_set_up() {
    let app = TestApp::new().await;
    development::seed(&app.state.auth).await.unwrap();
    assert!(matches!(start(&app).await, FirstStart::Over));
    assert_eq!(
        app.anonymous()
            .post(SETUP, request("x", "eve"))
            .await
            .error(404)
            .code,
        ErrorCode::ResourceNotFound
    );
}

#[tokio::test]
async fn security_36_a_configured_password_is_no_weaker_than_others() {
    let app = TestApp::new().await;
    let weak = ConfiguredAdmin {
        username: "root".to_owned(),
        password: "password".into(),
    };
    assert!(
        app.state
            .administration
            .first_start(Some(weak), false)
            .await
            .is_err()
    );
    assert!(app.state.administration.awaits_first_admin().await.unwrap());
}
