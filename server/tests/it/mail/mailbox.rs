use serde_json::{Value, json};

use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn development_shows_its_mail_the_newest_first() {
    let app = TestApp::new().await;
    assert_eq!(app.anonymous().get("/api/dev/mailbox").await.text(), "[]");
    let empty = app.anonymous().get("/dev/mailbox").await;
    assert!(empty.text().contains("No mail yet."), "{}", empty.text());

    for username in ["ada", "bob"] {
        let email = format!("{username}@example.com");
        let body = json!({"username": username, "password": PASSWORD, "email": email});
        assert_eq!(app.anonymous().post("/api/auth/register", body).await.status, 200);
        app.run_jobs().await;
    }
    let mail: Value = app.anonymous().get("/api/dev/mailbox").await.ok();
    assert_eq!(mail[1]["to"], "ada@example.com");
    let mut fields: Vec<_> = mail[0].as_object().unwrap().keys().collect();
    fields.sort_unstable();
    assert_eq!(fields, ["body", "code", "sent_at", "subject", "to"]);
    assert_eq!(mail[0]["sent_at"], "2024-01-01T00:00:00Z");
    let code = mail[0]["code"].as_str().unwrap();
    insta::assert_snapshot!(mail[0]["body"].as_str().unwrap().replace(code, "012345"), @r"
    Someone, hopefully you, registered the account bob at http://127.0.0.1:8000 with this address.

        012345

    Enter it at http://127.0.0.1:8000/confirm within ten minutes.

    If it was not you, ignore this mail, and enter the code nowhere: without it there is no account.
    ");

    let page = app.anonymous().get("/dev/mailbox").await;
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert!(
        page.text().contains(code) && page.text().contains("To bob@example.com"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn the_mailbox_holds_no_more_than_anyone_reads() {
    let app = TestApp::new().await;
    for n in 0..205 {
        sqlx::query("INSERT INTO kept_mails (id, recipient, subject, text_body, at_ms) VALUES ($1, 'a@b', 's', 't', $2)")
            .bind(format!("{n}"))
            .bind(n)
            .execute(app.state.platform.db.pool())
            .await
            .unwrap();
    }
    let body = json!({"username": "ada", "password": PASSWORD, "email": "ada@example.com"});
    app.anonymous()
        .post("/api/auth/register", body)
        .await
        .ok::<Value>();
    let mail = app.mail().await;
    assert_eq!((mail.len(), mail[0].to.as_str()), (200, "ada@example.com"));
    let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM kept_mails")
        .fetch_one(app.state.platform.db.pool())
        .await
        .unwrap();
    assert_eq!(rows, 200);
}

#[tokio::test]
async fn there_is_no_mailbox_outside_development_nor_beside_a_mail_server() {
    let public = ("PUBLIC_URL", "https://files.example.org");
    for vars in [
        vec![("APP_ENV", "staging"), public],
        vec![("APP_ENV", "production"), public],
        vec![
            ("SMTP_URL", "smtp://127.0.0.1:1?tls=none"),
            ("MAIL_FROM", "forepeak@example.org"),
        ],
    ] {
        let mut builder = TestApp::builder();
        for (name, value) in &vars {
            builder = builder.var(name, value);
        }
        let app = builder.build().await;
        assert_eq!(
            app.anonymous().get("/api/dev/mailbox").await.error(404).detail,
            "There is nothing at this address"
        );
        assert_eq!(app.anonymous().get("/dev/mailbox").await.status, 404, "{vars:?}");
    }
}
