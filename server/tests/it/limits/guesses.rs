//! Security 7.

use app::contract::ErrorCode;
use serde_json::{Value, json};
use time::Duration;

use super::{denials, limited};
use crate::support::{Answer, PASSWORD, TestApp, on_both_databases};

async fn login(app: &TestApp, from: &str, username: &str, password: &str) -> Answer {
    let body = json!({"username": username, "password": password});
    app.anonymous().from(from).post("/api/auth/login", body).await
}

/// The n-th machine of those that an attacker has.
fn bot(n: u32) -> String {
    format!("203.0.{}.{}", n / 250, 1 + n % 250)
}

on_both_databases! {
    @ limited();

    async fn security_07_guesses_from_everywhere_at_one_account_are_counted_together(app) {
        app.user("ada").await;
        for n in 0..5 {
            assert_eq!(login(&app, &bot(n), "ada", "wrong").await.error(401).code, ErrorCode::InvalidCredentials);
        }
        // From here on nothing is looked up, whatever is typed and in whichever case the name is.
        for (n, username) in ["ada", "ADA", "Ada"].into_iter().enumerate() {
            let from = bot(100 + u32::try_from(n).unwrap());
            let refused = login(&app, &from, username, PASSWORD).await;
            assert_eq!(refused.error(429).code, ErrorCode::RateLimitExceeded);
            assert_eq!(refused.header("retry-after"), Some("60"));
        }
        assert_eq!(denials(&app).await, [(Some(bot(100)), Some("ada".to_owned()), "guesses.account".to_owned())]);
        // Others are none the worse.
        assert_eq!(login(&app, &bot(200), "bob", "wrong").await.status, 401);

        app.clock.advance(Duration::MINUTE);
        assert_eq!(login(&app, &bot(201), "ada", PASSWORD).await.status, 200);
    }

    async fn security_07_the_owner_gets_in_from_where_they_were_before_however_long_the_attack(app) {
        app.user("ada").await;
        assert_eq!(login(&app, "2001:db8::1", "ada", PASSWORD).await.status, 200);
        let mut n = 0;
        // Hours of as many guesses as are taken.
        for minute in 0..240 {
            app.clock.advance(Duration::MINUTE);
            for _ in 0..6 {
                n += 1;
                assert!([401, 429].contains(&login(&app, &bot(n % 5000), "ada", "wrong").await.status.as_u16()));
            }
            if minute % 60 == 59 {
                assert_eq!(login(&app, &bot(6000), "ada", PASSWORD).await.status, 429, "a stranger by the look of it");
                // Another address of the same house.
                assert_eq!(login(&app, "2001:db8::2", "ada", PASSWORD).await.status, 200, "minute {minute}");
            }
        }
        let guesses: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM audit_log WHERE action = 'account.sign_in' AND outcome = 'denied'",
        )
        .fetch_one(app.state.platform.db.pool())
        .await
        .unwrap();
        assert!(guesses <= 20 * 4, "{guesses} guesses in four hours");
        // And from anywhere, an hour after the attack at the latest.
        app.clock.advance(Duration::HOUR);
        assert_eq!(login(&app, &bot(6001), "ada", PASSWORD).await.status, 200);
    }

    async fn security_07_nor_does_the_owners_network_bring_guesses_without_end(app) {
        app.user("ada").await;
        assert_eq!(login(&app, "192.0.2.1", "ada", PASSWORD).await.status, 200);
        let mut compared = 0;
        for _ in 0..59 {
            app.clock.advance(Duration::MINUTE);
            for n in 0..5 {
                login(&app, &bot(n), "ada", "wrong").await;
            }
            for _ in 0..5 {
                compared += u32::from(login(&app, "192.0.2.1", "ada", "wrong").await.status == 401);
            }
        }
        assert_eq!(compared, 20);
    }
}

#[tokio::test]
async fn security_07_a_reset_by_mail_lets_the_owner_in_while_others_guess() {
    let app = limited().build().await;
    let post = async |n: u32, path: &str, body: Value| {
        let answer = app.anonymous().from(&bot(n)).post(path, body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    };
    let (address, new) = ("ada@example.org", "another horse battery");
    let register = json!({"username": "ada", "password": PASSWORD, "email": address});
    post(1000, "/api/auth/register", register).await;
    let code = app.code_for(address).await;
    post(
        1001,
        "/api/auth/confirm",
        json!({"username": "ada", "code": code}),
    )
    .await;
    for n in 0..5 {
        assert_eq!(login(&app, &bot(n), "ada", "wrong").await.status, 401);
    }
    assert_eq!(login(&app, &bot(9), "ada", PASSWORD).await.status, 429);

    app.clock.advance(Duration::SECOND);
    post(1002, "/api/auth/forgot-password", json!({"username": "ada"})).await;
    let code = app.code_for(address).await;
    let reset = json!({"username": "ada", "code": code, "new_password": new});
    post(1003, "/api/auth/reset-password", reset).await;
    assert_eq!(login(&app, &bot(9), "ada", new).await.status, 200);
    app.run_jobs().await;
}

/// Whoever has someone's token for a moment.
#[tokio::test]
async fn security_07_the_current_password_is_guessed_no_faster_by_someone_signed_in() {
    let app = limited().build().await;
    let ada = app.user("ada").await;
    let change = async |n: u32, current: &str| {
        let body = json!({"current_password": current, "new_password": "another horse battery"});
        let client = ada.client.clone().from(&bot(n));
        client.post("/api/auth/change-password", body).await
    };
    for n in 0..5 {
        assert_eq!(change(n, "wrong password").await.status, 400);
    }
    assert_eq!(change(9, PASSWORD).await.status, 429);
    app.clock.advance(Duration::MINUTE);
    assert_eq!(change(9, PASSWORD).await.status, 200);
    app.run_jobs().await;
}

#[tokio::test]
async fn security_07_known_and_unknown_accounts_are_refused_alike() {
    let app = limited().build().await;
    app.user("ada").await;
    let mut answers = Vec::new();
    for username in ["ada", "nobody", "../..", "no one of this name could be"] {
        let mut told = Vec::new();
        for n in 0..8 {
            let answer = login(&app, &bot(n), username, "wrong").await;
            told.push((
                answer.status,
                answer.text().to_owned(),
                answer.header("retry-after").map(str::to_owned),
            ));
        }
        answers.push(told);
        app.clock.advance(Duration::MINUTE);
    }
    assert!(answers.iter().all(|told| *told == answers[0]), "{answers:#?}");
    assert_eq!(answers[0][4].0, 401);
    assert_eq!(answers[0][5].0, 429);
}

#[tokio::test]
async fn security_07_a_network_that_tries_many_accounts_is_refused_too() {
    let app = limited().build().await;
    let mut refused = 0;
    for minute in 0..15 {
        for n in 0..5 {
            let answer = login(&app, "192.0.2.1", &format!("user-{minute}-{n}"), "Password123").await;
            refused += u32::from(answer.status == 429);
        }
        app.clock.advance(Duration::MINUTE);
    }
    assert_eq!(refused, 75 - 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn security_07_parallel_guesses_are_counted_before_any_of_them_is_answered() {
    let app = limited().build().await;
    app.user("ada").await;
    let guesses = (0..100).map(|n| {
        let client = app.anonymous().from(&bot(n));
        tokio::spawn(async move {
            let body = json!({"username": "ada", "password": "wrong"});
            client.post("/api/auth/login", body).await.status.as_u16()
        })
    });
    let mut compared = 0;
    for guess in guesses.collect::<Vec<_>>() {
        match guess.await.unwrap() {
            401 => compared += 1,
            status => assert_eq!(status, 429),
        }
    }
    assert_eq!(compared, 5);
}

#[tokio::test]
async fn signing_in_is_no_guess() {
    let app = limited().build().await;
    app.user("ada").await;
    for n in 0..40 {
        assert_eq!(login(&app, &bot(n), "ada", PASSWORD).await.status, 200);
    }
}
