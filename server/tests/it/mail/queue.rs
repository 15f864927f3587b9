//! What is queued is sent: not before its transaction, not by two, not for ever, and nothing of it stays.

use std::sync::{Arc, Mutex};

use app::features::invitations::types::NewInvitation;
use async_trait::async_trait;
use serde_json::json;
use server::{
    features::mail::{KIND, Letter, MailQueue},
    jobs::{mail::Letters, runner::Background},
    platform::{
        Platform,
        mailer::{Mail, MailError, Mailer},
        queue::{LEASE_SECONDS, Lane, NewJob, Queue, Worker},
    },
};
use time::Duration;
use tokio::sync::Notify;

use crate::support::{PASSWORD, TestApp};

/// Takes mail, or fails as it is told to.
#[derive(Clone, Default)]
struct Post(Arc<Mutex<State>>, Arc<Notify>);

#[derive(Default)]
struct State {
    taken: Vec<Mail>,
    tried: usize,
    failure: Option<fn() -> MailError>,
    stalls: bool,
}

impl Post {
    fn fail(&self, failure: Option<fn() -> MailError>) {
        self.0.lock().unwrap().failure = failure;
    }

    /// As a server that takes the connection and says nothing.
    fn stall(&self, stalls: bool) {
        self.0.lock().unwrap().stalls = stalls;
    }

    /// Resolves once it was tried since it last did.
    async fn next_try(&self) {
        self.1.notified().await;
    }

    fn tried(&self) -> usize {
        self.0.lock().unwrap().tried
    }

    fn taken(&self) -> Vec<Mail> {
        self.0.lock().unwrap().taken.clone()
    }
}

#[async_trait]
impl Mailer for Post {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        // Others get a turn here, as they would while a server is spoken to.
        tokio::task::yield_now().await;
        let stalls = {
            let mut state = self.0.lock().unwrap();
            state.tried += 1;
            state.stalls
        };
        self.1.notify_one();
        if stalls {
            std::future::pending::<()>().await;
        }
        let mut state = self.0.lock().unwrap();
        match state.failure {
            Some(failure) => Err(failure()),
            None => {
                state.taken.push(mail.clone());
                Ok(())
            }
        }
    }
}

fn later() -> MailError {
    MailError::Temporary("451 try again later".into())
}

fn never() -> MailError {
    MailError::Permanent("550 no such mailbox".into())
}

async fn register(app: &TestApp, username: &str) {
    let body =
        json!({"username": username, "password": PASSWORD, "email": format!("{username}@example.com")});
    assert_eq!(app.anonymous().post("/api/auth/register", body).await.status, 200);
}

async fn queued(app: &TestApp) -> Vec<String> {
    sqlx::query_scalar("SELECT input FROM jobs WHERE kind = 'mail' ORDER BY created_at_ms, id")
        .fetch_all(app.state.platform.db.pool())
        .await
        .unwrap()
}

async fn with(post: &Post, postgres: bool) -> TestApp {
    let builder = TestApp::builder().mailer(post.clone());
    if postgres { builder.postgres() } else { builder }.build().await
}

/// Writes a test twice, with a [`Post`] behind the application.
macro_rules! on_both {
    ($(async fn $name:ident($app:ident, $post:ident) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn on($app: TestApp, $post: Post) $body

            #[tokio::test]
            async fn sqlite() {
                let post = Post::default();
                on(with(&post, false).await, post).await;
            }

            #[tokio::test]
            async fn postgres() {
                let post = Post::default();
                on(with(&post, true).await, post).await;
            }
        }
    )+};
}

on_both! {
    async fn a_mail_waits_until_it_can_be_sent(app, post) {
        post.fail(Some(later));
        register(&app, "ada").await;
        app.run_jobs().await;
        app.run_jobs().await;
        assert_eq!(post.tried(), 1, "not again before its pause is over");
        for pause in [30, 60, 120, 240, 480, 960, 1920, 3600, 3600] {
            app.clock.advance(Duration::seconds(pause - 1));
            let tried = post.tried();
            app.run_jobs().await;
            assert_eq!(post.tried(), tried, "{pause}");
            app.clock.advance(Duration::seconds(1));
            app.run_jobs().await;
            assert_eq!(post.tried(), tried + 1, "{pause}");
        }
        post.fail(None);
        app.clock.advance(Duration::hours(1));
        app.run_jobs().await;
        // However late it is, the code in it is a new one, good for ten minutes from now.
        app.clock.advance(Duration::seconds(599));
        let sent = post.taken();
        let [mail] = sent.as_slice() else { panic!("{sent:?}") };
        let code = secrecy::ExposeSecret::expose_secret(mail.code.as_ref().unwrap()).to_owned();
        let confirmed = app.anonymous().post("/api/auth/confirm", json!({"username": "ada", "code": code})).await;
        assert_eq!(confirmed.status, 200, "{}", confirmed.text());
        assert!(queued(&app).await.is_empty());
    }

    async fn a_mail_that_nobody_takes_is_given_up(app, post) {
        post.fail(Some(later));
        register(&app, "ada").await;
        for _ in 0..20 {
            app.run_jobs().await;
            app.clock.advance(Duration::hours(1));
        }
        assert_eq!(post.tried(), 14);
        assert!(queued(&app).await.is_empty());
    }

    async fn an_address_that_does_not_exist_is_not_tried_again(app, post) {
        post.fail(Some(never));
        register(&app, "ada").await;
        app.run_jobs().await;
        assert!(queued(&app).await.is_empty());
        app.clock.advance(Duration::hours(1));
        app.run_jobs().await;
        assert_eq!(post.tried(), 1);
    }

    async fn of_several_replicas_one_sends_each_mail(app, post) {
        for n in 0..10 {
            register(&app, &format!("user-{n}")).await;
        }
        let mut replicas = Vec::new();
        for _ in 0..4 {
            let db = app.another_database().await;
            let queue = Queue::new(Platform { db, ..app.state.platform.clone() });
            let mails = MailQueue::new(queue.clone(), Some(Arc::new(post.clone())));
            let letters = Letters::new(mails, app.state.auth.clone());
            let lane = Lane { name: "mail", at_once: 1, of_one_person: 1 };
            replicas.push(Worker::new(queue, lane, vec![Arc::new(letters)]));
        }
        for sent in futures::future::join_all(replicas.iter().map(Worker::run_due)).await {
            sent.unwrap();
        }
        let mut to: Vec<_> = post.taken().iter().map(|mail| mail.to.as_str().to_owned()).collect();
        to.sort();
        let all: Vec<_> = (0..10).map(|n| format!("user-{n}@example.com")).collect();
        assert_eq!(to, all, "each once");
    }

    async fn what_a_replica_died_over_is_sent_by_another(app, post) {
        post.stall(true);
        register(&app, "ada").await;
        let replica = Background::start(&app.state);
        post.next_try().await;
        drop(replica);
        post.stall(false);
        app.run_jobs().await;
        assert_eq!(post.tried(), 1, "it may be sending still");
        app.clock.advance(Duration::seconds(LEASE_SECONDS));
        app.run_jobs().await;
        assert_eq!((post.tried(), post.taken().len()), (2, 1));
    }

    async fn letters_are_sent_in_the_order_in_which_they_were_queued(app, post) {
        for n in (0..10).rev() {
            register(&app, &format!("user-{n}")).await;
            app.clock.advance(Duration::SECOND);
        }
        app.run_jobs().await;
        let to: Vec<_> = post.taken().iter().map(|mail| mail.to.as_str().to_owned()).collect();
        let all: Vec<_> = (0..10).rev().map(|n| format!("user-{n}@example.com")).collect();
        assert_eq!(to, all);
    }

    async fn the_program_sends_what_is_queued_while_it_runs_and_nothing_after(app, post) {
        let background = Background::start(&app.state);
        register(&app, "ada").await;
        post.next_try().await;
        background.stop().await;
        assert!(queued(&app).await.is_empty(), "what it had begun it has finished");
        register(&app, "bob").await;
        tokio::task::yield_now().await;
        assert_eq!((post.tried(), queued(&app).await.len()), (1, 1));
        app.run_jobs().await;
    }

    async fn what_did_not_happen_is_not_mailed(app, post) {
        let mut transaction = app.state.platform.db.begin().await.unwrap();
        let letter = Letter::ForgotPassword { account: "ada".to_owned() };
        app.state.mails.queue(&mut transaction, &letter).await.unwrap();
        transaction.rollback().await.unwrap();
        assert!(queued(&app).await.is_empty());
        app.run_jobs().await;
        assert_eq!(post.tried(), 0);
    }

    async fn security_04_no_code_lies_in_the_database(app, post) {
        register(&app, "ada").await;
        let letters = queued(&app).await;
        assert_eq!(letters.len(), 1);
        assert!(letters[0].starts_with(r#"{"kind":"confirm_registration","registration":"#), "{letters:?}");
        app.run_jobs().await;
        assert!(queued(&app).await.is_empty());
        let code = secrecy::ExposeSecret::expose_secret(post.taken()[0].code.as_ref().unwrap()).to_owned();
        let mac: String = sqlx::query_scalar("SELECT mac FROM codes").fetch_one(app.state.platform.db.pool()).await.unwrap();
        assert_eq!(mac.len(), 64);
        assert!(!mac.contains(&code));
        let kept: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM kept_mails").fetch_one(app.state.platform.db.pool()).await.unwrap();
        assert_eq!(kept, 0);
    }

    async fn an_invitation_gets_its_link_when_it_is_sent(app, post) {
        post.fail(Some(later));
        let root = app.admin("root").await;
        let body = json!({"email": "ada@example.com", "expires_in_days": 7});
        let made: NewInvitation = root.post("/api/admin/invitations", body).await.ok();
        assert_eq!(queued(&app).await, [format!(r#"{{"kind":"invitation","invitation":"{}"}}"#, made.invitation.id)]);
        app.run_jobs().await;
        assert_eq!((post.tried(), queued(&app).await.len()), (1, 1));
        post.fail(None);
        app.clock.advance(Duration::minutes(1));
        app.run_jobs().await;
        assert!(queued(&app).await.is_empty());
        let sent = post.taken();
        let [mail] = sent.as_slice() else { panic!("{sent:?}") };
        assert!(mail.text.contains(" until 2024-01-08T00:00:00Z."), "{}", mail.text);
        let (_, link) = mail.text.split_once("Open http://127.0.0.1:8000/register?invitation=").unwrap();
        let body = json!({"username": "ada", "password": PASSWORD, "invitation": link.split_whitespace().next()});
        assert_eq!(app.anonymous().post("/api/auth/register", body).await.status, 200);
    }

    async fn an_invitation_that_opens_nothing_is_not_sent(app, post) {
        let (root, maker) = (app.admin("root").await, app.admin("maker").await);
        for by in [&root, &maker] {
            let body = json!({"email": "ada@example.com", "expires_in_days": 1});
            let made: NewInvitation = by.post("/api/admin/invitations", body).await.ok();
            match by.username.as_str() {
                "maker" => {
                    let path = format!("/api/admin/users/{}", maker.id);
                    assert_eq!(root.patch(&path, json!({"status": "disabled"})).await.status, 200);
                }
                _ => {
                    let path = format!("/api/admin/invitations/{}", made.invitation.id);
                    assert_eq!(root.delete_json(&path, json!({})).await.status, 200);
                }
            }
        }
        root.post("/api/admin/invitations", json!({"email": "ada@example.com", "expires_in_days": 1})).await;
        app.clock.advance(Duration::DAY);
        app.run_jobs().await;
        assert_eq!(post.tried(), 0);
        assert!(queued(&app).await.is_empty());
    }

    async fn a_letter_of_a_newer_version_waits_for_one(app, post) {
        let mut connection = app.state.platform.db.pool().acquire().await.unwrap();
        let newer = NewJob::new(KIND, &json!({"kind": "newer"})).unwrap();
        app.state.queue.enqueue_own(&mut connection, &newer).await.unwrap();
        drop(connection);
        register(&app, "ada").await;
        app.run_jobs().await;
        assert_eq!(post.taken().len(), 1, "it is in nobody's way");
        assert_eq!(queued(&app).await, [r#"{"kind":"newer"}"#]);
        app.leave_jobs();
    }
}
