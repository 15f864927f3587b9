//! Security 36: passwords that everybody knows open nothing where it matters.

use serde_json::json;

use super::program::{Program, STAGING, command, refused};
use crate::support::PASSWORD;

#[tokio::test]
async fn security_36_a_server_with_passwords_that_everybody_knows_starts_in_development_only() {
    let data = tempfile::tempdir().unwrap();
    let development = Program::start(&data).await;
    assert!(development.said.contains("admin123"), "{}", development.said);
    development.sign_in("testuser", "testpassword").await;
    development.end().await;

    for (account, command_of) in [("testuser", "disable"), ("admin", "reset-password")] {
        let (status, said) = refused(&data, STAGING).await;
        assert_eq!(status, Some(1));
        assert!(
            said.contains(&format!("the account {account} has the password")),
            "{said}"
        );
        let mend = format!("forepeak user {command_of} {account}");
        assert!(said.contains(&mend), "{said}");
        let mended = command(&data)
            .args(["user", command_of, account])
            .envs(STAGING.iter().copied())
            .output()
            .await
            .unwrap();
        assert!(mended.status.success(), "{mended:?}");
    }
    let staging = Program::start_as(&data, STAGING).await;
    assert!(!staging.said.contains("admin123"), "{}", staging.said);
    staging.end().await;
    // Nor does development say so any more.
    let development = Program::start(&data).await;
    assert!(!development.said.contains("admin123"), "{}", development.said);
}

#[tokio::test]
async fn security_36_accounts_are_made_up_in_an_empty_database_only() {
    let data = tempfile::tempdir().unwrap();
    for arguments in [&["migrate"][..], &["user", "create", "ada"], &["make-bucket"]] {
        let done = command(&data)
            .args(arguments)
            .env("EMBEDDED_S3_ADDR", "127.0.0.1:0")
            .output()
            .await
            .unwrap();
        assert!(done.status.success(), "{done:?}");
    }
    let program = Program::start(&data).await;
    for account in [
        json!({"username": "admin", "password": "admin123"}),
        json!({"username": "testuser", "password": "testpassword"}),
    ] {
        assert_eq!(
            program.post("/api/auth/login", None, &account).await.0,
            401,
            "{account}"
        );
    }
    let register = json!({"username": "bob", "password": PASSWORD});
    assert_eq!(program.post("/api/auth/register", None, &register).await.0, 200);
}
