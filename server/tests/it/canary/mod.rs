//! Security 38: secrets that are told from all other text, planted in every place of every route that could take one,
//! then looked for wherever text comes out.

use app::features::{auth::types::TokenResponse, invitations::types::NewInvitation};
use axum::body::Body;
use http::{Method, header};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use server::{config::LogFormat, features::admin::service::FirstStart, router::pages, telemetry::metrics};

use crate::support::{Answer, Client, JWT_SECRET, KeptLog, PASSWORD, TestApp};

/// In every planted secret, and in no other text.
const CANARY: &str = "kanarienvogel";

/// Names under which a request carries a secret, on some route.
const FIELDS: [&str; 12] = [
    "password",
    "old_password",
    "current_password",
    "new_password",
    "token",
    "code",
    "refresh_token",
    "client_secret",
    "invitation",
    "secret_access_key",
    "session_token",
    "key",
];

#[tokio::test]
async fn security_38_what_is_planted_in_requests_comes_out_nowhere() {
    let (logs, guard) = KeptLog::begin_each([LogFormat::Text, LogFormat::Json], "trace");
    metrics::start();
    let app = TestApp::with_storage().await;
    let mut refusals = Vec::new();
    app.admin("root").await;
    app.user("ada").await;
    for (method, path) in operations() {
        // Anew for each route: some of them end the sign-in.
        let mut clients = vec![app.anonymous().with("sec-fetch-site", "same-origin")];
        for name in ["ada", "root"] {
            let tokens = app.sign_in(name, PASSWORD).await.tokens;
            let client = clients[0].clone().bearer(&tokens.access_token);
            clients.push(app.browser_of(name).await.stolen_by(client));
        }
        let is_page = !path.starts_with("/api/");
        for client in clients {
            for answer in plant(&client, &method, &path).await {
                // A page that is refused links to itself, query and all: that is the caller's own address.
                if !is_page && (answer.status.is_client_error() || answer.status.is_server_error()) {
                    refusals.push(format!("{method} {path}: {}", answer.text()));
                }
            }
        }
        for header in ["authorization", "x-api-key", "cookie"] {
            let value = match header {
                "authorization" => format!("Bearer {CANARY}"),
                "cookie" => format!("forepeak-8000={CANARY}; other={CANARY}"),
                _ => CANARY.to_owned(),
            };
            let client = app.anonymous().with(header, value);
            let answer = client.request(method.clone(), &path, Body::empty(), None).await;
            refusals.push(format!("{method} {path}: {}", answer.text()));
        }
    }
    app.run_jobs().await;
    drop(guard);
    for log in logs {
        let logged = log.text();
        assert!(
            logged.contains("answered"),
            "nothing was logged: {} bytes",
            logged.len()
        );
        nothing_in("the log", &logged);
    }
    nothing_in("the metrics", &metrics::render());
    nothing_in("the configuration's Debug", &format!("{:?}", app.state.config));
    for refusal in &refusals {
        nothing_in("an error", refusal);
    }
    nothing_in("the audit log", &everything_written_down(&app).await);
}

#[tokio::test]
async fn security_38_what_the_server_gives_out_is_told_once() {
    let (paper, guard) = KeptLog::begin(LogFormat::Json, "trace");
    let app = TestApp::with_storage().await;
    let mut secrets = vec![PASSWORD.to_owned(), JWT_SECRET.to_owned()];

    let FirstStart::Token { link } = app.state.administration.first_start(None, false).await.unwrap() else {
        panic!("no token")
    };
    let (_, token) = link.expose_secret().split_once("#token=").unwrap();
    secrets.push(token.to_owned());
    assert!(!format!("{link:?}").contains(token));
    let body = json!({"token": token, "username": "root", "password": PASSWORD});
    app.anonymous().post("/api/auth/setup", body).await.ok::<Value>();

    let root = app.sign_in("root", PASSWORD).await;
    let TokenResponse {
        access_token,
        id_token,
        refresh_token,
        ..
    } = root.tokens.clone();
    secrets.extend([access_token, id_token, refresh_token.clone()]);
    let renewed: TokenResponse = root
        .post("/api/auth/refresh", json!({"refresh_token": refresh_token}))
        .await
        .ok();
    secrets.extend([renewed.access_token, renewed.id_token, renewed.refresh_token]);
    let invitation: NewInvitation = root.post("/api/admin/invitations", json!({})).await.ok();
    let link = invitation.link.unwrap();
    secrets.push(link.split_once("?invitation=").unwrap().1.to_owned());
    let key: Value = root
        .post("/api/auth/api-keys", json!({"name": "spare"}))
        .await
        .ok();
    let key = key["key"].as_str().unwrap().to_owned();
    assert_eq!(
        app.anonymous()
            .with("x-api-key", &key)
            .get("/api/auth/me")
            .await
            .status,
        200
    );
    secrets.push(key);
    let browser = app.browser_of("root").await;
    assert_eq!(browser.get("/files/").await.status, 200);
    secrets.push(browser.cookie().unwrap().split_once('=').unwrap().1.to_owned());
    // One that is to be mailed has its link in the mail alone.
    let mailed = json!({"email": "ada@example.com"});
    root.post("/api/admin/invitations", mailed).await.ok::<Value>();
    let with_queued_mail = in_the_files_of(&app).await;
    let mail = app.mail().await;
    let (_, link) = mail[0].body.split_once("?invitation=").unwrap();
    secrets.push(link.split_whitespace().next().unwrap().to_owned());
    // Development's own mailbox keeps what it shows.
    sqlx::query("DELETE FROM kept_mails")
        .execute(app.state.platform.db.pool())
        .await
        .unwrap();
    drop(guard);

    // Asked for again, what was given out once is not given again.
    let mut texts = vec![
        ("the log", paper.text()),
        ("the metrics", metrics::render()),
        ("Debug", format!("{:?}", app.state.config)),
        ("the audit log", everything_written_down(&app).await),
        ("the database", in_the_files_of(&app).await),
        ("the database with queued mail", with_queued_mail.clone()),
    ];
    for path in [
        "/api/admin/users",
        "/api/admin/invitations",
        "/api/auth/api-keys",
        "/api/auth/sessions",
        "/api/auth/me",
        "/api/admin/stats",
    ] {
        texts.push((path, root.get(path).await.text().to_owned()));
    }
    for (place, text) in texts {
        assert!(!text.is_empty() || place == "the metrics", "{place} is empty");
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{place} has {secret}");
        }
    }
    assert!(with_queued_mail.contains(r#""kind":"invitation""#));
    assert!(
        !with_queued_mail.contains("fpk_invite_"),
        "a secret that is never used, either"
    );
}

/// What every route describes of itself.
fn operations() -> Vec<(Method, String)> {
    let document = server::router::openapi("forepeak").to_json().unwrap();
    let document: Value = serde_json::from_str(&document).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let pages = pages::routes()
        .into_iter()
        .map(|page| (page.method, page.pattern));
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .keys()
                .map(|method| (method.to_uppercase().parse().unwrap(), path.clone()))
        })
        .chain(pages)
        .collect()
}

/// In the query; in a JSON body of each field alone, in broken JSON, in a form, and in a form of parts; pages take forms
/// only.
async fn plant(client: &Client, method: &Method, path: &str) -> Vec<Answer> {
    const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
    const JSON: Option<&str> = Some("application/json");
    let mut answers = Vec::new();
    let path = path
        .replace("{id}", "00000000-0000-4000-8000-000000000000")
        .replace("{*path}", "folder/")
        .replace("{bucket}", "a-bucket")
        .replace("{name}", "a-bucket")
        .replace("{key}", "key");
    let mut send = async |path: &str, body: String, kind: Option<&str>| {
        answers.push(client.request(method.clone(), path, Body::from(body), kind).await);
    };
    for field in ["token", "invitation", "password", "continuation_token"] {
        send(&format!("{path}?{field}={CANARY}"), String::new(), None).await;
    }
    let is_page = !path.starts_with("/api/");
    if is_page && *method == Method::GET {
        return answers;
    }
    let whole: serde_json::Map<_, _> = FIELDS
        .iter()
        .map(|field| ((*field).to_owned(), json!(secret(field))))
        .collect();
    send(&path, serde_urlencoded::to_string(&whole).unwrap(), FORM).await;
    send(&path, Value::from(whole).to_string(), JSON).await;
    let form = serde_urlencoded::to_string([("username", "ada"), ("password", &secret("password"))]).unwrap();
    send(&path, form, FORM).await;
    let broken = format!("{{\"username\":\"eve\",\"password\":\"{CANARY}-");
    send(&path, broken, JSON).await;
    for field in FIELDS {
        if is_page {
            let form = serde_urlencoded::to_string([("username", "eve"), (field, &secret(field))]).unwrap();
            send(&path, form, FORM).await;
        } else {
            let body = json!({"username": "eve", field: secret(field)});
            send(&path, body.to_string(), JSON).await;
        }
    }
    // What is typed there by mistake may be a password; elsewhere a name is given to be kept.
    if ["login", "token", "forgot-password", "reset-password", "sign-in"]
        .iter()
        .any(|end| path.ends_with(end))
    {
        let names = json!({"username": secret("username"), "password": PASSWORD});
        send(&path, names.to_string(), JSON).await;
        let whole =
            json!({"username": format!("{CANARY}-1"), "code": "123456", "new_password": secret("password")});
        send(&path, whole.to_string(), JSON).await;
        let form = serde_urlencoded::to_string([("username", CANARY), ("password", PASSWORD)]).unwrap();
        send(&path, form, Some("application/x-www-form-urlencoded")).await;
    }
    let real = json!({"username": "ada", "password": secret("password"), "name": "k"});
    send(&path, real.to_string(), JSON).await;
    answers
}

/// Acceptable as a password, so that it goes as deep as one can.
fn secret(field: &str) -> String {
    format!("{CANARY} of {field}")
}

#[track_caller]
fn nothing_in(place: &str, text: &str) {
    if let Some(at) = text.find(CANARY) {
        let from = text.floor_char_boundary(at.saturating_sub(400));
        let to = text.ceil_char_boundary(at + 100);
        panic!("{place} has a secret: {}", &text[from..to]);
    }
}

async fn everything_written_down(app: &TestApp) -> String {
    let root = app.sign_in("root", PASSWORD).await;
    let answer = root.get("/api/admin/audit?format=csv").await;
    assert_eq!(
        answer
            .header(header::CONTENT_TYPE.as_str())
            .map(|kind| &kind[..8]),
        Some("text/csv")
    );
    answer.text().to_owned()
}

/// Every text of every row of every table.
async fn in_the_files_of(app: &TestApp) -> String {
    use sqlx::Row;
    let pool = app.state.platform.db.pool();
    let tables =
        sqlx::query("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> '_sqlx_migrations'")
            .fetch_all(pool)
            .await
            .unwrap();
    let mut text = String::new();
    for table in tables {
        let table: String = table.get("name");
        let columns = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT name FROM pragma_table_info('{table}')"
        )))
        .fetch_all(pool)
        .await
        .unwrap();
        for column in columns {
            let column: String = column.get("name");
            let sql = format!("SELECT COALESCE(CAST({column} AS TEXT), '') AS text FROM {table}");
            for row in sqlx::query(sqlx::AssertSqlSafe(sql))
                .fetch_all(pool)
                .await
                .unwrap()
            {
                text.push_str(&row.get::<String, _>("text"));
                text.push('\n');
            }
        }
    }
    text
}
