use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;

use super::limited;
use crate::support::{Client, TestApp};

/// At another account each time: accounts are counted apart from addresses.
async fn guess(client: &Client) -> u16 {
    static ACCOUNTS: AtomicU32 = AtomicU32::new(0);
    let account = ACCOUNTS.fetch_add(1, Ordering::Relaxed);
    let body = json!({"username": format!("nobody-{account}"), "password": "whatever it is"});
    client.post("/api/auth/login", body).await.status.as_u16()
}

/// From where sign-ins were tried, as the audit log says.
async fn seen(app: &TestApp) -> Vec<String> {
    sqlx::query_scalar("SELECT DISTINCT address FROM audit_log ORDER BY address")
        .fetch_all(app.state.platform.db.pool())
        .await
        .unwrap()
}

#[tokio::test]
async fn security_33_whoever_holds_an_ipv6_64_is_one_caller() {
    let app = limited().build().await;
    for host in 1..=5 {
        let client = app.anonymous().from(&format!("2001:db8:1:2::{host}"));
        assert_eq!(guess(&client).await, 401);
    }
    let sixth = app.anonymous().from("2001:db8:1:2:ffff:ffff:ffff:ffff");
    assert_eq!(guess(&sixth).await, 429);
    assert_eq!(guess(&app.anonymous().from("2001:db8:1:3::1")).await, 401);
    // Each IPv4 address is somebody; so is one in the clothes of IPv6.
    for _ in 0..5 {
        assert_eq!(guess(&app.anonymous().from("192.0.2.1")).await, 401);
    }
    assert_eq!(guess(&app.anonymous().from("::ffff:192.0.2.1")).await, 429);
    assert_eq!(guess(&app.anonymous().from("192.0.2.2")).await, 401);
}

#[tokio::test]
async fn security_33_strangers_cannot_choose_their_address() {
    let app = limited().build().await;
    for n in 0..5 {
        let client = app
            .anonymous()
            .from("192.0.2.1")
            .with("x-forwarded-for", format!("203.0.113.{n}"))
            .with("forwarded", format!("for=203.0.113.{n}"))
            .with("x-real-ip", format!("203.0.113.{n}"));
        assert_eq!(guess(&client).await, 401);
    }
    assert_eq!(seen(&app).await, ["192.0.2.1"]);
    let sixth = app
        .anonymous()
        .from("192.0.2.1")
        .with("x-forwarded-for", "203.0.113.9");
    assert_eq!(guess(&sixth).await, 429);
}

#[tokio::test]
async fn security_33_trusted_proxies_say_whom_they_speak_for() {
    let app = limited().var("TRUSTED_PROXIES", "10.0.0.0/8, ::1").build().await;
    let behind = |forwarded: &str| {
        app.anonymous()
            .from("10.1.1.1")
            .with("x-forwarded-for", forwarded)
    };
    for n in 0..5 {
        // The client writes another first address each time; the proxy appends what it saw.
        assert_eq!(guess(&behind(&format!("198.51.100.{n}, 203.0.113.5"))).await, 401);
    }
    assert_eq!(seen(&app).await, ["203.0.113.5"]);
    assert_eq!(guess(&behind("203.0.113.5")).await, 429);
    assert_eq!(guess(&behind("203.0.113.5, 10.2.2.2")).await, 429);
    assert_eq!(
        guess(&behind("203.0.113.6")).await,
        401,
        "another client of the same proxy"
    );
    let client = app.anonymous().from("::1").with("x-forwarded-for", "203.0.113.7");
    assert_eq!(guess(&client).await, 401);
    assert_eq!(seen(&app).await, ["203.0.113.5", "203.0.113.6", "203.0.113.7"]);
}
