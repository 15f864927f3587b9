//! Security 29, as far as it shows without a browser.

use serde_json::json;

use crate::support::TestApp;

/// The sources of one directive.
fn directive<'a>(policy: &'a str, name: &str) -> Vec<&'a str> {
    policy
        .split(';')
        .map(str::trim)
        .find_map(|part| part.strip_prefix(name)?.strip_prefix(' '))
        .unwrap_or_else(|| panic!("no {name} in {policy}"))
        .split_whitespace()
        .collect()
}

#[tokio::test]
async fn security_29_pages_run_our_scripts_and_no_others() {
    let app = TestApp::new().await;
    let page = app.anonymous().get("/sign-in").await;
    let policy = page.header("content-security-policy").unwrap();
    let scripts = directive(policy, "script-src");
    let nonce = scripts[0]
        .strip_prefix("'nonce-")
        .unwrap()
        .strip_suffix('\'')
        .unwrap();
    assert_eq!(&scripts[1..], ["'strict-dynamic'", "'wasm-unsafe-eval'"]);
    assert!(
        !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
        "{policy}"
    );
    for (name, sources) in [
        ("default-src", vec!["'none'"]),
        ("frame-ancestors", vec!["'none'"]),
        ("object-src", vec!["'none'"]),
        ("base-uri", vec!["'none'"]),
        ("form-action", vec!["'self'"]),
        // Bytes go straight to storage.
        ("connect-src", vec!["'self'", "http://127.0.0.1:9000"]),
    ] {
        assert_eq!(directive(policy, name), sources, "{name}");
    }

    let html = page.text();
    assert_eq!(
        html.matches("<script").count(),
        html.matches(&format!("nonce=\"{nonce}\"")).count(),
        "{html}"
    );
    assert!(html.matches("<script").count() > 0);
    for attribute in [" style=\"", " onclick=", " onload=", "javascript:"] {
        assert!(!html.contains(attribute), "{attribute}");
    }
    let again = app.anonymous().get("/sign-in").await;
    assert!(
        !again.header("content-security-policy").unwrap().contains(nonce),
        "a nonce is used once"
    );
}

#[tokio::test]
async fn security_29_storage_elsewhere_is_the_one_other_origin() {
    for (vars, origins) in [
        (
            vec![("STORAGE", "s3"), ("S3_ENDPOINT_URL", "https://s3.example.org")],
            vec!["https://s3.example.org"],
        ),
        (
            vec![
                ("STORAGE", "s3"),
                ("S3_ENDPOINT_URL", "http://10.0.0.1:8333"),
                ("S3_PUBLIC_ENDPOINT_URL", "https://files.example.org:8443"),
            ],
            vec!["https://files.example.org:8443"],
        ),
        (
            vec![
                ("STORAGE", "s3"),
                ("AWS_REGION", "eu-central-1"),
                ("S3_BUCKET", "team"),
            ],
            vec![
                "https://team.s3.eu-central-1.amazonaws.com",
                "https://team.s3.amazonaws.com",
            ],
        ),
    ] {
        let builder = vars.iter().fold(TestApp::builder(), |builder, (name, value)| {
            builder.var(name, value)
        });
        let app = builder.build().await;
        let page = app.anonymous().get("/sign-in").await;
        let policy = page.header("content-security-policy").unwrap();
        assert_eq!(directive(policy, "connect-src")[1..], origins);
        assert_eq!(directive(policy, "media-src")[2..], origins);
    }
}

#[tokio::test]
async fn security_29_every_answer_is_careful() {
    let app = TestApp::new().await;
    let ada = app.user("ada").await;
    for path in [
        "/sign-in",
        "/api/auth/me",
        "/api/nothing",
        "/nothing",
        "/health",
        "/",
    ] {
        let answer = ada.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert_eq!(directive(policy, "frame-ancestors"), ["'none'"], "{path}");
        assert_eq!(
            answer.header("strict-transport-security"),
            None,
            "{path}: not over plain HTTP"
        );
        if path.starts_with("/api/") {
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        }
    }
}

#[tokio::test]
async fn security_29_production_insists_on_tls() {
    let production = || {
        TestApp::builder()
            .var("APP_ENV", "production")
            .var("PUBLIC_URL", "https://files.example.org")
    };
    let app = production().build().await;
    let answer = app.anonymous().get("/health").await;
    // Other services of the domain are not ours to decide about.
    assert_eq!(
        answer.header("strict-transport-security"),
        Some("max-age=63072000")
    );
    let asked = production().var("HSTS_INCLUDE_SUBDOMAINS", "true").build().await;
    let answer = asked.anonymous().get("/health").await;
    assert_eq!(
        answer.header("strict-transport-security"),
        Some("max-age=63072000; includeSubDomains")
    );
}

#[tokio::test]
async fn every_answer_names_its_request() {
    let app = TestApp::builder()
        .var("TRUSTED_PROXIES", "10.0.0.0/8")
        .build()
        .await;
    let proxy = || app.anonymous().from("10.1.1.1");
    for path in ["/health", "/sign-in", "/api/nothing", "/api/auth/me"] {
        let given = proxy().with("x-request-id", "abc-123_4.5:6").get(path).await;
        assert_eq!(given.header("x-request-id"), Some("abc-123_4.5:6"), "{path}");
        let (first, second) = (app.anonymous().get(path).await, app.anonymous().get(path).await);
        let id = first.header("x-request-id").unwrap();
        assert_eq!(id.len(), 32, "{path}");
        assert_ne!(Some(id), second.header("x-request-id"), "{path}");
    }
    for bad in ["", "a b", "a\"b", &"x".repeat(129)] {
        let answer = proxy().with("x-request-id", bad).get("/health").await;
        assert_eq!(answer.header("x-request-id").unwrap().len(), 32, "{bad}");
    }
}

/// The id is what logs and audit rows are found by: whoever chose it could hide behind someone else's.
#[tokio::test]
async fn security_33_only_a_trusted_proxy_names_a_request() {
    let app = TestApp::builder()
        .var("TRUSTED_PROXIES", "10.0.0.0/8")
        .build()
        .await;
    for peer in [None, Some("192.0.2.1"), Some("::1")] {
        let client = app.anonymous().with("x-request-id", "chosen");
        // What the client says of itself makes no proxy of it.
        let client = client.with("x-forwarded-for", "10.1.1.1");
        let client = match peer {
            Some(peer) => client.from(peer),
            None => client,
        };
        let wrong = json!({"username": "nobody", "password": "wrong password"});
        let answer = client.post("/api/auth/login", wrong).await;
        assert_eq!(answer.header("x-request-id").unwrap().len(), 32, "{peer:?}");
    }
    let ids: Vec<String> = sqlx::query_scalar("SELECT request_id FROM audit_log")
        .fetch_all(app.state.platform.db.pool())
        .await
        .unwrap();
    assert!(ids.len() == 3 && !ids.contains(&"chosen".to_owned()), "{ids:?}");
    let mapped = app
        .anonymous()
        .from("::ffff:10.1.1.1")
        .with("x-request-id", "chosen");
    assert_eq!(mapped.get("/health").await.header("x-request-id"), Some("chosen"));
}

/// A page of any site can make its own name lead to this machine (DNS rebinding).
#[tokio::test]
async fn security_46_development_answers_to_its_own_names_alone() {
    let development = TestApp::new().await;
    let staging = TestApp::builder()
        .var("APP_ENV", "staging")
        .var("PUBLIC_URL", "http://localhost:8000");
    let staging = staging.build().await;
    for path in [
        "/login",
        "/api/auth/me",
        "/api/dev/mailbox",
        "/health",
        "/nowhere",
    ] {
        let ask = |app: &TestApp, host| {
            let client = app.anonymous().with("host", host);
            async move { client.get(path).await }
        };
        let refused = ask(&development, "evil.example:8000").await;
        assert_eq!(refused.status, 421, "{path}");
        assert!(
            refused.text().contains("PUBLIC_URL"),
            "{path}: {}",
            refused.text()
        );
        assert_ne!(ask(&development, "localhost:8000").await.status, 421, "{path}");
        assert_ne!(ask(&staging, "evil.example:8000").await.status, 421, "{path}");
    }
}
