//! A form that is refused comes back as the page that it stands on, with what was typed. Generated from the forms that
//! the pages have.

use std::collections::BTreeSet;

use app::contract::ErrorCode;
use http::Method;
use serde_json::{Value, json};
use server::{features::pages::Audience, router::pages::routes};
use time::Duration;

use crate::support::{Answer, Builder, Client, Field, PASSWORD, Page, PageForm, TestApp};

const ADDRESS: &str = "http://files.example.org:8000";
/// The same machine, under a name that is not configured.
const ALIAS: &str = "http://192.168.1.5:8000";

/// Outside development, where any host is served.
fn site() -> Builder {
    TestApp::builder()
        .storage()
        .var("APP_ENV", "staging")
        .var("PUBLIC_URL", ADDRESS)
        .var("REGISTRATION_WITHOUT_EMAIL", "true")
}

/// As the browser of somebody who opened it there.
fn under_alias(client: &Client) -> Client {
    let host = ALIAS.trim_start_matches("http://");
    client.clone().with("origin", ALIAS).with("host", host)
}

fn is_secret(field: &Field) -> bool {
    field.kind == "password" || ["code", "token"].contains(&field.name.as_str())
}

/// Whether a person writes or chooses what is in it.
fn is_typed(field: &Field) -> bool {
    field.kind != "hidden" && field.kind != "submit" && !field.readonly
}

fn typed(field: &Field) -> String {
    if !is_typed(field) {
        return field.value.clone();
    }
    match (field.name.as_str(), field.kind.as_str()) {
        ("code", _) => "987654".to_owned(),
        (_, "email") => "typed@example.org".to_owned(),
        _ if is_secret(field) => "her-secret".to_owned(),
        _ => {
            let chosen = field.choices.last().cloned();
            chosen.unwrap_or_else(|| format!("typed-{}", field.name))
        }
    }
}

/// Every form of every page, as an admin and as a stranger see them.
async fn forms(app: &TestApp) -> Vec<(Client, PageForm)> {
    let root = app.admin("root").await;
    root.post("/api/auth/api-keys", json!({"name": "key"})).await;
    root.post("/api/admin/invitations", json!({})).await;
    // So that no limit is met before it is meant to be.
    let pause = || app.clock.advance(Duration::MINUTE);
    pause();
    let other = app.user("other").await;
    let made = root.post("/api/teams", json!({"name": "Crew"})).await;
    let team = made.json::<Value>()["id"].as_str().unwrap().to_owned();
    for (user, role) in [("root", "manager"), ("other", "viewer")] {
        pause();
        let member = json!({"user": user, "role": role});
        let added = root.post(&format!("/api/teams/{team}/members"), member).await;
        assert_eq!(added.status, 201, "{}", added.text());
    }
    pause();
    let browser = app.browser_of("root").await;
    let (member, stranger) = (browser.stolen_by(app.anonymous()), app.anonymous());
    crate::buckets::made(&root, "roots-bucket").await;
    let mut seen = BTreeSet::new();
    let mut forms = Vec::new();
    for page in routes().into_iter().filter(|page| page.method == Method::GET) {
        let client = if page.audience == Audience::Everyone {
            &stranger
        } else {
            &member
        };
        let id = if page.pattern.contains("teams") {
            team.clone()
        } else {
            other.id.to_string()
        };
        let path = page.pattern.replace("{id}", &id);
        let path = path.replace("{bucket}", "roots-bucket");
        let answer = client.get(&path.replace("{*path}", "")).await;
        for form in Page::parse(answer.text()).forms() {
            let names: Vec<_> = form.fields.iter().map(|field| field.name.clone()).collect();
            // The same form for each of many things is one form, and signing out is on every page.
            if seen.insert((form.action.clone(), names)) {
                forms.push((client.clone(), form));
            }
        }
    }
    let actions: BTreeSet<_> = forms.iter().map(|(_, form)| form.action.as_str()).collect();
    assert!(actions.len() >= 12, "{actions:?}");
    forms
}

async fn send(client: &Client, form: &PageForm) -> Answer {
    let fields = form
        .fields
        .iter()
        .map(|field| (field.name.as_str(), typed(field)));
    let body = serde_urlencoded::to_string(fields.collect::<Vec<_>>()).unwrap();
    client.form(&form.action, &body).await
}

/// Whether the answer is the page of the form, with all that was typed and no secret.
#[track_caller]
fn assert_kept(answer: &Answer, form: &PageForm, status: u16, why: &str) {
    let what = &form.action;
    assert_eq!(answer.status, status, "{what}");
    let kind = answer.header("content-type");
    assert_eq!(kind, Some("text/html; charset=utf-8"), "{what}");
    let page = Page::parse(answer.text());
    let alerts = page.texts("[role=alert]");
    assert!(
        alerts.iter().any(|alert| alert.contains(why)),
        "{what}: {alerts:?}"
    );
    for secret in form.fields.iter().filter(|field| is_secret(field)) {
        assert!(!answer.text().contains(&typed(secret)), "{what}: {}", secret.name);
    }
    for field in form
        .fields
        .iter()
        .filter(|field| is_typed(field) && !is_secret(field))
    {
        assert_eq!(
            page.value(&field.name),
            Some(typed(field)),
            "{what}: {}",
            field.name
        );
    }
}

#[tokio::test]
async fn security_14_a_form_that_was_opened_under_another_name_says_where_to_send_it() {
    let app = site().build().await;
    for (client, form) in forms(&app).await {
        let answer = send(&under_alias(&client), &form).await;
        assert_kept(&answer, &form, 403, ADDRESS);
        assert!(answer.text().contains(ALIAS), "{}", form.action);
    }
    let me = app.sign_in("root", PASSWORD).await.get("/api/auth/me").await;
    assert!(!me.text().contains("typed"), "{}", me.text());
}

#[tokio::test]
async fn security_14_a_form_that_another_site_sends_fills_in_none_of_ours() {
    let app = site().build().await;
    for (client, form) in forms(&app).await {
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let answer = send(&client.clone().with(name, value), &form).await;
            assert_eq!(answer.status, 403, "{}", form.action);
            let alerts = Page::parse(answer.text()).texts("[role=alert]");
            assert!(
                alerts.iter().any(|alert| alert.contains(ADDRESS)),
                "{}: {alerts:?}",
                form.action
            );
            assert!(!answer.text().contains("typed"), "{}", form.action);
        }
    }
}

#[tokio::test]
async fn a_form_that_is_over_a_limit_keeps_what_was_typed() {
    let app = site()
        .var("RATE_LIMIT_AUTH_PER_MINUTE", "1")
        .var("RATE_LIMIT_S3_PER_MINUTE", "1")
        .build()
        .await;
    let forms = forms(&app).await;
    // Those that are typed into: others end the sign-in or the account that the test has.
    let typed = forms
        .into_iter()
        .filter(|(_, form)| form.fields.iter().any(is_typed));
    for (client, form) in typed {
        app.clock.advance(Duration::HOUR);
        let client = client.with("sec-fetch-site", "same-origin");
        let mut answer = send(&client, &form).await;
        assert_ne!(answer.status, 429, "{}", form.action);
        while answer.header("x-ratelimit-remaining") == Some("0") && answer.status != 429 {
            answer = send(&client, &form).await;
        }
        assert_kept(&answer, &form, 429, "Try again in 60 seconds");
        assert_eq!(answer.header("retry-after"), Some("60"), "{}", form.action);
        assert_eq!(
            answer.header("x-ratelimit-remaining"),
            Some("0"),
            "{}",
            form.action
        );
    }
    app.leave_jobs();
}

/// Malformed, as no page of ours sends it.
#[tokio::test]
async fn a_form_that_cannot_be_read_keeps_what_was_typed() {
    let app = site().build().await;
    for (client, mut form) in forms(&app).await {
        // Signing out reads no form.
        if form.fields.is_empty() {
            continue;
        }
        form.fields.push(Field {
            name: "unknown".to_owned(),
            value: "x".to_owned(),
            choices: Vec::new(),
            kind: "hidden".to_owned(),
            readonly: false,
        });
        let client = client.with("sec-fetch-site", "same-origin");
        let answer = send(&client, &form).await;
        assert_kept(&answer, &form, 400, "s not a field of this request");
    }
}

#[tokio::test]
async fn what_was_typed_is_given_back_where_the_page_cannot_be_shown() {
    let app = site().build().await;
    let alias = under_alias(&app.anonymous());
    // Nobody is signed in there, so the page of the form leads elsewhere.
    let body = "full_name=Ada+Lovelace&current_password=her-secret";
    let answer = alias.form("/settings/profile", body).await;
    assert_eq!(answer.status, 403);
    let page = Page::parse(answer.text());
    assert_eq!(page.texts("dl dd"), ["Ada Lovelace"]);
    assert!(page.texts("[role=alert]")[0].contains(ADDRESS));
    assert!(!answer.text().contains("her-secret"));
    // There is no page of that name at all.
    let signed_out = alias.form("/sign-out", "").await;
    assert_eq!(signed_out.status, 403);
    assert!(signed_out.text().contains(ADDRESS));
}

#[tokio::test]
async fn scripts_and_long_bodies_are_answered_in_short() {
    let app = site().build().await;
    let alias = under_alias(&app.anonymous());
    let script = alias.clone().with("accept", "application/json");
    let refused = script
        .form("/sign-in", "username=ada&password=x")
        .await
        .error(403);
    assert_eq!(refused.code, ErrorCode::PermissionDenied);
    assert!(refused.detail.contains("X-CSRF-Protection"), "{}", refused.detail);

    let long = format!("username={}", "a".repeat(100_000));
    let answer = alias.form("/sign-in", &long).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains(ADDRESS) && !answer.text().contains("aaaaaaaa"));
}
