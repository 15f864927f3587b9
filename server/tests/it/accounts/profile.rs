//! What people change about themselves.

use app::{contract::ErrorCode, features::auth::types::Me};
use serde_json::json;

use super::confirm::{EMAIL, account, wrong};
use crate::support::{PASSWORD, TestApp, on_both_databases};

const ME: &str = "/api/auth/me";

on_both_databases! {
    async fn a_name_changes_at_once(app) {
        let ada = app.user("ada").await;
        let me: Me = ada.client.patch(ME, json!({"full_name": "Ada Lovelace"})).await.ok();
        assert_eq!(me.full_name.as_deref(), Some("Ada Lovelace"));
        let me: Me = ada.client.patch("/auth/profile", json!({})).await.ok();
        assert_eq!(me.full_name.as_deref(), Some("Ada Lovelace"), "what is left out stays");
        let me: Me = ada.client.patch(ME, json!({"full_name": ""})).await.ok();
        assert_eq!(me.full_name, None);
        let refused = ada.client.patch(ME, json!({"full_name": "Ada\nLovelace"})).await.error(400);
        assert!(refused.fields.contains_key("full_name"));
    }

    async fn an_address_changes_once_it_is_confirmed(app) {
        let ada = account(&app, "ada", EMAIL).await;
        let stranger = app.anonymous();
        let change = json!({"email": "new@example.com", "current_password": PASSWORD});
        let me: Me = ada.client.patch(ME, change).await.ok();
        assert_eq!((me.email.as_deref(), me.email_verified), (Some(EMAIL), true));
        stranger.post("/api/auth/forgot-password", json!({"username": "ada"})).await;
        let reset = app.code_for(EMAIL).await;

        // A lost code is mailed again.
        stranger.post("/api/auth/resend-code", json!({"username": "ada"})).await;
        let code = app.code_for("new@example.com").await;
        let confirmed = stranger.post("/api/auth/confirm", json!({"username": "ada", "code": code})).await;
        assert_eq!(confirmed.status, 200, "{}", confirmed.text());
        assert_eq!(ada.get(ME).await.ok::<Me>().email.as_deref(), Some("new@example.com"));
        let notice = &app.mail().await[0];
        assert_eq!((notice.to.as_str(), notice.subject.as_str()), (EMAIL, "Forepeak: Your e-mail address was changed"));
        // What went to the old mailbox opens nothing any more.
        let body = json!({"username": "ada", "code": reset, "new_password": "another long one"});
        wrong(&stranger.post("/api/auth/reset-password", body).await);
    }

    async fn an_account_without_an_address_gets_one(app) {
        let ada = app.user("ada").await;
        let change = json!({"email": EMAIL, "current_password": PASSWORD});
        let me: Me = ada.client.patch(ME, change).await.ok();
        assert_eq!((me.email, me.email_verified), (None, false));
        let code = app.code_for(EMAIL).await;
        app.anonymous().post("/api/auth/confirm", json!({"username": "ada", "code": code})).await;
        let me: Me = ada.get(ME).await.ok();
        assert_eq!((me.email.as_deref(), me.email_verified), (Some(EMAIL), true));
    }

    async fn security_06_wanting_an_address_tells_nothing_of_its_owner(app) {
        account(&app, "ada", EMAIL).await;
        let bob = app.user("bob").await;
        let change = |email: &str| json!({"email": email, "current_password": PASSWORD});
        let taken = bob.client.patch(ME, change(EMAIL)).await;
        let mail = app.mail().await;
        assert_eq!((mail[0].to.as_str(), mail[0].subject.as_str()), (EMAIL, "Forepeak: You have an account already"));
        let free = bob.client.patch(ME, change("free@example.com")).await;
        assert_eq!((taken.status, taken.text()), (free.status, free.text()));
        app.run_jobs().await;
    }

    async fn of_two_who_want_an_address_the_one_who_confirms_has_it(app) {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let mut codes = Vec::new();
        for user in [&ada, &bob] {
            let change = json!({"email": EMAIL, "current_password": PASSWORD});
            user.client.patch(ME, change).await.ok::<Me>();
            codes.push(app.code_for(EMAIL).await);
        }
        let confirm = async |username: &str, code: &str| {
            app.anonymous().post("/api/auth/confirm", json!({"username": username, "code": code})).await
        };
        assert_eq!(confirm("bob", &codes[1]).await.status, 200);
        assert_eq!(confirm("ada", &codes[0]).await.error(409).code, ErrorCode::Conflict);
        assert_eq!(ada.get(ME).await.ok::<Me>().email, None);
    }
}

#[tokio::test]
async fn security_01_nobody_raises_themselves() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    for extra in [
        "role",
        "status",
        "quota_bytes",
        "prefix",
        "id",
        "username",
        "email_verified",
        "attributes",
    ] {
        let refused = ada.client.patch(ME, json!({extra: "admin"})).await.error(400);
        assert_eq!(refused.fields[extra], "is not a field of this request");
    }
}

#[tokio::test]
async fn an_unlocked_screen_is_not_enough_to_take_the_account() {
    let app = TestApp::new().await;
    let ada = account(&app, "ada", EMAIL).await;
    let refused = ada
        .client
        .patch(ME, json!({"email": "eve@example.com"}))
        .await
        .error(400);
    assert_eq!(
        refused.fields["current_password"],
        "is required to change the e-mail address"
    );
    let guess =
        json!({"email": "eve@example.com", "current_password": "another long one", "full_name": "Eve"});
    let refused = ada.client.patch(ME, guess).await.error(400);
    assert_eq!(refused.fields["current_password"], "is not your password");
    let mail = app.mail().await;
    assert!(mail.iter().all(|mail| mail.to == EMAIL), "{mail:?}");
    assert_eq!(
        ada.get(ME).await.ok::<Me>().full_name,
        None,
        "nothing of it was done"
    );
    let denied: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM audit_log WHERE action = 'account.update_profile' AND outcome = 'denied'",
    )
    .fetch_one(app.state.platform.db.pool())
    .await
    .unwrap();
    assert_eq!(denied, 1);
}

#[tokio::test]
async fn security_07_a_signed_in_guesser_has_no_more_guesses_than_anyone() {
    let app = TestApp::builder()
        .var("RATE_LIMIT_AUTH_PER_MINUTE", "5")
        .build()
        .await;
    let ada = app.user("ada").await;
    let guess = json!({"email": "eve@example.com", "current_password": "another long one"});
    // From wherever: it is one account's password that is guessed at.
    let from = |n: u8| ada.client.clone().from(&format!("203.0.113.{n}"));
    for n in 0..5 {
        assert_eq!(from(n).patch(ME, guess.clone()).await.status, 400);
    }
    let right = json!({"email": "eve@example.com", "current_password": PASSWORD});
    assert_eq!(
        from(5).patch(ME, right).await.error(429).code,
        ErrorCode::RateLimitExceeded
    );
    assert!(app.mail().await.is_empty());
}
