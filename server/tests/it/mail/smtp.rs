//! Mail reaches a real server, and people follow what stands in it.

use std::{process::Stdio, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
};

use super::smtp_server::{Certificate, SmtpServer, Taken};
use crate::support::{PASSWORD, TestApp, ports::free_ports, site::empty_site};

async fn app(url: &str) -> TestApp {
    TestApp::builder()
        .var("SMTP_URL", url)
        .var("MAIL_FROM", "Forepeak at Example <forepeak@example.org>")
        .build()
        .await
}

async fn register(app: &TestApp, username: &str, email: &str) {
    let body = json!({"username": username, "password": PASSWORD, "email": email});
    assert_eq!(app.anonymous().post("/api/auth/register", body).await.status, 200);
}

async fn waiting(app: &TestApp) -> i64 {
    sqlx::query_scalar("SELECT COUNT(*) FROM jobs WHERE kind = 'mail'")
        .fetch_one(app.state.platform.db.pool())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_person_follows_the_codes_in_their_mail() {
    let mut server = SmtpServer::plain().await;
    let app = app(&format!("smtp://127.0.0.1:{}?tls=none", server.port)).await;
    let stranger = app.anonymous();

    register(&app, "ada", "ada@example.com").await;
    app.run_jobs().await;
    let mail = server.take().await;
    assert_eq!(
        (mail.from.as_str(), mail.to.as_slice()),
        ("forepeak@example.org", &["ada@example.com".to_owned()][..])
    );
    let header = |name: &str| mail.headers[name].as_str();
    assert_eq!(header("from"), "Forepeak at Example <forepeak@example.org>");
    assert_eq!(header("to"), "ada@example.com");
    assert_eq!(header("subject"), "Forepeak: Your confirmation code");
    assert_eq!(header("date"), "Mon, 01 Jan 2024 00:00:00 +0000");
    assert_eq!(header("auto-submitted"), "auto-generated");
    // The host of PUBLIC_URL, whatever this machine is called.
    assert!(header("message-id").ends_with("@127.0.0.1>"), "{mail:?}");
    assert!(
        header("content-type").starts_with("multipart/alternative"),
        "{mail:?}"
    );
    assert!(
        mail.html.contains(&format!(">{}</p>", mail.code())),
        "{}",
        mail.html
    );

    let confirm = json!({"username": "ada", "code": mail.code()});
    assert_eq!(stranger.post("/api/auth/confirm", confirm).await.status, 200);
    app.sign_in("ada", PASSWORD).await;

    stranger
        .post("/api/auth/forgot-password", json!({"username": "ada"}))
        .await;
    app.run_jobs().await;
    let mail = server.take().await;
    let reset = json!({"username": "ada", "code": mail.code(), "new_password": "a better one, this time"});
    assert_eq!(stranger.post("/api/auth/reset-password", reset).await.status, 200);
    app.sign_in("ada", "a better one, this time").await;
    app.run_jobs().await;
    assert_eq!(
        server.take().await.headers["subject"],
        "Forepeak: Your password was changed"
    );
}

#[tokio::test]
async fn a_refusal_of_the_server_is_understood() {
    let mut server = SmtpServer::plain().await;
    let app = app(&format!("smtp://127.0.0.1:{}?tls=none", server.port)).await;
    register(&app, "nobody", "nobody@example.com").await;
    app.run_jobs().await;
    assert_eq!(waiting(&app).await, 0, "550: it will never take it");
    register(&app, "later", "later@example.com").await;
    app.run_jobs().await;
    assert_eq!(waiting(&app).await, 1, "451: it may take it later");
    // Neither stands in the way of others.
    register(&app, "ada", "ada@example.com").await;
    app.run_jobs().await;
    assert_eq!(server.take().await.to, ["ada@example.com"]);
    app.leave_jobs();
}

#[tokio::test]
async fn nothing_is_sent_in_plain_text_unless_that_is_asked_for() {
    let mut server = SmtpServer::plain().await;
    let asks_for_tls = app(&format!("smtp://127.0.0.1:{}", server.port)).await;
    register(&asks_for_tls, "ada", "ada@example.com").await;
    asks_for_tls.run_jobs().await;
    assert_eq!(waiting(&asks_for_tls).await, 1, "the server offers no STARTTLS");

    let opportunistic = app(&format!("smtp://127.0.0.1:{}?tls=opportunistic", server.port)).await;
    register(&opportunistic, "bob", "bob@example.com").await;
    opportunistic.run_jobs().await;
    let mail = server.take().await;
    assert_eq!(
        (mail.to, mail.encrypted),
        (vec!["bob@example.com".to_owned()], false)
    );
    asks_for_tls.leave_jobs();
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_gets_no_mail() {
    let certificate = Certificate::make().await;
    for (implicit, scheme) in [(false, "smtp"), (true, "smtps")] {
        let server = SmtpServer::encrypted(&certificate, implicit).await;
        let app = app(&format!(
            "{scheme}://forepeak:a%20secret%3A%20100%25@localhost:{}",
            server.port
        ))
        .await;
        register(&app, "ada", "ada@example.com").await;
        app.run_jobs().await;
        assert_eq!(waiting(&app).await, 1, "{scheme}");
        app.leave_jobs();
    }
}

/// The program itself, as an operator runs it: the job in it sends the mail, encrypted, after a login.
#[tokio::test]
async fn the_program_sends_mail_through_a_server_with_tls_and_a_login() {
    let certificate = Certificate::make().await;
    for (implicit, scheme) in [(false, "smtp"), (true, "smtps")] {
        let mut server = SmtpServer::encrypted(&certificate, implicit).await;
        let url = format!(
            "{scheme}://forepeak:a%20secret%3A%20100%25@localhost:{}",
            server.port
        );
        let program = Program::start(&url, &certificate).await;
        let post = async |path: &str, body: Value| {
            let sent = program
                .client
                .post(format!("{}{path}", program.url))
                .json(&body)
                .send();
            sent.await.unwrap().status().as_u16()
        };
        let body = json!({"username": "ada", "password": PASSWORD, "email": "ada@example.com"});
        assert_eq!(post("api/auth/register", body).await, 200);
        let mail: Taken = server.take().await;
        assert!(mail.encrypted, "{scheme}");
        assert_eq!(mail.login.as_deref(), Some("forepeak"));
        assert!(
            mail.text.contains(&format!("{}confirm", program.url)),
            "{}",
            mail.text
        );
        let confirm = json!({"username": "ada", "code": mail.code()});
        assert_eq!(post("api/auth/confirm", confirm).await, 200);
        assert_eq!(
            post("api/auth/login", json!({"username": "ada", "password": PASSWORD})).await,
            200
        );
        let log = program.end().await;
        assert!(log.contains("mail sent"), "{log}");
        for secret in [
            mail.code(),
            "a secret: 100%",
            "a%20secret",
            PASSWORD,
            "ada@example.com",
        ] {
            assert!(!log.contains(secret), "security 38: {secret} in {log}");
        }
    }
}

/// After a crash jobs go on within 15 seconds of the restart: by then the lease of the one who died has ended.
#[tokio::test]
async fn a_mail_that_the_program_was_killed_over_goes_on_soon_after_the_restart() {
    let certificate = Certificate::make().await;
    // It takes connections and says nothing, so that the program waits in the middle of a mail.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}?tls=none", silent.local_addr().unwrap());
    let program = Program::start(&url, &certificate).await;
    let _check = silent.accept().await.unwrap();
    let body = json!({"username": "ada", "password": PASSWORD, "email": "ada@example.com"});
    let register = program
        .client
        .post(format!("{}api/auth/register", program.url))
        .json(&body);
    assert_eq!(register.send().await.unwrap().status(), 200);
    let _mail = silent.accept().await.unwrap();

    let data = program.kill().await;
    let _again = Program::start_in(data, &url, &certificate).await;
    let goes_on = async {
        let _check = silent.accept().await.unwrap();
        silent.accept().await.unwrap()
    };
    tokio::time::timeout(Duration::from_secs(15), goes_on)
        .await
        .expect("the mail goes on");
}

/// `forepeak serve`, on ports of its own; ended when dropped.
struct Program {
    url: String,
    client: reqwest::Client,
    child: Child,
    data: TempDir,
}

impl Program {
    async fn start(smtp_url: &str, trusted: &Certificate) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), smtp_url, trusted).await
    }

    /// The same, on the data of a program before it.
    async fn start_in(data: TempDir, smtp_url: &str, trusted: &Certificate) -> Self {
        let [site, storage] = free_ports();
        let mut child = Command::new(env!("CARGO_BIN_EXE_forepeak"))
            .arg("serve")
            .env_clear()
            .env("DATA_DIR", data.path())
            .env("LEPTOS_SITE_ROOT", empty_site(data.path()))
            .env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{site}"))
            .env("EMBEDDED_S3_ADDR", format!("127.0.0.1:{storage}"))
            .env("SMTP_URL", smtp_url)
            .env("MAIL_FROM", "forepeak@example.org")
            .env("SSL_CERT_FILE", trusted.path())
            .env("RUST_LOG", "trace")
            .current_dir(data.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // A file, not a pipe: nobody reads while the program runs, and a full pipe would stop it.
            .stderr(std::fs::File::create(data.path().join("log")).unwrap())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        while let Some(line) = said.next_line().await.unwrap() {
            if line.contains("Open") {
                return Self {
                    url: format!("http://127.0.0.1:{site}/"),
                    client: reqwest::Client::new(),
                    child,
                    data,
                };
            }
        }
        let log = std::fs::read_to_string(data.path().join("log")).unwrap();
        panic!("the program did not start: {log}");
    }

    /// Ends it as a crash does, and answers its data.
    async fn kill(mut self) -> TempDir {
        self.child.kill().await.unwrap();
        self.data
    }

    /// Ends it, and answers its log.
    async fn end(mut self) -> String {
        self.child.kill().await.unwrap();
        std::fs::read_to_string(self.data.path().join("log")).unwrap()
    }
}
