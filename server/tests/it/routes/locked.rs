//! Security 40: every route and page while another connection has the database locked. What cannot be done now is 503
//! with `Retry-After`; it is no fault, and no refusal.

use std::time::Duration;

use app::contract::ErrorCode;
use server::{platform::database::Waits, router::pages::routes};

use super::{Target, networks, operations, pages, table, table::TABLE};
use crate::{
    buckets,
    support::{Answer, TestApp},
    teams::TestTeam,
};

const WAITS: Waits = Waits {
    connection: Duration::from_secs(5),
    lock: Duration::from_millis(50),
};

/// SQLite lets readers go on, so that some calls are answered as ever.
#[tokio::test]
async fn security_40_every_route_on_sqlite_whose_write_lock_is_taken() {
    let app = TestApp::builder().storage().waits(WAITS).build().await;
    every_route(&app, &[]).await;
}

/// With all tables locked not even a caller can be identified.
#[tokio::test]
async fn security_40_every_route_on_postgres_whose_tables_are_locked() {
    let app = TestApp::builder().storage().postgres().waits(WAITS).build().await;
    let tables = "SELECT table_name::TEXT FROM information_schema.tables \
                  WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'";
    let tables: Vec<String> = sqlx::query_scalar(tables)
        .fetch_all(app.state.platform.db.pool())
        .await
        .unwrap();
    assert!(tables.len() > 10, "{tables:?}");
    every_route(&app, &tables).await;
}

async fn every_route(app: &TestApp, tables: &[String]) {
    let admin = app.admin("root").await;
    let member = app.browser_of("root").await;
    let team = TestTeam::new(&admin, "Crew", &[(&admin, "manager")]).await;
    buckets::made(&admin, "roots-bucket").await;
    let mut targets = Vec::new();
    for (n, (method, path)) in operations().into_iter().enumerate() {
        let target = Target::new(app, &admin, &format!("owner-{n}")).await;
        let read_key = target.key_with(app, "read").await;
        targets.push((method, path, target, read_key));
    }
    let other = app.another_database().await;
    let mut lock = other.begin().await.unwrap();
    for table in tables {
        let statement = format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(&mut *lock)
            .await
            .unwrap();
    }

    let (mut wrong, mut unavailable) = (Vec::new(), 0);
    let mut networks = networks();
    for (method, path, target, read_key) in &targets {
        let route = format!("{method} {}", super::canonical(path));
        let row = TABLE.iter().find(|row| row.route == route).unwrap();
        for (caller, client, as_ever) in [
            ("anonymous", app.anonymous(), row.anonymous),
            ("a wrong token", app.anonymous().bearer("wrong"), row.anonymous),
            ("owner", target.owner.client.clone(), row.owner),
            ("admin", admin.client.clone(), row.admin),
            ("API key", read_key.clone(), row.read_key),
        ] {
            let client = client.from(&networks.next().unwrap());
            let answer = table::answer(&client, method, path, (row.call)(target)).await;
            // Nobody can be told who they are without a look at the database.
            let needs_database = !tables.is_empty() && row.anonymous == 401 && caller != "a wrong token";
            match unavailability(&answer) {
                Ok(true) => unavailable += 1,
                Ok(false) if answer.status == as_ever && (!needs_database || caller == "anonymous") => {}
                Ok(false) if caller == "a wrong token" && answer.status == 401 && tables.is_empty() => {}
                outcome => wrong.push(format!("{route} by {caller}: {} {outcome:?}", answer.status)),
            }
        }
    }
    for page in routes() {
        let route = format!("{} {}", page.method, page.pattern);
        let (_, form, allowed) = *pages::TABLE.iter().find(|(listed, ..)| *listed == route).unwrap();
        let path = page
            .pattern
            .replace("{id}", &pages::id_for(&page.pattern, &admin, &team))
            .replace("{*path}", "folder/")
            .replace("{bucket}", "roots-bucket");
        let client = member.stolen_by(app.anonymous().with("sec-fetch-site", "same-origin"));
        let answer = pages::send(&client, &page.method, &path, &form.replace("{n}", "locked")).await;
        // Some pages only lead to another one. A member is never led to the sign-in form.
        let leads_on = answer
            .header("location")
            .is_some_and(|to| !to.starts_with("/sign-in"));
        match answer.status.as_u16() {
            503 if answer.header("retry-after").is_some() => unavailable += 1,
            303 if leads_on => {}
            status if status == allowed && tables.is_empty() => {}
            status => wrong.push(format!("{route}: {status}")),
        }
    }
    lock.rollback().await.unwrap();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(unavailable > 50, "{unavailable} calls met the lock");
}

/// Whether the answer says that the database is unavailable, in full.
fn unavailability(answer: &Answer) -> Result<bool, String> {
    if answer.status != 503 {
        return Ok(false);
    }
    let said = answer.error(503);
    if said.code == ErrorCode::DatabaseUnavailable && answer.header("retry-after").is_some() {
        Ok(true)
    } else {
        Err(format!(
            "{said:?}, Retry-After {:?}",
            answer.header("retry-after")
        ))
    }
}
