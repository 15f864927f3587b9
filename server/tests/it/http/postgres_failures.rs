//! Security 40: what PostgreSQL itself refuses: a connection too many, a connection that an admin ends, a full disk.

use std::{fs::File, io::Write as _, time::Duration};

use app::contract::ErrorCode;
use serde_json::{Value, json};
use server::platform::database::{Database, DatabaseUrl, Waits};
use sqlx::{Connection, PgConnection};

use crate::{
    accounts::replica_on,
    support::{
        Client, JWT_SECRET, PASSWORD, TestApp,
        private_postgres::{Options, PrivatePostgres},
    },
};

const WAITS: Waits = Waits {
    connection: Duration::from_secs(3),
    lock: Duration::from_secs(60),
};

async fn execute(connection: &mut PgConnection, statement: String) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
        .execute(connection)
        .await
        .unwrap();
}

/// Asks the server until it says yes.
async fn until(connection: &mut PgConnection, question: &'static str) {
    while !sqlx::query_scalar::<_, bool>(question)
        .fetch_one(&mut *connection)
        .await
        .unwrap()
    {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn security_40_a_database_without_a_connection_left_or_whose_connections_are_ended() {
    let server = PrivatePostgres::start(Options::default()).await;
    let mut admin = server.admin().await;
    execute(
        &mut admin,
        "CREATE ROLE forepeak LOGIN PASSWORD 'right' CONNECTION LIMIT 1".to_owned(),
    )
    .await;
    execute(&mut admin, "CREATE DATABASE forepeak OWNER forepeak".to_owned()).await;
    let url = server
        .socket_url()
        .replace("tests:right", "forepeak:right")
        .replace("/postgres?", "/forepeak?");
    let url = DatabaseUrl::parse(&url).unwrap();
    let db = Database::connect_with(&url, WAITS).await.unwrap();
    db.migrate().await.unwrap();
    let app = TestApp::new().await;
    let there = Client::new(replica_on(&app, db.clone(), &[JWT_SECRET]));
    let register = json!({"username": "ada", "password": PASSWORD});
    assert_eq!(
        there.post("/api/auth/register", register.clone()).await.status,
        200
    );

    // One connection is all there is, and it waits for a lock: a second request finds none.
    let in_forepeak = server.socket_url().replace("/postgres?", "/forepeak?");
    let mut holder = PgConnection::connect(&in_forepeak).await.unwrap();
    execute(
        &mut holder,
        "BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE".to_owned(),
    )
    .await;
    let waiting = {
        let (there, login) = (there.clone(), register.clone());
        tokio::spawn(async move { there.post("/api/auth/login", login).await })
    };
    until(&mut admin, "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE usename = 'forepeak' AND wait_event_type = 'Lock')").await;
    let refused = there.post("/api/auth/login", register.clone()).await;
    assert_eq!(refused.error(503).code, ErrorCode::DatabaseUnavailable);
    assert!(refused.header("retry-after").is_some());

    execute(
        &mut admin,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'forepeak'".to_owned(),
    )
    .await;
    let ended = waiting.await.unwrap();
    assert_eq!(ended.error(503).code, ErrorCode::DatabaseUnavailable);
    assert!(ended.header("retry-after").is_some());
    execute(&mut holder, "ROLLBACK".to_owned()).await;
    execute(&mut admin, "ALTER ROLE forepeak CONNECTION LIMIT 16".to_owned()).await;
    assert_eq!(there.post("/api/auth/login", register).await.status, 200);
    db.close().await;
}

#[tokio::test]
async fn security_40_a_full_disk_of_postgres_is_said_until_there_is_room() {
    let options = Options {
        disk_mebibytes: Some(16),
        ..Options::default()
    };
    let server = PrivatePostgres::start(options).await;
    let url = format!("{}&options=-c%20default_tablespace%3Dsmall", server.socket_url());
    let url = DatabaseUrl::parse(&url).unwrap();
    let db = Database::connect(&url).await.unwrap();
    db.migrate().await.unwrap();
    let app = TestApp::with_storage().await;
    let there = Client::new(replica_on(&app, db.clone(), &[JWT_SECRET]));
    let register = |n: u32| json!({"username": format!("ada-{n}"), "password": PASSWORD});
    assert_eq!(there.post("/api/auth/register", register(0)).await.status, 200);
    let tokens: Value = there.post("/api/auth/login", register(0)).await.ok();
    let ada = there.clone().bearer(tokens["access_token"].as_str().unwrap());
    assert_eq!(there.get("/ready").await.status, 200);

    let filler = server.small_disk().join("filler");
    let mut file = File::create(&filler).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    // Pages that are there already have room for a few rows.
    let mut n = 0;
    let full = loop {
        n += 1;
        assert!(n < 1000, "the disk does not fill up");
        let answer = there.post("/api/auth/register", register(n)).await;
        if answer.status != 200 {
            break answer;
        }
    };
    assert_eq!(full.error(507).code, ErrorCode::StorageFull);
    assert!(!full.text().contains("small"), "PostgreSQL's words stay inside");
    assert_eq!(ada.get("/api/auth/me").await.status, 200, "reading goes on");
    let ready = there.get("/ready").await;
    assert_eq!(
        (ready.status.as_u16(), &ready.json::<Value>()["disk"]),
        (503, &json!("full"))
    );

    drop(file);
    std::fs::remove_file(filler).unwrap();
    assert_eq!(there.post("/api/auth/register", register(n)).await.status, 200);
    db.close().await;
}
