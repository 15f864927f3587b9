//! Security 43: what docs/operations.md tells operators to do, done as it is printed there, and what people find after it.

use serde_json::json;
use tempfile::TempDir;
use tokio::process::Command;

use super::program::{Program, STAGING};
use crate::support::{
    Form, PASSWORD,
    private_postgres::{Options, PrivatePostgres},
};

/// The commands below the heading about backups, one string a fence.
fn documented() -> Vec<&'static str> {
    let (_, after) = include_str!("../../../../docs/operations.md")
        .split_once("\n## Backup and restore\n")
        .unwrap();
    let (section, _) = after.split_once("\n## ").unwrap();
    let fences = section.split("```sh\n").skip(1);
    fences.map(|fence| fence.split_once("```").unwrap().0).collect()
}

async fn run(commands: &str, folder: &TempDir, variables: &[(&str, &str)]) {
    let output = Command::new("sh")
        .args(["-euxc", commands])
        .envs(variables.iter().copied())
        .current_dir(folder.path())
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

async fn start(data: &TempDir, variables: &[(&str, &str)]) -> Program {
    let open = [
        ("REGISTRATION", "open"),
        ("REGISTRATION_WITHOUT_EMAIL", "true"),
        // Nothing is mailed to people without an address.
        ("SMTP_URL", "smtp://127.0.0.1:1"),
        ("MAIL_FROM", "files@example.org"),
    ];
    Program::start_as(data, &[STAGING, &open, variables].concat()).await
}

/// Ada's key of a file that was written twice.
async fn write_twice(program: &Program) -> String {
    let token = program.person().await;
    let key = format!("{}letters/first.note", program.home(&token).await);
    for content in ["the first text", "the second text"] {
        let form = Form::new()
            .file("first.note", "text/x-note", content.as_bytes())
            .text("key", &key)
            .bytes();
        let answer = reqwest::Client::new()
            .post(format!("{}/api/s3/upload", program.url))
            .header("content-type", Form::content_type())
            .bearer_auth(&token)
            .body(form)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
    }
    key
}

/// Ada signs in with her password, and finds both versions, as they were.
async fn find_both(program: &Program, key: &str) {
    let token = program.sign_in("ada", PASSWORD).await;
    let versions = program
        .get(&format!("/api/s3/object/versions?key={key}"), &token)
        .await;
    let mut texts = Vec::new();
    for version in versions.as_array().unwrap() {
        let id = version["version_id"].as_str().unwrap();
        let answer = reqwest::Client::new()
            .get(format!("{}/api/s3/object?key={key}&version_id={id}", program.url))
            .bearer_auth(&token)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.headers()["content-type"], "text/x-note");
        texts.push(answer.text().await.unwrap());
    }
    assert_eq!(texts, ["the second text", "the first text"]);
}

/// What was done after the backup is not in it, and what was lost since is.
async fn go_on(program: &Program, key: &str) {
    let token = program.sign_in("ada", PASSWORD).await;
    let body = json!({"keys": [key], "permanent": true});
    let (status, answer) = program.post("/api/s3/delete", Some(&token), &body).await;
    assert_eq!(status, 202, "{answer}");
    let body = json!({"username": "grace", "password": PASSWORD});
    assert_eq!(program.post("/api/auth/register", None, &body).await.0, 200);
}

async fn knows_no_grace(program: &Program) {
    let body = json!({"username": "grace", "password": PASSWORD});
    assert_eq!(program.post("/api/auth/login", None, &body).await.0, 401);
}

#[tokio::test]
async fn security_43_sqlite_and_the_embedded_store_come_back_from_their_backup() {
    let commands = documented();
    let (here, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let program = start(&here, &[]).await;
    let key = write_twice(&program).await;
    run(commands[1], &here, &[]).await;
    go_on(&program, &key).await;
    program.end().await;

    std::fs::rename(here.path().join("backup"), elsewhere.path().join("data")).unwrap();
    let restored = start(&elsewhere, &[]).await;
    find_both(&restored, &key).await;
    knows_no_grace(&restored).await;
    restored.end().await;
}

#[tokio::test]
async fn security_43_a_postgres_database_comes_back_from_its_dump() {
    let commands = documented();
    let postgres = PrivatePostgres::start(Options::default()).await;
    let port = postgres.port.to_string();
    let as_operator = [
        ("PGHOST", "127.0.0.1"),
        ("PGPORT", &port),
        ("PGUSER", "tests"),
        ("PGPASSWORD", "right"),
    ];
    let url = format!("postgres://forepeak:secret@127.0.0.1:{port}/forepeak");
    let data = tempfile::tempdir().unwrap();
    let created = r#"psql --quiet --dbname=postgres --command="CREATE ROLE forepeak LOGIN PASSWORD 'secret'"
        createdb --owner forepeak forepeak"#;
    run(created, &data, &as_operator).await;
    let database = [("DATABASE_URL", url.as_str())];
    let program = start(&data, &database).await;
    let key = write_twice(&program).await;
    run(commands[0], &data, &database).await;
    let body = json!({"username": "grace", "password": PASSWORD});
    assert_eq!(program.post("/api/auth/register", None, &body).await.0, 200);
    program.end().await;

    run("dropdb forepeak", &data, &as_operator).await;
    run(commands[2], &data, &as_operator).await;
    let restored = start(&data, &database).await;
    find_both(&restored, &key).await;
    knows_no_grace(&restored).await;
    restored.end().await;
}
