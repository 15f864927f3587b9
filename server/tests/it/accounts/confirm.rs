//! From a registration with an e-mail address to an account.

use app::{
    contract::ErrorCode,
    features::auth::{
        types::{Me, RegisterResponse},
        types_registration::ConfirmResponse,
    },
};
use serde_json::json;
use time::Duration;

use crate::support::{Answer, Client, PASSWORD, TestApp, User, on_both_databases};

pub(super) const EMAIL: &str = "ada@example.com";
const WRONG: &str = "The code is wrong or has expired";

/// Registers with an address; nothing is confirmed yet.
async fn register(app: &TestApp, username: &str, email: &str, password: &str) -> RegisterResponse {
    let body = json!({"username": username, "password": password, "email": email});
    app.anonymous().post("/api/auth/register", body).await.ok()
}

async fn confirm(client: &Client, username: &str, code: &str) -> ConfirmResponse {
    let body = json!({"username": username, "code": code});
    client.post("/api/auth/confirm", body).await.ok()
}

/// An account whose address is confirmed, signed in.
pub(super) async fn account(app: &TestApp, username: &str, email: &str) -> User {
    register(app, username, email, PASSWORD).await;
    confirm(&app.anonymous(), username, &app.code_for(email).await).await;
    app.sign_in(username, PASSWORD).await
}

#[track_caller]
pub(super) fn wrong(answer: &Answer) {
    let error = answer.error(400);
    assert_eq!(
        (error.code, error.detail.as_str()),
        (ErrorCode::ValidationError, WRONG)
    );
    assert_eq!(error.fields["code"], "is wrong or has expired");
}

/// Six digits that are not these.
pub(super) fn other_than(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

on_both_databases! {
    async fn an_account_opens_when_its_address_is_confirmed(app) {
        let stranger = app.anonymous();
        let registered = register(&app, "ada", EMAIL, PASSWORD).await;
        assert_eq!(
            registered.message,
            "User registered successfully. Please check your email for verification code."
        );
        assert_eq!((registered.username.as_str(), registered.email.as_deref()), ("ada", Some(EMAIL)));

        let login = json!({"username": "ada", "password": PASSWORD});
        let refused = stranger.post("/api/auth/login", login.clone()).await.error(401);
        assert_eq!((refused.code, refused.detail.as_str()), (ErrorCode::EmailNotVerified, "User email not verified"));
        // Only whoever knows the password learns that there is a registration.
        let guess = json!({"username": "ada", "password": "another long one"});
        assert_eq!(stranger.post("/api/auth/login", guess).await.error(401).code, ErrorCode::InvalidCredentials);

        let code = app.code_for(EMAIL).await;
        let confirmed = confirm(&stranger, "ada", &format!(" {} {} ", &code[..3], &code[3..])).await;
        assert_eq!(confirmed.message, "Email verified successfully");
        assert!(!confirmed.password_required);
        let me: Me = app.sign_in("ada", PASSWORD).await.get("/api/auth/me").await.ok();
        assert_eq!((me.id, me.email.as_deref(), me.email_verified), (registered.user_id, Some(EMAIL), true));
    }

    async fn security_04_a_code_is_good_once_for_ten_minutes_and_five_tries(app) {
        let stranger = app.anonymous();
        let try_code = async |code: &str| {
            stranger.post("/api/auth/confirm", json!({"username": "ada", "code": code})).await
        };
        register(&app, "ada", EMAIL, PASSWORD).await;
        let code = app.code_for(EMAIL).await;
        for _ in 0..5 {
            wrong(&try_code(&other_than(&code)).await);
        }
        // The sixth guess is refused although it is right.
        wrong(&try_code(&code).await);

        let resent = stranger.post("/api/auth/resend-code", json!({"username": "ada"})).await;
        assert_eq!(resent.text(), r#"{"message":"Confirmation code sent"}"#);
        let late = app.code_for(EMAIL).await;
        app.clock.advance(Duration::seconds(600));
        wrong(&try_code(&late).await);

        stranger.post("/api/auth/resend-code", json!({"username": "ada"})).await;
        let replaced = app.code_for(EMAIL).await;
        stranger.post("/api/auth/resend-code", json!({"username": "ada"})).await;
        let newest = app.code_for(EMAIL).await;
        if replaced != newest {
            wrong(&try_code(&replaced).await);
        }
        app.clock.advance(Duration::seconds(599));
        assert_eq!(try_code(&newest).await.status, 200);
        wrong(&try_code(&newest).await);
    }

    async fn security_04_guesses_at_the_same_moment_are_all_counted(app) {
        let stranger = app.anonymous();
        register(&app, "ada", EMAIL, PASSWORD).await;
        let code = app.code_for(EMAIL).await;
        // Twenty guesses, the right one among the last: at most five are held against the code.
        let guesses = (1..=20).map(|n| {
            let guess = if n > 10 { code.clone() } else { format!("{:06}", (code.parse::<u32>().unwrap() + n) % 1_000_000) };
            let stranger = stranger.clone();
            async move { stranger.post("/api/auth/confirm", json!({"username": "ada", "code": guess})).await.status.as_u16() }
        });
        let statuses = futures::future::join_all(guesses).await;
        let tries: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(tries), 0) FROM codes")
            .fetch_one(app.state.platform.db.pool())
            .await
            .unwrap();
        assert!(tries <= 5, "{tries} tries were counted");
        assert!(statuses.iter().filter(|status| **status == 200).count() <= 1, "{statuses:?}");
        wrong(&stranger.post("/api/auth/confirm", json!({"username": "ada", "code": code})).await);
    }

    async fn security_04_ten_codes_a_day_go_to_an_address_whoever_asks(app) {
        register(&app, "ada", EMAIL, PASSWORD).await;
        for n in 0..12 {
            // Under other names, and in other case: it is the same mailbox.
            register(&app, &format!("ada-{n}"), "ADA@example.com", PASSWORD).await;
        }
        assert_eq!(app.mail().await.len(), 10);
        app.clock.advance(Duration::days(1));
        register(&app, "ada-again", EMAIL, PASSWORD).await;
        assert_eq!(app.mail().await.len(), 11);
    }

    async fn security_05_a_strangers_registration_blocks_neither_name_nor_address(app) {
        let mallory = register(&app, "ada", EMAIL, "the password of mallory").await;
        let mallorys = app.code_for(EMAIL).await;
        let ada = register(&app, "ada", EMAIL, PASSWORD).await;
        let code = app.code_for(EMAIL).await;
        assert_ne!(mallory.user_id, ada.user_id);
        let stranger = app.anonymous();
        let body = json!({"username": "ada", "code": mallorys, "user_id": ada.user_id});
        if code != mallorys {
            // A code is good for the registration that it was mailed for.
            wrong(&stranger.post("/api/auth/confirm", body).await);
        }
        let body = json!({"username": "ada", "code": code, "user_id": ada.user_id});
        let confirmed: ConfirmResponse = stranger.post("/api/auth/confirm", body).await.ok();
        assert!(!confirmed.password_required);
        assert_eq!(app.sign_in("ada", PASSWORD).await.id, ada.user_id);
        let login = json!({"username": "ada", "password": "the password of mallory"});
        assert_eq!(stranger.post("/api/auth/login", login).await.error(401).code, ErrorCode::InvalidCredentials);
        let body = json!({"username": "ada", "code": mallorys, "user_id": mallory.user_id});
        wrong(&stranger.post("/api/auth/confirm", body).await);
    }

    async fn security_05_where_nobody_knows_whose_password_it_was_none_is_kept(app) {
        register(&app, "ada", EMAIL, PASSWORD).await;
        let mallory = register(&app, "Ada", "Ada@Example.com", "the password of mallory").await;
        // The owner of the mailbox types the newest code, as the mail says: it is the stranger's.
        let code = app.code_for("Ada@Example.com").await;
        let stranger = app.anonymous();
        let confirmed = confirm(&stranger, "ada", &code).await;
        assert!(confirmed.password_required, "{}", confirmed.message);
        for password in [PASSWORD, "the password of mallory", "!", ""] {
            let login = json!({"username": "ada", "password": password});
            let refused = stranger.post("/api/auth/login", login).await.error(401);
            assert_eq!(refused.code, ErrorCode::InvalidCredentials, "{password}");
        }
        let code = app.code_for("Ada@Example.com").await;
        let body = json!({"username": "ada", "code": code, "new_password": "chosen by the owner"});
        assert_eq!(stranger.post("/api/auth/reset-password", body).await.status, 200);
        assert_eq!(app.sign_in("ada", "chosen by the owner").await.id, mallory.user_id);
        app.run_jobs().await;
    }

    /// On another device than the one that registered, nothing is known but the name, the address and the code.
    async fn security_05_registrations_of_strangers_keep_nobody_out_of_theirs(app) {
        register(&app, "ada", EMAIL, PASSWORD).await;
        for n in 0..8 {
            app.clock.advance(Duration::seconds(1));
            register(&app, "ada", &format!("eve-{n}@example.com"), PASSWORD).await;
        }
        let first = app.code_for(EMAIL).await;
        let form = |fields: &[(&str, &str)]| serde_urlencoded::to_string(fields).unwrap();
        let phone = app.browser();
        let resend = form(&[("username", "ada"), ("email", EMAIL), ("code", "")]);
        assert_eq!(phone.form("/confirm/resend", &resend).await.status, 303);
        let mut mail = app.mail().await;
        mail.truncate(1);
        assert_eq!(mail[0].to, EMAIL, "no other code was asked for");
        let code = mail[0].code.clone().unwrap();
        assert_ne!(code, first);

        let nameless = phone.form("/confirm", &form(&[("username", "ada"), ("code", &code)])).await;
        assert_eq!(nameless.status, 400);
        assert!(nameless.text().contains("name=\"email\""), "{}", nameless.text());
        let named = form(&[("username", "ada"), ("email", EMAIL), ("code", &code)]);
        assert_eq!(phone.form("/confirm", &named).await.status, 303);
        app.sign_in("ada", PASSWORD).await;
    }

    async fn security_05_what_nobody_confirms_is_forgotten(app) {
        register(&app, "ada", EMAIL, PASSWORD).await;
        app.mail().await;
        app.clock.advance(Duration::days(1));
        let stranger = app.anonymous();
        stranger.post("/api/auth/resend-code", json!({"username": "ada"})).await;
        assert_eq!(app.mail().await.len(), 1, "nothing is sent for what has expired");
        let login = json!({"username": "ada", "password": PASSWORD});
        assert_eq!(stranger.post("/api/auth/login", login).await.error(401).code, ErrorCode::InvalidCredentials);
        app.state.auth.sweep().await.unwrap();
        for table in ["pending_registrations", "codes", "mail_allowances", "jobs"] {
            let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}")))
                .fetch_one(app.state.platform.db.pool())
                .await
                .unwrap();
            assert_eq!(rows, 0, "{table}");
        }
    }

    async fn security_06_an_address_that_has_an_account_looks_like_any_other(app) {
        let stranger = app.anonymous();
        register(&app, "ada", EMAIL, PASSWORD).await;
        let code = app.code_for(EMAIL).await;
        confirm(&stranger, "ada", &code).await;

        let answers = async |username: &str, email: &str| {
            let register = json!({"username": username, "password": PASSWORD, "email": email});
            let registered = stranger.post("/api/auth/register", register).await;
            let id = registered.json::<RegisterResponse>().user_id.to_string();
            app.mail().await;
            let mut answers = vec![registered];
            for (path, body) in [
                ("/api/auth/login", json!({"username": username, "password": PASSWORD})),
                ("/api/auth/resend-code", json!({"username": username})),
                ("/api/auth/resend-code", json!({"username": username, "user_id": id})),
                ("/api/auth/forgot-password", json!({"username": username})),
                ("/api/auth/confirm", json!({"username": username, "code": "123456", "user_id": id})),
                ("/api/auth/confirm", json!({"username": username, "code": "123456"})),
            ] {
                answers.push(stranger.post(path, body).await);
            }
            answers
                .into_iter()
                .map(|answer| {
                    let text = answer.text().replace(&id, "ID").replace(username, "NAME").replace(email, "MAIL");
                    (answer.status, text)
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(answers("bob", "Ada@example.com").await, answers("eve", "nobody@example.com").await);

        // Its owner is told.
        let mail = app.mail().await;
        let notice = mail.iter().find(|mail| mail.to == "Ada@example.com").unwrap();
        assert_eq!((notice.subject.as_str(), &notice.code), ("Forepeak: You have an account already", &None));
        assert!(notice.body.contains("your account ada"), "{}", notice.body);
    }

    async fn of_two_registrations_for_an_address_one_becomes_an_account(app) {
        let stranger = app.anonymous();
        let mut codes = Vec::new();
        for username in ["ada", "lovelace"] {
            register(&app, username, EMAIL, PASSWORD).await;
            codes.push(app.code_for(EMAIL).await);
        }
        confirm(&stranger, "ada", &codes[0]).await;
        let body = json!({"username": "lovelace", "code": codes[1]});
        let refused = stranger.post("/api/auth/confirm", body).await.error(409);
        assert_eq!((refused.code, refused.detail.as_str()), (ErrorCode::Conflict, "This e-mail address belongs to another account"));
    }

    async fn of_two_registrations_for_a_name_the_first_confirmed_has_it(app) {
        let stranger = app.anonymous();
        register(&app, "ada", EMAIL, PASSWORD).await;
        register(&app, "ADA", "other@example.com", "another long one").await;
        let (first, second) = (app.code_for(EMAIL).await, app.code_for("other@example.com").await);
        let confirmed = confirm(&stranger, "ada", &second).await;
        // Another address is another mailbox: its code is proof of whose password it is.
        assert!(!confirmed.password_required);
        app.sign_in("ada", "another long one").await;
        let body = json!({"username": "ada", "code": first});
        assert_eq!(stranger.post("/api/auth/confirm", body).await.error(400).detail, "Username already exists");
        // And a registration under it is refused from the start.
        let body = json!({"username": "Ada", "password": PASSWORD, "email": "third@example.com"});
        assert_eq!(stranger.post("/api/auth/register", body).await.error(400).fields["username"], "is taken");
    }
}

#[tokio::test]
async fn security_01_a_confirmed_account_is_an_ordinary_one() {
    let app = TestApp::new().await;
    for extra in ["role", "status", "quota_bytes"] {
        let mut body = json!({"username": "ada", "code": "123456"});
        body[extra] = json!("admin");
        let refused = app.anonymous().post("/api/auth/confirm", body).await.error(400);
        assert_eq!(refused.fields[extra], "is not a field of this request");
    }
    register(&app, "ada", EMAIL, PASSWORD).await;
    confirm(&app.anonymous(), "ada", &app.code_for(EMAIL).await).await;
    let me: Me = app.sign_in("ada", PASSWORD).await.get("/api/auth/me").await.ok();
    assert_eq!(me.role, app::features::auth::types::Role::User);
}

#[tokio::test]
async fn an_address_is_one() {
    let app = TestApp::new().await;
    for email in [
        "ada",
        "ada@example.com\r\nBcc: eve@example.com",
        "a@b@c",
        "",
        "ada@exämple.org",
        "ADA <a@b.c>",
    ] {
        let body = json!({"username": "ada", "password": PASSWORD, "email": email});
        let refused = app.anonymous().post("/api/auth/register", body).await.error(400);
        assert!(refused.fields.contains_key("email"), "{email}: {refused:?}");
    }
    let body = json!({"username": "ada", "password": "ADA@example.com", "email": EMAIL});
    let refused = app.anonymous().post("/api/auth/register", body).await.error(400);
    assert_eq!(
        refused.fields["password"],
        "must not be the username or e-mail address"
    );
}
