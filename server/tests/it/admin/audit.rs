//! Security 39: what was done stays written down, and can be read without harm.

use std::{collections::BTreeSet, path::Path};

use app::{
    contract::UserId,
    features::audit::types::{AuditEvent, AuditOutcome, AuditPage, AuditQuery},
};
use serde_json::json;
use server::features::audit::{Action, Event, Outcome};
use time::Duration;
use uuid::Uuid;

use super::{delete, from_nowhere, log};
use crate::support::{Answer, PASSWORD, TestApp, User, on_both_databases};

const AUDIT: &str = "/api/admin/audit";

/// The rows of a CSV answer, without its head.
fn rows(answer: &Answer) -> Vec<Vec<String>> {
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/csv; charset=utf-8; header=present")
    );
    assert_eq!(
        answer.header("content-disposition"),
        Some("attachment; filename=\"audit.csv\"")
    );
    let mut rows = parse(answer.text());
    let head = rows.remove(0);
    assert_eq!(
        head,
        [
            "at",
            "action",
            "outcome",
            "actor_id",
            "actor_name",
            "target",
            "detail",
            "address",
            "request_id",
            "id"
        ]
    );
    rows
}

/// RFC 4180.
fn parse(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (quoted, c) {
            (true, '"') if chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            (_, '"') => quoted = !quoted,
            (false, ',') => row.push(std::mem::take(&mut cell)),
            (false, '\r') => assert_eq!(chars.peek(), Some(&'\n')),
            (false, '\n') => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            (_, c) => cell.push(c),
        }
    }
    assert!(!quoted && cell.is_empty() && row.is_empty(), "cut off: {cell}");
    rows
}

async fn all(root: &User, query: &str) -> Vec<AuditEvent> {
    let mut seen = Vec::new();
    let mut path = format!("{AUDIT}?max_keys=3&{query}");
    loop {
        let page: AuditPage = root.get(&path).await.ok();
        assert!(page.events.len() <= 3);
        seen.extend(page.events);
        let Some(token) = page.continuation_token else {
            return seen;
        };
        path = format!("{AUDIT}?max_keys=3&{query}&continuation_token={token}");
    }
}

on_both_databases! {
    async fn the_log_is_read_by_who_what_when_and_how(app) {
        app.admin("root").await;
        let ada = app.user("Ada").await;
        app.clock.advance(Duration::HOUR);
        for name in ["ada", "bob", "ada"] {
            let wrong = json!({"username": name, "password": "wrong password"});
            app.anonymous().post("/api/auth/login", wrong).await.error(401);
        }
        app.sign_in("root", PASSWORD).await;
        let root = app.sign_in("root", PASSWORD).await;
        let count = |query: &'static str| { let root = root.clone(); async move { all(&root, query).await.len() } };
        assert_eq!(count("outcome=denied").await, 3);
        assert_eq!(count("outcome=denied&actor=ADA").await, 2);
        assert_eq!(count("action=account.sign_in&outcome=success").await, 4);
        assert_eq!(count("action=account.").await, 9);
        assert_eq!(count("action=account.sign").await, 0);
        assert_eq!(count("action=nothing.").await, 0);
        assert_eq!(count("to=2024-01-01T00:30:00Z").await, 5);
        assert_eq!(count("from=2024-01-01T01:00:00Z&outcome=denied").await, 3);
        assert_eq!(count("from=2024-01-01T01:00:01Z").await, 0);
        assert_eq!(count("address=127.0.0.1").await, 0);
        let hers = all(&root, &format!("actor={}", ada.id)).await;
        assert_eq!(hers.len(), 2);
        assert!(hers.iter().all(|event| event.actor_id == Some(ada.id) && event.actor_name.as_deref() == Some("Ada")));
        // Newest first, each once.
        let everything = all(&root, "").await;
        assert!(everything.windows(2).all(|pair| pair[0].at >= pair[1].at));
        let ids: BTreeSet<_> = everything.iter().map(|event| event.id).collect();
        assert_eq!(ids.len(), everything.len());
        assert!(everything.iter().all(|event| event.request_id.is_some() || event.actor_id.is_none()));
    }

    async fn an_export_is_of_everything_that_matches(app) {
        let root = app.admin("root").await;
        for n in 0..1_203 {
            let event = Event::new(Action::SignOut, Outcome::Failed, &from_nowhere()).saying(format!("number {n}"));
            app.state.audit.note(event).await.unwrap();
            if n % 100 == 0 {
                app.clock.advance(Duration::SECOND);
            }
        }
        let answer = root.get(&format!("{AUDIT}?format=csv&outcome=failed")).await;
        let rows = rows(&answer);
        let numbers: BTreeSet<_> = rows.iter().map(|row| row[6].clone()).collect();
        assert_eq!((rows.len(), numbers.len()), (1_203, 1_203));
        assert!(rows.windows(2).all(|pair| pair[0][0] >= pair[1][0]), "newest first");
        assert_eq!(rows.last().unwrap()[0], "2024-01-01T00:00:00.000Z");
        // Who took it away is written down in turn.
        let query = AuditQuery { action: Some("audit.export".to_owned()), ..AuditQuery::default() };
        assert_eq!(log(&app, query).await, ["audit.export success root -"]);
    }

    async fn security_39_the_database_itself_refuses_to_forget(app) {
        app.user("ada").await;
        let pool = app.state.platform.db.pool();
        let before = log(&app, AuditQuery::default()).await;
        assert_eq!(before.len(), 2);
        let id: String = sqlx::query_scalar("SELECT id FROM audit_log LIMIT 1").fetch_one(pool).await.unwrap();
        for forgery in [
            "UPDATE audit_log SET outcome = 'denied'".to_owned(),
            format!("UPDATE audit_log SET actor_name = 'eve' WHERE id = '{id}'"),
            format!("DELETE FROM audit_log WHERE id = '{id}'"),
            "DELETE FROM audit_log".to_owned(),
        ] {
            let refused = sqlx::query(sqlx::AssertSqlSafe(forgery.clone())).execute(pool).await;
            assert!(refused.unwrap_err().to_string().contains("append-only"), "{forgery}");
        }
        assert_eq!(log(&app, AuditQuery::default()).await, before);
        // Migrating again changes nothing of that.
        app.state.platform.db.migrate().await.unwrap();
        assert!(sqlx::query("DELETE FROM audit_log").execute(pool).await.is_err());
    }

    /// People type their password where their name belongs, and a line is kept for ever.
    async fn security_38_what_is_typed_for_a_name_is_kept_only_if_it_is_one(app) {
        app.user("ada").await;
        sqlx::query("UPDATE users SET email = 'ada@example.com'")
            .execute(app.state.platform.db.pool())
            .await
            .unwrap();
        for name in ["ADA", "correct-horse", "Tr0ub4dor\u{0}", "nobody@example.com"] {
            app.clock.advance(Duration::seconds(1));
            let wrong = json!({"username": name, "password": "wrong password"});
            app.anonymous().post("/api/auth/login", wrong).await.error(401);
        }
        for account in ["Ada@Example.com", "correct-horse"] {
            app.clock.advance(Duration::seconds(1));
            let asked = json!({"username": account});
            assert_eq!(app.anonymous().post("/api/auth/forgot-password", asked).await.status, 200);
        }
        let lines = log(&app, AuditQuery::default()).await;
        let tail = &lines[lines.len() - 6..];
        assert_eq!(tail, [
            "account.sign_in denied ada -",
            "account.sign_in denied - -",
            "account.sign_in denied - -",
            "account.sign_in denied - -",
            "account.forgot_password success ada -",
            "account.forgot_password success - -",
        ]);
        app.run_jobs().await;
    }

    async fn security_39_an_account_that_goes_takes_no_line_with_it(app) {
        let root = app.admin("root").await;
        let ada = app.user("ada").await;
        let before = all(&root, &format!("actor={}", ada.id)).await;
        assert_eq!(delete(&root, &format!("/api/admin/users/{}", ada.id)).await.status, 200);
        assert_eq!(all(&root, &format!("actor={}", ada.id)).await, before);
    }
}

#[tokio::test]
async fn security_39_neither_a_line_break_nor_a_formula_gets_through() {
    let app = TestApp::new().await;
    let root = app.admin("root").await;
    let names = [
        "=cmd|' /C calc'!A0",
        "+1+1",
        "-2",
        "@SUM(A1)",
        "ada\r\n2024-01-01T00:00:00.000Z,account.sign_in,success",
        "a\"b,c",
        "\t=1",
        "nul\u{0}",
        "\u{1b}[31mred",
        &"x".repeat(5_000),
    ];
    for name in names {
        let wrong = json!({"token": "made up", "username": name, "password": PASSWORD});
        app.anonymous().post("/api/auth/setup", wrong).await.error(404);
    }
    let answer = root.get(&format!("{AUDIT}?format=csv&outcome=denied")).await;
    let rows = rows(&answer);
    assert_eq!(rows.len(), names.len());
    // Physical lines too: one for each event, and the head.
    assert_eq!(answer.text().lines().count(), names.len() + 1);
    for row in &rows {
        for cell in row {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
            assert!(!cell.contains(char::is_control), "{cell:?}");
            assert!(cell.chars().count() <= 1_025);
        }
    }
    assert!(rows.iter().any(|row| row[4] == "'=cmd|' /C calc'!A0"));
    assert!(rows.iter().any(|row| row[4] == "a\"b,c"));
    let page: AuditPage = root.get(&format!("{AUDIT}?outcome=denied")).await.ok();
    assert!(
        page.events
            .iter()
            .all(|event| event.outcome == AuditOutcome::Denied)
    );
    assert!(
        page.events
            .iter()
            .any(|event| event.actor_name.as_deref() == Some("+1+1")),
        "JSON is no spreadsheet"
    );
}

/// A line with a name that somebody typed costs no more among many accounts than among few.
#[tokio::test]
async fn an_account_is_found_by_name_or_address_without_reading_all() {
    use sqlx::Row as _;
    let app = TestApp::new().await;
    let plan = sqlx::query(
        "EXPLAIN QUERY PLAN SELECT MIN(username) FROM users WHERE lower(username) = $1 OR lower(email) = $1",
    )
    .bind("ada")
    .fetch_all(app.state.platform.db.pool())
    .await
    .unwrap();
    let steps: Vec<String> = plan.iter().map(|step| step.get("detail")).collect();
    for index in ["users_username", "users_email"] {
        assert!(
            steps
                .iter()
                .any(|step| step.contains(&format!("USING INDEX {index}"))),
            "{steps:?}"
        );
    }
}

/// Where a statement could touch the log, in the program and in its migrations.
#[test]
fn security_39_no_statement_of_the_program_changes_a_line() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut texts = Vec::new();
    for folder in ["server/src", "migrations"] {
        read_all(&root.join(folder), &mut texts);
    }
    let mut mentions = 0;
    for (path, text) in texts {
        let statements = text.to_lowercase().replace(['\n', '\t'], " ");
        let statements = statements.split_whitespace().collect::<Vec<_>>().join(" ");
        mentions += statements.matches("audit_log").count();
        if path.contains("migrations/guards/") {
            continue;
        }
        for verb in [
            "update audit_log",
            "delete from audit_log",
            "truncate audit_log",
            "drop table audit_log",
            "replace into audit_log",
            "alter table audit_log rename",
            "alter table audit_log drop",
            "on conflict (id) do update audit_log",
        ] {
            assert!(!statements.contains(verb), "{path}: {verb}");
        }
    }
    assert!(mentions > 3, "looked in the wrong place");
}

fn read_all(folder: &Path, texts: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, texts);
        } else if path
            .extension()
            .is_some_and(|ending| ending == "rs" || ending == "sql")
        {
            texts.push((
                path.display().to_string(),
                std::fs::read_to_string(&path).unwrap(),
            ));
        }
    }
}

#[tokio::test]
async fn a_question_that_makes_no_sense_is_refused() {
    let app = TestApp::new().await;
    let root = app.admin("root").await;
    for query in [
        "outcome=maybe",
        "from=yesterday",
        "to=2024-13-01T00:00:00Z",
        "address=localhost",
        "max_keys=0",
        "max_keys=1001",
        "format=xml",
        "actor=a%00b",
        "sort=asc",
    ] {
        assert_eq!(root.get(&format!("{AUDIT}?{query}")).await.status, 400, "{query}");
    }
    let nobody = UserId::from_uuid(Uuid::nil());
    assert!(all(&root, &format!("actor={nobody}")).await.is_empty());
}
