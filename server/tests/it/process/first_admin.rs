//! Security 36, as it is met by whoever starts the program outside development.

use serde_json::json;
use tempfile::TempDir;

use super::program::{Program, STAGING};
use crate::support::PASSWORD;

async fn start(data: &TempDir, more: &[(&str, &str)]) -> Program {
    Program::start_as(data, &[STAGING, more].concat()).await
}

/// The access token of `root`, who is an admin.
async fn sign_in(program: &Program) -> String {
    let token = program.sign_in("root", PASSWORD).await;
    assert_eq!(program.get("/api/admin/stats", &token).await["users"], 1);
    token
}

#[tokio::test]
async fn security_36_the_first_start_prints_where_to_become_admin_and_no_other_does() {
    let data = tempfile::tempdir().unwrap();
    let first = start(&data, &[]).await;
    let (_, rest) = first.said.split_once("/setup#token=").expect(&first.said);
    let token = rest.split_whitespace().next().unwrap().to_owned();
    first.end().await;

    let second = start(&data, &[]).await;
    assert!(!second.said.contains("token="), "{}", second.said);
    let body = json!({"token": token, "username": "root", "password": PASSWORD});
    let (status, answer) = second.post("/api/auth/setup", None, &body).await;
    assert_eq!(status, 200, "{answer}");
    sign_in(&second).await;
    second.end().await;

    let third = start(&data, &[]).await;
    assert!(!third.said.contains("setup"), "{}", third.said);
    assert_eq!(third.post("/api/auth/setup", None, &body).await.0, 404);
    third.end().await;
}

#[tokio::test]
async fn security_36_a_configured_admin_can_sign_in_and_lost_accounts_bring_no_other() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("password");
    std::fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    let configured = [
        ("ADMIN_USERNAME", "root"),
        ("ADMIN_PASSWORD_FILE", file.to_str().unwrap()),
    ];
    let program = start(&data, &configured).await;
    assert!(!program.said.contains("token="), "{}", program.said);
    assert!(!program.said.contains(PASSWORD), "{}", program.said);
    let token = sign_in(&program).await;
    let folder = json!({"prefix": format!("{}letters/", program.home(&token).await)});
    let (status, answer) = program.post("/api/s3/folder", Some(&token), &folder).await;
    assert!(status < 300, "{answer}");
    program.end().await;

    // The database is gone, or another one was named by mistake; the files are there.
    for name in ["forepeak.db", "forepeak.db-wal", "forepeak.db-shm"] {
        let _ = std::fs::remove_file(data.path().join("data").join(name));
    }
    for more in [&[][..], &configured] {
        let program = start(&data, more).await;
        assert!(!program.said.contains("token="), "{}", program.said);
        let body = json!({"username": "root", "password": PASSWORD});
        assert_eq!(program.post("/api/auth/login", None, &body).await.0, 401);
        program.end().await;
    }
}
