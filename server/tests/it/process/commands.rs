use std::process::Stdio;

use server::platform::database::{Database, DatabaseUrl};

use super::program::command;

#[tokio::test]
async fn migrate_brings_a_database_up_to_date_and_ends() {
    let data = tempfile::tempdir().unwrap();
    for round in ["a new one", "one that is up to date"] {
        let output = command(&data).arg("migrate").output().await.unwrap();
        assert!(output.status.success(), "{round}: {output:?}");
    }
    let file = data.path().join("data/forepeak.db");
    let db = Database::connect(&DatabaseUrl::Sqlite(file)).await.unwrap();
    let users: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM users")
        .fetch_one(db.pool())
        .await
        .unwrap();
    assert_eq!(users, 0, "a schema, and nobody in it");
    db.close().await;
}

#[tokio::test]
async fn what_is_misconfigured_names_itself_and_shows_no_secret() {
    let data = tempfile::tempdir().unwrap();
    for (name, value) in [
        ("JWT_SECRET_KEY", "hunter2"),
        ("TRUSTED_PROXIES", "everyone"),
        ("RATE_LIMIT_AUTH_PER_MINUTE", "-5"),
    ] {
        let output = command(&data)
            .env(name, value)
            .stdout(Stdio::piped())
            .output()
            .await
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(name) && said.contains(".env.example"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}
