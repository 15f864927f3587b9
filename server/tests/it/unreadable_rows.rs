//! Rows with values that this program would not have written: a state that it does not know, a negative size. Each is an
//! error whose cause is logged; none is taken for another value.

use std::ops::AsyncFn;

use app::{
    contract::ErrorCode,
    features::{
        api_keys::types::CreatedApiKey, auth::types_sessions::SessionPage, invitations::types::NewInvitation,
    },
};
use serde_json::{Value, json};
use server::config::LogFormat;
use sqlx::{AssertSqlSafe, Executor};

use crate::{
    support::{Answer, KeptLog, PASSWORD, TestApp, TestDatabase, on_both_databases},
    teams::TestTeam,
    uploads::{completion, initiate, send_part},
};

/// Later than any calendar, as SQL.
const BEYOND_TIME: &str = "9000000000000000000";

/// A column of one row.
pub(crate) struct Cell<'a> {
    pub(crate) table: &'a str,
    pub(crate) column: &'a str,
    /// The row, as a condition.
    pub(crate) row: &'a str,
}

impl Cell<'_> {
    /// Writes `value`, SQL, whatever the schema's checks say of it.
    pub(crate) async fn write(&self, app: &TestApp, value: &str) {
        let Self { table, column, row } = self;
        let update = format!("UPDATE {table} SET {column} = {value} WHERE {row}");
        run_unchecked(app, table, column, &update).await;
    }

    /// Whether what `ask` asks for is refused as long as the cell holds `bad`, and not once it holds `good` again.
    async fn refuses(&self, app: &TestApp, bad: &str, good: &str, ask: impl AsyncFn() -> Answer) {
        let what = format!("{}.{} = {bad}", self.table, self.column);
        let before = ask().await;
        assert!(!before.status.is_server_error(), "{what}: {}", before.text());
        self.write(app, bad).await;
        refused(&what, self.column, &ask).await;
        self.write(app, good).await;
        let after = ask().await;
        assert_eq!(after.status, before.status, "{what}: {}", after.text());
    }
}

async fn refused(what: &str, column: &str, ask: impl AsyncFn() -> Answer) {
    let (log, guard) = KeptLog::begin(LogFormat::Text, "info");
    let answer = ask().await;
    drop(guard);
    assert_eq!(answer.status, 500, "{what}: {}", answer.text());
    assert_eq!(answer.error(500).code, ErrorCode::InternalError, "{what}");
    assert!(!answer.text().contains(column), "{what}: {}", answer.text());
    let log = log.text();
    let cause = log.lines().find(|line| line.contains("request failed"));
    let cause = cause.unwrap_or_else(|| panic!("{what}: no cause in {log}"));
    assert!(
        cause.contains("decoding column") && cause.contains(column),
        "{what}: {cause}"
    );
}

async fn run_unchecked(app: &TestApp, table: &str, column: &str, sql: &str) {
    let mut connection = app.state.platform.db.pool().acquire().await.unwrap();
    let sql = match app.database() {
        TestDatabase::Sqlite(_) => {
            format!("PRAGMA ignore_check_constraints = ON; {sql}; PRAGMA ignore_check_constraints = OFF")
        }
        TestDatabase::Postgres(_) => {
            format!("ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {table}_{column}_check; {sql}")
        }
    };
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(sql)))
        .await
        .unwrap();
}

on_both_databases! {
    async fn of_accounts(app) {
        let root = app.admin("root").await;
        let ada = app.user("ada").await;
        let cell = |column| Cell { table: "users", column, row: "username = 'ada'" };
        let listed = async || root.get("/api/admin/users").await;
        let me = async || ada.get("/api/auth/me").await;
        let refresh = async || {
            let body = json!({"refresh_token": ada.tokens.refresh_token});
            app.anonymous().post("/api/auth/refresh", body).await
        };
        let login = async || {
            app.anonymous().post("/api/auth/login", json!({"username": "ada", "password": PASSWORD})).await
        };

        cell("role").refuses(&app, "'owner'", "'user'", listed).await;
        cell("role").refuses(&app, "'owner'", "'user'", me).await;
        cell("status").refuses(&app, "'paused'", "'active'", listed).await;
        cell("status").refuses(&app, "'paused'", "'active'", refresh).await;
        cell("status").refuses(&app, "'paused'", "'active'", login).await;
        let row = format!("holder_id = '{}'", ada.id);
        let quota = Cell { table: "storage_use", column: "quota_bytes", row: &row };
        quota.refuses(&app, "-1", "NULL", listed).await;
        cell("created_at").refuses(&app, BEYOND_TIME, "0", listed).await;
        cell("created_at").refuses(&app, BEYOND_TIME, "0", me).await;
        cell("email").refuses(&app, "'nobody'", "NULL", me).await;
    }

    async fn of_sign_ins(app) {
        let root = app.admin("root").await;
        let ada = app.user("ada").await;
        app.sign_in("ada", PASSWORD).await;
        let page: SessionPage = ada.get("/api/auth/sessions").await.ok();
        let other = page.sessions.iter().find(|session| !session.current).unwrap();
        let row = format!("id = '{}'", other.id);
        let cell = |column| Cell { table: "sign_ins", column, row: &row };
        let sessions = async || ada.get("/api/auth/sessions").await;

        cell("kind").refuses(&app, "'phone'", "'token'", sessions).await;
        cell("last_seen_at").refuses(&app, BEYOND_TIME, "1704067200", sessions).await;
        cell("last_seen_at")
            .refuses(&app, BEYOND_TIME, "1704067200", async || root.get("/api/admin/users").await)
            .await;
    }

    async fn of_api_keys(app) {
        let ada = app.user("ada").await;
        let key: CreatedApiKey = ada.post("/api/auth/api-keys", json!({"name": "script"})).await.ok();
        let script = app.anonymous().with("x-api-key", &key.key);
        let cell = |column| Cell { table: "api_keys", column, row: "name = 'script'" };
        let listed = async || ada.get("/api/auth/api-keys").await;
        let used = async || script.get("/api/auth/me").await;
        let id = format!("'{}'", key.details.id);

        cell("can_read").refuses(&app, "2", "1", listed).await;
        cell("can_read").refuses(&app, "2", "1", used).await;
        cell("can_write").refuses(&app, "-1", "1", used).await;
        cell("expires_at").refuses(&app, BEYOND_TIME, "NULL", used).await;
        cell("last_used_at").refuses(&app, BEYOND_TIME, "NULL", listed).await;
        cell("id").refuses(&app, "'first'", &id, listed).await;
    }

    async fn of_registrations_that_wait(app) {
        let body = json!({"username": "ada", "password": PASSWORD, "email": "ada@example.com"});
        assert_eq!(app.anonymous().post("/api/auth/register", body).await.status, 200);
        let cell = Cell { table: "pending_registrations", column: "email", row: "username = 'ada'" };
        let login = async || {
            app.anonymous().post("/api/auth/login", json!({"username": "ada", "password": PASSWORD})).await
        };
        cell.refuses(&app, "'nobody'", "'ada@example.com'", login).await;
        app.run_jobs().await;
    }

    async fn of_invitations(app) {
        let root = app.admin("root").await;
        let made: NewInvitation = root.post("/api/admin/invitations", json!({})).await.ok();
        let (_, secret) = made.link.as_deref().unwrap().split_once("?invitation=").unwrap();
        let cell = |column| Cell { table: "invitations", column, row: "role <> ''" };
        let listed = async || root.get("/api/admin/invitations").await;
        let opened = async || {
            let body = json!({"username": "ada", "password": PASSWORD, "invitation": secret});
            app.anonymous().post("/api/auth/register", body).await
        };

        cell("role").refuses(&app, "'owner'", "'user'", listed).await;
        cell("expires_at").refuses(&app, BEYOND_TIME, "1704153600", listed).await;
        cell("role").write(&app, "'owner'").await;
        refused("an invitation to be an owner", "role", opened).await;
        cell("role").write(&app, "'user'").await;
        assert_eq!(opened().await.status, 200, "nobody has taken it up");
    }

    async fn of_teams(app) {
        let (root, ada) = (app.admin("root").await, app.user("ada").await);
        let team = TestTeam::new(&root, "Crew", &[(&ada, "viewer")]).await;
        let cell = |table, column| Cell { table, column, row: "'' = ''" };
        let own = async || ada.get("/api/teams").await;
        let reached = async || ada.get("/api/s3/user-prefix").await;
        let members = async || root.get(&format!("/api/teams/{}/members", team.id)).await;
        let all = async || root.get("/api/admin/teams").await;

        cell("team_members", "role").refuses(&app, "'owner'", "'viewer'", own).await;
        cell("team_members", "role").refuses(&app, "'owner'", "'viewer'", reached).await;
        cell("team_members", "role").refuses(&app, "'owner'", "'viewer'", members).await;
        cell("team_members", "added_at").refuses(&app, BEYOND_TIME, "1", members).await;
        cell("teams", "created_at").refuses(&app, BEYOND_TIME, "1", own).await;
        cell("teams", "deleted_at").refuses(&app, BEYOND_TIME, "NULL", all).await;
    }

    async fn of_the_audit_log(app) {
        let root = app.admin("root").await;
        // Nothing is changed in this log: each entry has an action of its own to be found by.
        for (column, id, at_ms, outcome, actor) in [
            ("id", "'first'", "0", "'success'", "NULL"),
            ("at_ms", "'018f0000-0000-4000-8000-000000000001'", BEYOND_TIME, "'success'", "NULL"),
            ("outcome", "'018f0000-0000-4000-8000-000000000002'", "0", "'maybe'", "NULL"),
            ("actor_id", "'018f0000-0000-4000-8000-000000000003'", "0", "'success'", "'nobody'"),
        ] {
            let log = async || root.get(&format!("/api/admin/audit?action=bad.{column}")).await;
            assert_eq!(log().await.status, 200);
            let insert = format!(
                "INSERT INTO audit_log (id, at_ms, action, outcome, actor_id)
                 VALUES ({id}, {at_ms}, 'bad.{column}', {outcome}, {actor})"
            );
            run_unchecked(&app, "audit_log", column, &insert).await;
            refused(column, column, log).await;
        }
    }

    async fn of_kept_mail(app) {
        let body = json!({"username": "ada", "password": PASSWORD, "email": "ada@example.com"});
        app.anonymous().post("/api/auth/register", body).await;
        assert_eq!(app.mail().await.len(), 1);
        let cell = Cell { table: "kept_mails", column: "at_ms", row: "code IS NOT NULL" };
        cell.refuses(&app, BEYOND_TIME, "0", async || app.anonymous().get("/api/dev/mailbox").await).await;
    }
}

on_both_databases! {
    with storage;

    async fn of_uploads(app) {
        let ada = app.user("ada").await;
        let id = initiate(&ada, "a").await;
        let part = send_part(&ada, "a", &id, 1, b"hello".into()).await;
        let row = format!("id = '{id}'");
        let cell = |column| Cell { table: "uploads", column, row: &row };
        let path = format!("/api/s3/multipart/parts?key={}&upload_id={id}", ada.query_key("a"));
        let parts = async || ada.get(&path).await;
        let complete = async || {
            ada.post("/api/s3/multipart/complete", completion(&ada, "a", &id, std::slice::from_ref(&part))).await
        };

        cell("state").refuses(&app, "'paused'", "'open'", parts).await;
        cell("completing").refuses(&app, "-1", "0", parts).await;
        cell("size").refuses(&app, "-1", "NULL", parts).await;
        cell("part_size").refuses(&app, "-1", "NULL", parts).await;
        cell("checksum").refuses(&app, "'MD4'", "NULL", parts).await;
        cell("only_if_absent").refuses(&app, "2", "0", parts).await;
        cell("created_at").refuses(&app, BEYOND_TIME, "1704067200", parts).await;
        let signed = format!("upload_id = '{id}'");
        let cell_of_part = |column| Cell { table: "upload_parts", column, row: &signed };
        cell_of_part("size").refuses(&app, "-1", "5", parts).await;
        cell_of_part("part_number").refuses(&app, BEYOND_TIME, "1", parts).await;

        cell("state").write(&app, "'paused'").await;
        refused("an upload that is paused", "state", complete).await;
        assert_eq!(app.inventory().await, [format!("{} unfinished", ada.key("a"))]);
        cell("state").write(&app, "'open'").await;
        let done: Value = complete().await.ok();
        let etag = format!("'{}'", done["etag"].as_str().unwrap());
        // Its ETag is part of its state.
        cell("etag").write(&app, "NULL").await;
        refused("a completed upload without an ETag", "state", complete).await;
        cell("etag").write(&app, &etag).await;
        assert_eq!(complete().await.status, 200);
    }
}
