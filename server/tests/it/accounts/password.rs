//! Passwords that are forgotten, reset and changed.

use app::contract::ErrorCode;
use app::features::{api_keys::types::CreatedApiKey, auth::types::Me};
use serde_json::{Value, json};
use server::features::{
    audit::Origin,
    auth::principal::{Credential, Person},
};
use time::Duration;

use super::confirm::{EMAIL, account, other_than, wrong};
use crate::support::{PASSWORD, TestApp, on_both_databases};

pub(super) const NEW: &str = "a better one, this time";

pub(super) async fn forgot(app: &TestApp, username: &str) {
    let answer = app
        .anonymous()
        .post("/api/auth/forgot-password", json!({"username": username}))
        .await;
    assert_eq!(
        answer.text(),
        r#"{"message":"Password reset code sent to your email"}"#
    );
}

pub(super) fn reset(code: &str) -> Value {
    json!({"username": "ada", "code": code, "new_password": NEW})
}

on_both_databases! {
    async fn a_forgotten_password_is_replaced_by_mail(app) {
        let stranger = app.anonymous();
        let ada = account(&app, "ada", EMAIL).await;
        forgot(&app, "Ada").await;
        let answer = stranger.post("/api/auth/reset-password", reset(&app.code_for(EMAIL).await)).await;
        assert_eq!(answer.text(), r#"{"message":"Password reset successfully"}"#);
        assert_eq!(app.sign_in("ada", NEW).await.id, ada.id);
        let old = json!({"username": "ada", "password": PASSWORD});
        assert_eq!(stranger.post("/api/auth/login", old).await.error(401).code, ErrorCode::InvalidCredentials);
        // By address as well, for those who forgot the name too: the mail says it. Later, for mail of one moment is
        // in no order.
        app.clock.advance(Duration::seconds(1));
        forgot(&app, "ADA@example.com").await;
        let mail = app.mail().await;
        assert_eq!(mail[0].subject, "Forepeak: Your code for a new password");
        assert!(mail[0].body.contains("for the account ada at http://127.0.0.1:8000."), "{}", mail[0].body);
    }

    async fn security_08_a_reset_ends_every_sign_in_and_code_and_says_so(app) {
        let ada = account(&app, "ada", EMAIL).await;
        let browser = app.browser_of("ada").await;
        forgot(&app, "ada").await;
        let code = app.code_for(EMAIL).await;
        let stranger = app.anonymous();
        assert_eq!(stranger.post("/api/auth/reset-password", reset(&code)).await.status, 200);

        assert_eq!(ada.get("/api/auth/me").await.status, 401);
        assert_eq!(browser.get("/api/auth/me").await.status, 401);
        let refresh = json!({"refresh_token": ada.tokens.refresh_token});
        assert_eq!(stranger.post("/api/auth/refresh", refresh).await.status, 401);
        wrong(&stranger.post("/api/auth/reset-password", reset(&code)).await);
        let notice = &app.mail().await[0];
        assert_eq!((notice.to.as_str(), notice.subject.as_str()), (EMAIL, "Forepeak: Your password was changed"));
    }

    async fn security_08_a_change_ends_every_other_sign_in_and_code_and_says_so(app) {
        let ada = account(&app, "ada", EMAIL).await;
        let other = app.sign_in("ada", PASSWORD).await;
        let browser = app.browser_of("ada").await;
        forgot(&app, "ada").await;
        let code = app.code_for(EMAIL).await;
        // An address that a thief asked for must not outlive the password that they knew.
        let change = json!({"email": "thief@example.com", "current_password": PASSWORD});
        assert_eq!(other.client.patch("/api/auth/me", change).await.status, 200);
        let thiefs = app.code_for("thief@example.com").await;

        let body = json!({"old_password": PASSWORD, "new_password": NEW});
        let answer = ada.post("/api/auth/change-password", body).await;
        assert_eq!(answer.text(), r#"{"message":"Password changed successfully"}"#);

        assert_eq!(ada.get("/api/auth/me").await.status, 200, "the one that changed it goes on");
        assert_eq!(other.get("/api/auth/me").await.status, 401);
        assert_eq!(browser.get("/api/auth/me").await.status, 401);
        let stranger = app.anonymous();
        let refresh = json!({"refresh_token": other.tokens.refresh_token});
        assert_eq!(stranger.post("/api/auth/refresh", refresh).await.status, 401);
        wrong(&stranger.post("/api/auth/reset-password", reset(&code)).await);
        wrong(&stranger.post("/api/auth/confirm", json!({"username": "ada", "code": thiefs})).await);
        let notice = &app.mail().await[0];
        assert_eq!((notice.to.as_str(), notice.subject.as_str()), (EMAIL, "Forepeak: Your password was changed"));
        app.sign_in("ada", NEW).await;
    }

    async fn security_08_a_reset_deletes_all_api_keys_and_a_change_keeps_them(app) {
        let ada = account(&app, "ada", EMAIL).await;
        let bob = app.user("bob").await;
        let mut keys = Vec::new();
        for user in [&ada, &ada, &bob] {
            let key: CreatedApiKey = user.post("/api/auth/api-keys", json!({"name": "a script"})).await.ok();
            keys.push(app.anonymous().with("x-api-key", key.key));
        }
        let alive = async || {
            let mut statuses = Vec::new();
            for key in &keys {
                statuses.push(key.get("/api/auth/me").await.status.as_u16());
            }
            statuses
        };
        let body = json!({"old_password": PASSWORD, "new_password": "a third one, in between"});
        assert_eq!(ada.post("/api/auth/change-password", body).await.status, 200);
        assert_eq!(alive().await, [200; 3]);
        let notice = &app.mail().await[0];
        assert!(!notice.body.contains("API keys were deleted"), "{}", notice.body);

        // Later, for mail of one moment is in no order.
        app.clock.advance(Duration::seconds(1));
        let who = app.state.auth.authenticate_token(&ada.tokens.access_token).await.unwrap();
        let Credential::AccessToken(sign_in) = who.credential else { panic!("{who:?}") };
        forgot(&app, "ada").await;
        let code = app.code_for(EMAIL).await;
        app.clock.advance(Duration::seconds(1));
        let fields = [("username", "ada"), ("code", code.as_str()), ("new_password", NEW)];
        let browser = app.browser();
        let answer = browser.form("/reset-password", &serde_urlencoded::to_string(fields).unwrap()).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        let told = browser.get("/sign-in").await;
        assert!(told.text().contains("all API keys are deleted"), "{}", told.text());
        assert_eq!(alive().await, [401, 401, 200]);
        let notice = &app.mail().await[0];
        assert_eq!((notice.to.as_str(), notice.subject.as_str()), (EMAIL, "Forepeak: Your password was changed"));
        assert!(notice.body.contains("all API keys were deleted"), "{}", notice.body);
        let written: Vec<(String, Option<String>, Option<String>)> =
            sqlx::query_as("SELECT outcome, actor_name, target FROM audit_log WHERE action = 'api_key.delete'")
                .fetch_all(app.state.platform.db.pool())
                .await
                .unwrap();
        assert_eq!(written, [("success".to_owned(), Some("ada".to_owned()), Some(ada.id.to_string()))]);

        // A request that was let in before makes no key afterwards.
        let late = Person { who, sign_in };
        let request = serde_json::from_value(json!({"name": "a thief's"})).unwrap();
        assert!(app.state.api_keys.create(&late, request, &Origin::default()).await.is_err());
        let kept: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM api_keys").fetch_one(app.state.platform.db.pool()).await.unwrap();
        assert_eq!(kept, 1, "bob's");
    }

    async fn a_change_takes_the_current_password(app) {
        let ada = app.user("ada").await;
        for (body, field, why) in [
            (json!({"current_password": "another long one", "new_password": NEW}), "current_password", "is not your password"),
            (json!({"old_password": "another long one", "new_password": NEW}), "old_password", "is not your password"),
            (json!({"old_password": "x".repeat(4000), "new_password": NEW}), "old_password", "is not your password"),
            (json!({"new_password": NEW}), "current_password", "is required"),
            (
                json!({"old_password": PASSWORD, "current_password": PASSWORD, "new_password": NEW}),
                "current_password",
                "means the same as old_password",
            ),
            (json!({"old_password": PASSWORD, "new_password": "short"}), "new_password", "must be at least 8 characters long"),
            (json!({"old_password": PASSWORD, "new_password": "password"}), "new_password", "is one of the most common passwords"),
        ] {
            let refused = ada.post("/api/auth/change-password", body).await.error(400);
            assert_eq!(refused.fields[field], why);
        }
        app.sign_in("ada", PASSWORD).await;
    }

    async fn of_two_changes_at_once_one_wins(app) {
        let ada = app.user("ada").await;
        let change = |new: &str| json!({"old_password": PASSWORD, "new_password": new});
        let (one, other) = tokio::join!(
            ada.post("/api/auth/change-password", change("the first of two")),
            ada.post("/api/auth/change-password", change("the second of two")),
        );
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400]);
        app.run_jobs().await;
    }

    async fn security_04_a_reset_code_is_good_once_for_ten_minutes_and_five_tries(app) {
        let stranger = app.anonymous();
        account(&app, "ada", EMAIL).await;
        forgot(&app, "ada").await;
        let code = app.code_for(EMAIL).await;
        for _ in 0..5 {
            wrong(&stranger.post("/api/auth/reset-password", reset(&other_than(&code))).await);
        }
        wrong(&stranger.post("/api/auth/reset-password", reset(&code)).await);
        forgot(&app, "ada").await;
        let late = app.code_for(EMAIL).await;
        app.clock.advance(Duration::seconds(600));
        wrong(&stranger.post("/api/auth/reset-password", reset(&late)).await);
        app.sign_in("ada", PASSWORD).await;
    }

    async fn security_04_a_code_for_one_purpose_is_none_for_another(app) {
        let ada = account(&app, "ada", EMAIL).await;
        let stranger = app.anonymous();
        forgot(&app, "ada").await;
        let for_reset = app.code_for(EMAIL).await;
        let change = json!({"email": "new@example.com", "current_password": PASSWORD});
        ada.client.patch("/api/auth/me", change).await.ok::<Me>();
        let for_address = app.code_for("new@example.com").await;
        if for_reset != for_address {
            wrong(&stranger.post("/api/auth/reset-password", reset(&for_address)).await);
            wrong(&stranger.post("/api/auth/confirm", json!({"username": "ada", "code": for_reset})).await);
        }
        // Nor is another person's.
        account(&app, "bob", "bob@example.com").await;
        let bobs = json!({"username": "bob", "code": for_reset, "new_password": NEW});
        wrong(&stranger.post("/api/auth/reset-password", bobs).await);
        // Neither was hurt by it.
        assert_eq!(stranger.post("/api/auth/reset-password", reset(&for_reset)).await.status, 200);
        app.run_jobs().await;
    }

    async fn security_06_a_disabled_account_gets_no_mail_and_the_same_answers(app) {
        let ada = account(&app, "ada", EMAIL).await;
        forgot(&app, "ada").await;
        let code = app.code_for(EMAIL).await;
        let mails = app.mail().await.len();
        sqlx::query("UPDATE users SET status = 'disabled' WHERE id = $1")
            .bind(ada.id.to_string())
            .execute(app.state.platform.db.pool())
            .await
            .unwrap();
        for username in ["ada", EMAIL, "nobody", "nobody@example.com"] {
            forgot(&app, username).await;
        }
        assert_eq!(app.mail().await.len(), mails);
        // A code that was mailed before opens nothing.
        wrong(&app.anonymous().post("/api/auth/reset-password", reset(&code)).await);
    }

    async fn a_name_spelled_like_someones_address_takes_nothing_from_them(app) {
        // Mallory's username is Ada's address.
        account(&app, EMAIL, "mallory@example.com").await;
        account(&app, "ada", EMAIL).await;
        let mails = app.mail().await.len();
        forgot(&app, EMAIL).await;
        let mail = app.mail().await;
        let mut to: Vec<_> = mail[..mail.len() - mails].iter().map(|mail| mail.to.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, [EMAIL, "mallory@example.com"]);
        assert_eq!(app.anonymous().post("/api/auth/reset-password", reset(&app.code_for(EMAIL).await)).await.status, 200);
        app.sign_in("ada", NEW).await;
        app.run_jobs().await;
    }

    async fn security_39_what_was_done_and_refused_is_written_down(app) {
        let ada = account(&app, "ada", EMAIL).await;
        let stranger = app.anonymous();
        forgot(&app, "ada").await;
        let code = app.code_for(EMAIL).await;
        wrong(&stranger.post("/api/auth/reset-password", reset(&other_than(&code))).await);
        stranger.post("/api/auth/reset-password", reset(&code)).await;
        let ada_again = app.sign_in("ada", NEW).await;
        let change = |old: &str| json!({"old_password": old, "new_password": PASSWORD});
        ada_again.post("/api/auth/change-password", change("another long one")).await;
        ada_again.post("/api/auth/change-password", change(NEW)).await;
        let written: Vec<(String, String, Option<String>, Option<String>)> = sqlx::query_as(
            "SELECT action, outcome, actor_name, target FROM audit_log WHERE action LIKE 'account.%password'
             ORDER BY action, outcome",
        )
        .fetch_all(app.state.platform.db.pool())
        .await
        .unwrap();
        let id = Some(ada.id.to_string());
        let name = Some("ada".to_owned());
        let row = |action: &str, outcome: &str, target: &Option<String>| {
            (format!("account.{action}"), outcome.to_owned(), name.clone(), target.clone())
        };
        assert_eq!(
            written,
            [
                row("change_password", "denied", &id),
                row("change_password", "success", &id),
                row("forgot_password", "success", &None),
                row("reset_password", "denied", &None),
                row("reset_password", "success", &id),
            ]
        );
        app.run_jobs().await;
    }

    async fn a_password_is_hashed_anew_at_todays_cost_when_it_is_used(app) {
        let ada = app.user("ada").await;
        let hash = async || -> String {
            sqlx::query_scalar("SELECT password_hash FROM users WHERE id = $1")
                .bind(ada.id.to_string())
                .fetch_one(app.state.platform.db.pool())
                .await
                .unwrap()
        };
        let today = hash().await;
        app.sign_in("ada", PASSWORD).await;
        assert_eq!(hash().await, today, "one of today's stays");
        let old = server::platform::password::Passwords::with_cost(
            std::sync::Arc::new(server::platform::rng::SystemRng), 32, 1,
        )
        .unwrap()
        .hash(PASSWORD.into())
        .await
        .unwrap();
        sqlx::query("UPDATE users SET password_hash = $2 WHERE id = $1")
            .bind(ada.id.to_string())
            .bind(&old)
            .execute(app.state.platform.db.pool())
            .await
            .unwrap();
        let wrong = json!({"username": "ada", "password": "another long one"});
        assert_eq!(app.anonymous().post("/api/auth/login", wrong).await.status, 401);
        assert_eq!(hash().await, old, "a wrong password changes nothing");
        app.sign_in("ada", PASSWORD).await;
        let renewed = hash().await;
        assert!(renewed != old && renewed.contains("m=64,"), "{renewed}");
        app.sign_in("ada", PASSWORD).await;
        assert_eq!(ada.get("/api/auth/me").await.status, 200, "nobody was signed out by it");
    }
}

#[tokio::test]
async fn security_03_a_new_password_keeps_to_the_rule() {
    let app = TestApp::new().await;
    let ada = account(&app, "adalovelace", EMAIL).await;
    let huge = "x".repeat(900_000);
    for password in ["seven77", "password", "AdaLovelace", &huge] {
        let change = json!({"old_password": PASSWORD, "new_password": password});
        let refused = ada.post("/api/auth/change-password", change).await.error(400);
        assert!(refused.fields.contains_key("new_password"), "{refused:?}");
        let reset = json!({"username": "adalovelace", "code": "123456", "new_password": password});
        let refused = app
            .anonymous()
            .post("/api/auth/reset-password", reset)
            .await
            .error(400);
        assert!(refused.fields.contains_key("new_password"), "{refused:?}");
    }
    // The address, which a stranger must not learn, is only compared once the code was right.
    let change = json!({"old_password": PASSWORD, "new_password": EMAIL});
    let refused = ada.post("/api/auth/change-password", change).await.error(400);
    assert_eq!(
        refused.fields["new_password"],
        "must not be the username or e-mail address"
    );
    let stranger = app.anonymous();
    wrong(
        &stranger
            .post(
                "/api/auth/reset-password",
                json!({"username": "adalovelace", "code": "123456", "new_password": EMAIL}),
            )
            .await,
    );
    forgot(&app, "adalovelace").await;
    let code = app.code_for(EMAIL).await;
    let body = |password: &str| json!({"username": "adalovelace", "code": code, "new_password": password});
    let refused = stranger
        .post("/api/auth/reset-password", body(EMAIL))
        .await
        .error(400);
    assert_eq!(
        refused.fields["new_password"],
        "must not be the username or e-mail address"
    );
    assert_eq!(
        stranger.post("/api/auth/reset-password", body(NEW)).await.status,
        200,
        "the code was not used up"
    );
    app.run_jobs().await;
}

#[tokio::test]
async fn security_08_links_are_made_of_the_public_url_alone() {
    let app = TestApp::builder()
        .var("PUBLIC_URL", "http://files.example.org:8080")
        .var("ALLOW_INSECURE_DEVELOPMENT", "true")
        .build()
        .await;
    // An address: to other names development does not answer.
    let evil = app
        .anonymous()
        .with("host", "192.0.2.66")
        .with("x-forwarded-host", "evil.example.net");
    let body = json!({"username": "ada", "password": PASSWORD, "email": EMAIL});
    assert_eq!(evil.post("/api/auth/register", body).await.status, 200);
    let code = app.code_for(EMAIL).await;
    assert_eq!(
        evil.post("/api/auth/confirm", json!({"username": "ada", "code": code}))
            .await
            .status,
        200
    );
    evil.post("/api/auth/forgot-password", json!({"username": "ada"}))
        .await;
    for mail in app.mail().await {
        assert!(!mail.body.contains("evil"), "{}", mail.body);
        assert!(!mail.body.contains("192.0.2.66"), "{}", mail.body);
        assert!(
            mail.body.contains("http://files.example.org:8080/"),
            "{}",
            mail.body
        );
        let code = mail.code.unwrap();
        for link in mail
            .body
            .split_whitespace()
            .filter(|word| word.starts_with("http"))
        {
            assert!(!link.contains(&code), "no secret stands in a link: {link}");
        }
    }
}
