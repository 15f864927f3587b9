//! What counts against a limit and what does not (security 32, 51).

use std::collections::BTreeSet;

use axum::body::Body;
use http::Method;
use serde_json::{Value, json};
use server::{http::routes::LimitClass, router::pages::routes};
use time::Duration;

use super::limited;
use crate::{
    routes::class_of,
    support::{Answer, Client, PASSWORD},
};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

fn left(answer: &Answer) -> i64 {
    answer
        .header("x-ratelimit-remaining")
        .expect("a limited route")
        .parse()
        .unwrap()
}

async fn guess(client: &Client) -> Answer {
    let body = json!({"username": "nobody", "password": "whatever it is"});
    client.post("/api/auth/login", body).await
}

/// Each route that compares a password or a code, or sends mail: a call of it that is well formed, and wrong.
fn wrong_calls() -> Vec<(Method, &'static str, Value)> {
    let (name, code, new) = ("nobody", "123456", "another horse battery");
    let post = |path, body| (Method::POST, path, body);
    vec![
        post("/api/auth/login", json!({"username": name, "password": PASSWORD})),
        post("/api/auth/token", json!({"username": name, "password": PASSWORD})),
        post(
            "/api/auth/setup",
            json!({"token": "guessed", "username": "first", "password": PASSWORD}),
        ),
        post(
            "/api/auth/change-password",
            json!({"current_password": "wrong one", "new_password": new}),
        ),
        (
            Method::PATCH,
            "/api/auth/me",
            json!({"email": "ada@example.org", "current_password": "wrong one"}),
        ),
        post("/api/auth/confirm", json!({"username": name, "code": code})),
        post(
            "/api/auth/reset-password",
            json!({"username": name, "code": code, "new_password": new}),
        ),
        post(
            "/api/auth/register",
            json!({"username": "ada", "password": PASSWORD}),
        ),
        post("/api/auth/resend-code", json!({"username": name})),
        post("/api/auth/forgot-password", json!({"username": name})),
        post("/sign-in", json!({"username": name, "password": PASSWORD})),
        post("/register", json!({"username": "ada", "password": PASSWORD})),
        post("/confirm", json!({"username": name, "code": code})),
        post("/confirm/resend", json!({"username": name})),
        post("/forgot-password", json!({"username": name})),
        post(
            "/reset-password",
            json!({"username": name, "code": code, "new_password": new}),
        ),
        post(
            "/setup",
            json!({"token": "guessed", "username": "first", "password": PASSWORD}),
        ),
        post(
            "/settings/password",
            json!({"current_password": "wrong one", "new_password": new}),
        ),
        post(
            "/settings/profile",
            json!({"email": "ada@example.org", "current_password": "wrong one"}),
        ),
    ]
}

/// A body as the route takes it: forms at pages and at the route of OAuth, JSON elsewhere.
fn encoded(path: &str, body: &Value) -> (Body, &'static str) {
    if path.starts_with("/api/") && path != "/api/auth/token" {
        (body.to_string().into(), JSON)
    } else {
        (serde_urlencoded::to_string(body).unwrap().into(), FORM)
    }
}

#[tokio::test]
async fn security_32_every_password_code_and_letter_counts() {
    let app = limited().build().await;
    app.user("ada").await;
    let browser = app.browser_of("ada").await;
    for (n, (method, path, body)) in wrong_calls().into_iter().enumerate() {
        app.clock.advance(Duration::HOUR);
        let client = browser
            .stolen_by(app.anonymous())
            .from(&format!("192.0.2.{n}"))
            .with("sec-fetch-site", "same-origin");
        let call = async || {
            let (body, kind) = encoded(path, &body);
            client.request(method.clone(), path, body, Some(kind)).await
        };
        for n in 0..5 {
            let answer = call().await;
            assert_ne!(answer.status, 429, "{path}");
            assert_eq!(
                left(&answer),
                4 - n,
                "{method} {path}: {} {}",
                answer.status,
                answer.text()
            );
        }
        assert_eq!(call().await.status, 429, "{path}");
    }

    let document: Value =
        serde_json::from_str(&server::router::openapi("forepeak").to_json().unwrap()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys();
        methods.map(move |method| (method.to_uppercase().parse().unwrap(), path.clone()))
    });
    let pages = routes().into_iter().map(|page| (page.method, page.pattern));
    let counted: BTreeSet<String> = operations
        .chain(pages)
        .filter(|(method, path)| class_of(method, path).is_some_and(|class| !class.is_personal()))
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    let called = wrong_calls().into_iter();
    let called: BTreeSet<_> = called
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    assert_eq!(counted, called);
    app.run_jobs().await;
}

#[tokio::test]
async fn security_51_what_is_refused_before_a_password_or_a_code_is_compared_does_not_count() {
    let app = limited().build().await;
    let stranger = app.anonymous().from("192.0.2.1");
    let refused = [
        (Method::GET, "/api/auth/login", "", None, 405),
        (Method::HEAD, "/api/auth/login", "", None, 405),
        (Method::OPTIONS, "/api/auth/login", "", None, 405),
        (Method::DELETE, "/api/auth/confirm", "", None, 405),
        (Method::GET, "/api/auth/nothing", "", None, 404),
        (Method::POST, "/api/auth/nothing", "{}", Some(JSON), 404),
        (Method::POST, "/api/auth/login", "{}", Some("text/plain"), 415),
        (Method::POST, "/api/auth/login", "", None, 415),
        (Method::POST, "/api/auth/login", "{", Some(JSON), 400),
        (Method::POST, "/api/auth/login", "{}", Some(JSON), 400),
        (Method::POST, "/api/auth/token", "username=a", Some(FORM), 400),
        (Method::POST, "/api/auth/confirm", "{}", Some(JSON), 400),
        (
            Method::POST,
            "/api/auth/confirm",
            r#"{"username":"ada","code":"one"}"#,
            Some(JSON),
            400,
        ),
        (Method::POST, "/api/auth/register", "{}", Some(JSON), 400),
        (
            Method::POST,
            "/api/auth/forgot-password",
            "",
            Some("text/plain"),
            415,
        ),
        (Method::POST, "/sign-in", "username=a", Some(FORM), 403),
        (
            Method::PATCH,
            "/api/auth/me",
            r#"{"full_name":"Ada"}"#,
            Some(JSON),
            401,
        ),
    ];
    for (method, path, body, kind, status) in &refused {
        for _ in 0..6 {
            let answer = stranger
                .request(method.clone(), path, (*body).into(), *kind)
                .await;
            assert_eq!(
                answer.status.as_u16(),
                *status,
                "{method} {path}: {}",
                answer.text()
            );
        }
    }
    for n in 0..5 {
        let answer = guess(&stranger).await;
        assert_eq!((answer.status.as_u16(), left(&answer)), (401, 4 - n));
    }
    assert_eq!(guess(&stranger).await.status, 429);
}

/// A page somewhere else, which is open in a browser of somebody's network.
#[tokio::test]
async fn security_51_a_foreign_page_locks_nobody_out_of_signing_in() {
    let app = limited().build().await;
    app.user("ada").await;
    let network = || app.anonymous().from("192.0.2.1");
    let old = network().with("origin", "https://evil.example");
    for site in ["cross-site", "same-site"] {
        let page = network().with("sec-fetch-site", site);
        for client in [&page, &page.clone().with("origin", "https://evil.example"), &old] {
            for _ in 0..6 {
                // `<img>`, `<form>`, `fetch` without CORS.
                assert_ne!(client.get("/api/auth/login").await.status, 200);
                for (path, kind) in [
                    ("/api/auth/token", FORM),
                    ("/api/auth/login", "text/plain"),
                    ("/api/auth/register", "text/plain"),
                    ("/sign-in", FORM),
                    ("/forgot-password", FORM),
                ] {
                    let body = Body::from("username=ada&password=wrong");
                    let answer = client.request(Method::POST, path, body, Some(kind)).await;
                    assert_eq!(answer.status, 403, "{path}");
                    assert_eq!(answer.header("x-ratelimit-remaining"), None, "{path}");
                }
            }
        }
    }
    for n in 0..5 {
        assert_eq!(left(&guess(&network()).await), 4 - n);
    }
}

/// A link on a foreign page is followed with the visitor's cookie.
#[tokio::test]
async fn security_51_a_foreign_page_uses_up_nothing_of_a_persons() {
    let app = limited().var("RATE_LIMIT_S3_PER_MINUTE", "3").build().await;
    app.user("ada").await;
    let browser = app.browser_of("ada").await;
    let link = browser.stolen_by(app.anonymous().with("sec-fetch-site", "cross-site"));
    for n in 0..3 {
        let answer = link.get("/api/s3/user-prefix").await;
        assert_eq!((answer.status.as_u16(), left(&answer)), (200, 2 - n));
    }
    assert_eq!(
        link.get("/api/s3/user-prefix").await.status,
        429,
        "nor is it without end"
    );
    for n in 0..3 {
        let answer = browser.get("/api/s3/user-prefix").await;
        assert_eq!((answer.status.as_u16(), left(&answer)), (200, 2 - n));
    }
}

#[tokio::test]
async fn a_right_password_gives_its_place_back() {
    let app = limited().build().await;
    app.user("ada").await;
    let (home, right) = (
        app.anonymous().from("192.0.2.1"),
        format!("username=ada&password={PASSWORD}"),
    );
    for _ in 0..10 {
        let login = json!({"username": "ada", "password": PASSWORD});
        let answer = home.post("/api/auth/login", login).await;
        assert_eq!((answer.status.as_u16(), left(&answer)), (200, 5));
        let answer = home.form("/api/auth/token", &right.replace(' ', "+")).await;
        assert_eq!((answer.status.as_u16(), left(&answer)), (200, 5));
        let page = home.clone().with("sec-fetch-site", "same-origin");
        let answer = page.form("/sign-in", &right.replace(' ', "+")).await;
        assert_eq!((answer.status.as_u16(), left(&answer)), (303, 5));
    }
    for n in 0..5 {
        assert_eq!(left(&guess(&home).await), 4 - n);
    }
    let login = json!({"username": "ada", "password": PASSWORD});
    assert_eq!(home.post("/api/auth/login", login).await.status, 429, "too late");
}

/// Each step of it may go wrong twice.
#[tokio::test]
async fn an_honest_newcomer_meets_no_limit() {
    let app = limited().build().await;
    let home = app.anonymous().from("192.0.2.1");
    let (address, name) = ("ada@example.org", "ada");
    let login = async |password: &str, status: u16| {
        let body = json!({"username": name, "password": password});
        let answer = home.post("/api/auth/login", body).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    };
    let confirm = async |code: &str, status: u16| {
        let body = json!({"username": name, "code": code});
        let answer = home.post("/api/auth/confirm", body).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    };
    login("a guess", 401).await;
    login("another guess", 401).await;
    for (password, status) in [("password", 400), ("short", 400), (PASSWORD, 200)] {
        let body = json!({"username": name, "password": password, "email": address});
        let answer = home.post("/api/auth/register", body).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    }
    let code = app.code_for(address).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    confirm(wrong, 400).await;
    confirm(wrong, 400).await;
    // Too early: the password is right.
    confirm(&code, 200).await;
    login("mistyped", 401).await;
    login(PASSWORD, 200).await;
}

/// Otherwise a mailbox could be filled for nothing.
#[tokio::test]
async fn security_32_mail_counts_whether_or_not_it_is_sent() {
    let app = limited().build().await;
    let class = class_of(&Method::POST, "/api/auth/register");
    assert_eq!(class, Some(LimitClass::Mail));
    let home = app.anonymous().from("192.0.2.1");
    for (n, path) in [
        "register",
        "forgot-password",
        "resend-code",
        "register",
        "forgot-password",
    ]
    .into_iter()
    .enumerate()
    {
        let body = match path {
            "register" => {
                json!({"username": format!("ada-{n}"), "password": PASSWORD, "email": "ada@example.org"})
            }
            _ => json!({"username": "ada-0"}),
        };
        let answer = home.post(&format!("/api/auth/{path}"), body).await;
        assert_eq!(
            (answer.status.as_u16(), left(&answer)),
            (200, 4 - i64::try_from(n).unwrap())
        );
    }
    let answer = home
        .post("/api/auth/forgot-password", json!({"username": "ada-0"}))
        .await;
    assert_eq!(answer.status, 429);
    app.run_jobs().await;
}
