//! A password that was right when it was compared, and is none any more when what it opens is done.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use app::{
    contract::ErrorCode,
    features::{admin::types::UpdateUserRequest, auth::types::TokenResponse},
};
use async_trait::async_trait;
use axum::Router;
use serde_json::{Value, json};
use server::{
    features::admin::Authority,
    platform::{
        mailer,
        password::Passwords,
        rate_limit::{Counter, LimiterError, Quota, RateLimiter, Verdict},
        rng::SystemRng,
    },
    router,
    state::AppState,
};
use tokio::sync::Notify;

use super::{
    confirm::{EMAIL, account},
    password::{NEW, forgot, reset},
    sign_in::dependencies_of,
};
use crate::support::{Answer, Browser, Client, JWT_SECRET, PASSWORD, TestApp, User, on_both_databases};

/// A limiter that stops the first guess which turns out to be none: between the comparison of a password and what is
/// done with it.
#[derive(Default)]
struct Hold {
    over: AtomicBool,
    compared: Notify,
    go_on: Notify,
}

#[async_trait]
impl RateLimiter for Hold {
    async fn take(&self, _: &Counter, _: &[Quota]) -> Result<Verdict, LimiterError> {
        Ok(Verdict {
            admitted: true,
            limit: u32::MAX,
            remaining: u32::MAX,
            reset: 0,
            wait: 1,
            at: 0,
        })
    }

    async fn give_back(&self, _: &Counter, _: &Verdict) -> Result<(), LimiterError> {
        if !self.over.swap(true, Ordering::SeqCst) {
            self.compared.notify_one();
            self.go_on.notified().await;
        }
        Ok(())
    }

    async fn forget(&self, _: &Counter) -> Result<(), LimiterError> {
        Ok(())
    }
}

/// A replica whose first right password waits until something else has happened.
struct Slow {
    router: Router,
    hold: Arc<Hold>,
}

impl Slow {
    async fn replica(app: &TestApp) -> Self {
        let hold = Arc::new(Hold::default());
        let mut dependencies = dependencies_of(app, app.another_database().await, &[JWT_SECRET]);
        Arc::make_mut(&mut dependencies.config).limits.rates.auth = NonZeroU32::new(1000);
        dependencies.limiter = Arc::clone(&hold) as Arc<dyn RateLimiter>;
        dependencies.mailer = mailer::configured(&dependencies.config.mail, &dependencies.platform).unwrap();
        let router = router::build(AppState::new(dependencies, app.state.store.clone()));
        Self { router, hold }
    }

    fn client(&self) -> Client {
        Client::new(self.router.clone())
    }

    fn held_by(&self, user: &User) -> Client {
        self.client().bearer(&user.tokens.access_token)
    }

    /// Begins `request`, lets `meanwhile` happen once its password has been compared, and answers the request.
    async fn during(
        &self,
        request: impl Future<Output = Answer>,
        meanwhile: impl Future<Output = ()>,
    ) -> Answer {
        let meanwhile = async {
            self.hold.compared.notified().await;
            meanwhile.await;
            self.hold.go_on.notify_one();
        };
        tokio::join!(request, meanwhile).0
    }
}

async fn reset_by_mail(app: &TestApp) {
    forgot(app, "ada").await;
    let code = app.code_for(EMAIL).await;
    let answer = app
        .anonymous()
        .post("/api/auth/reset-password", reset(&code))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn login() -> Value {
    json!({"username": "ada", "password": PASSWORD})
}

fn other_address() -> Value {
    json!({"email": "thief@example.com", "current_password": PASSWORD})
}

async fn nobody_waits_for_an_address(app: &TestApp) {
    let waiting: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM address_changes")
        .fetch_one(app.state.platform.db.pool())
        .await
        .unwrap();
    assert_eq!(waiting, 0);
    let mail = app.mail().await;
    assert!(mail.iter().all(|mail| mail.to == EMAIL), "{mail:?}");
}

async fn refused_updates(app: &TestApp) -> i64 {
    sqlx::query_scalar(
        "SELECT COUNT(*) FROM audit_log WHERE action = 'account.update_profile' AND outcome = 'denied'",
    )
    .fetch_one(app.state.platform.db.pool())
    .await
    .unwrap()
}

on_both_databases! {
    async fn security_08_an_address_asked_for_before_a_reset_is_not_waited_for_after_it(app) {
        account(&app, "ada", EMAIL).await;
        let thief = app.sign_in("ada", PASSWORD).await;
        let slow = Slow::replica(&app).await;
        let held = slow.held_by(&thief);
        let answer = slow.during(held.patch("/api/auth/me", other_address()), reset_by_mail(&app)).await;
        assert_eq!(answer.error(401).code, ErrorCode::InvalidToken);
        nobody_waits_for_an_address(&app).await;
        assert_eq!(refused_updates(&app).await, 1);
    }

    async fn security_08_an_address_takes_the_password_of_the_moment_it_is_asked_for(app) {
        // The thief holds the owner's own tokens: their sign-in outlives the change.
        let ada = account(&app, "ada", EMAIL).await;
        let slow = Slow::replica(&app).await;
        let held = slow.held_by(&ada);
        let change = async {
            let body = json!({"current_password": PASSWORD, "new_password": NEW});
            assert_eq!(ada.post("/api/auth/change-password", body).await.status, 200);
        };
        let answer = slow.during(held.patch("/api/auth/me", other_address()), change).await;
        assert_eq!(answer.error(400).fields["current_password"], "is not your password");
        nobody_waits_for_an_address(&app).await;
        assert_eq!(refused_updates(&app).await, 1);
    }

    async fn security_12_whoever_was_signed_out_meanwhile_changes_nothing(app) {
        let ada = account(&app, "ada", EMAIL).await;
        for (path, body) in [
            ("/api/auth/me", other_address()),
            ("/api/auth/change-password", json!({"current_password": PASSWORD, "new_password": NEW})),
        ] {
            let thief = app.sign_in("ada", PASSWORD).await;
            let slow = Slow::replica(&app).await;
            let held = slow.held_by(&thief);
            let request = async {
                if path == "/api/auth/me" { held.patch(path, body).await } else { held.post(path, body).await }
            };
            let sign_out = async {
                assert_eq!(thief.post("/api/auth/logout", json!({})).await.status, 200);
            };
            let answer = slow.during(request, sign_out).await;
            assert_eq!(answer.error(401).code, ErrorCode::InvalidToken, "{path}");
        }
        nobody_waits_for_an_address(&app).await;
        assert_eq!(ada.get("/api/auth/me").await.status, 200);
        app.sign_in("ada", PASSWORD).await;
    }

    async fn security_08_a_change_with_the_old_password_does_not_undo_a_reset(app) {
        account(&app, "ada", EMAIL).await;
        let thief = app.sign_in("ada", PASSWORD).await;
        let slow = Slow::replica(&app).await;
        let held = slow.held_by(&thief);
        let body = json!({"current_password": PASSWORD, "new_password": "what the thief wants"});
        let answer = slow.during(held.post("/api/auth/change-password", body), reset_by_mail(&app)).await;
        assert_eq!(answer.error(401).code, ErrorCode::InvalidToken);
        app.sign_in("ada", NEW).await;
        app.run_jobs().await;
    }

    async fn security_12_a_login_in_flight_does_not_outlive_its_password(app) {
        let ada = account(&app, "ada", EMAIL).await;
        let slow = Slow::replica(&app).await;
        let script = slow.client();
        let answer = slow.during(script.post("/api/auth/login", login()), reset_by_mail(&app)).await;
        assert_eq!(answer.error(401).code, ErrorCode::InvalidCredentials);

        let ada = app.sign_in(&ada.username, NEW).await;
        let slow = Slow::replica(&app).await;
        let browser = Browser::new(slow.router.clone());
        let fields = serde_urlencoded::to_string([("username", "ada"), ("password", NEW)]).unwrap();
        let change = async {
            let body = json!({"current_password": NEW, "new_password": PASSWORD});
            assert_eq!(ada.post("/api/auth/change-password", body).await.status, 200);
        };
        let answer = slow.during(browser.form("/sign-in", &fields), change).await;
        assert_ne!(answer.status, 303, "{}", answer.text());
        assert_eq!(browser.get("/api/auth/me").await.status, 401);
        assert_eq!(ada.get("/api/auth/me").await.status, 200);
        app.run_jobs().await;
    }

    async fn security_12_a_login_in_flight_does_not_outlive_the_account(app) {
        let ada = account(&app, "ada", EMAIL).await;
        let by = Authority::operator();
        let administration = &app.state.administration;
        let status = |text: &str| -> UpdateUserRequest { serde_json::from_value(json!({"status": text})).unwrap() };

        let slow = Slow::replica(&app).await;
        let script = slow.client();
        let disable = async {
            administration.update(&by, ada.id, status("disabled")).await.unwrap();
        };
        let answer = slow.during(script.post("/api/auth/login", login()), disable).await;
        assert_eq!(answer.error(401).code, ErrorCode::InvalidCredentials);
        administration.update(&by, ada.id, status("active")).await.unwrap();
        let alive: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM sign_ins WHERE revoked_at IS NULL")
            .fetch_one(app.state.platform.db.pool())
            .await
            .unwrap();
        assert_eq!(alive, 0, "nobody is back with the account");

        let slow = Slow::replica(&app).await;
        let script = slow.client();
        let delete = async {
            administration.delete(&by, ada.id).await.unwrap();
        };
        let answer = slow.during(script.post("/api/auth/login", login()), delete).await;
        assert_eq!(answer.error(401).code, ErrorCode::InvalidCredentials);
    }

    async fn a_hash_that_is_renewed_meanwhile_locks_nobody_out(app) {
        account(&app, "ada", EMAIL).await;
        let slow = Slow::replica(&app).await;
        let script = slow.client();
        // As a replica does that is configured to another cost.
        let renew = async {
            let passwords = Passwords::with_cost(Arc::new(SystemRng), 32, 1).unwrap();
            let hash = passwords.hash(PASSWORD.into()).await.unwrap();
            sqlx::query("UPDATE users SET password_hash = $1").bind(hash).execute(app.state.platform.db.pool()).await.unwrap();
        };
        let answer = slow.during(script.post("/api/auth/login", login()), renew).await;
        let tokens: TokenResponse = answer.ok();
        assert_eq!(app.anonymous().bearer(&tokens.access_token).get("/api/auth/me").await.status, 200);
    }

    async fn security_12_of_a_storm_of_logins_none_outlives_the_change(app) {
        let ada = account(&app, "ada", EMAIL).await;
        let stranger = app.anonymous();
        let storm = futures::future::join_all((0..12).map(|_| stranger.post("/api/auth/login", login())));
        let body = json!({"current_password": PASSWORD, "new_password": NEW});
        let (answers, changed) = tokio::join!(storm, ada.post("/api/auth/change-password", body));
        assert_eq!(changed.status, 200, "{}", changed.text());
        for answer in answers.into_iter().filter(|answer| answer.status == 200) {
            let tokens: TokenResponse = answer.ok();
            let refused = app.anonymous().bearer(&tokens.access_token).get("/api/auth/me").await;
            assert_eq!(refused.status, 401);
            let refresh = json!({"refresh_token": tokens.refresh_token});
            assert_eq!(stranger.post("/api/auth/refresh", refresh).await.status, 401);
        }
        assert_eq!(ada.get("/api/auth/me").await.status, 200);
        app.run_jobs().await;
    }
}
