//! Administration: accounts, invitations, the first admin, the audit log, and the commands.

mod audit;
mod commands;
mod denials;
mod invitations;
mod setup;
mod users;

use http::Method;
use serde_json::Value;
use server::features::{admin::Authority, audit::Origin};

use crate::support::{Answer, Client, TestApp};

async fn patch(client: &Client, path: &str, body: Value) -> Answer {
    let kind = Some("application/json");
    client
        .request(Method::PATCH, path, body.to_string().into(), kind)
        .await
}

async fn delete(client: &Client, path: &str) -> Answer {
    client
        .request(Method::DELETE, path, axum::body::Body::empty(), None)
        .await
}

/// The log as the operator reads it, oldest first: `action outcome by target`.
async fn log(app: &TestApp, query: app::features::audit::types::AuditQuery) -> Vec<String> {
    let page = app
        .state
        .audit_reader
        .page(&Authority::operator(), &query)
        .await
        .unwrap();
    assert!(!page.has_more);
    page.events
        .into_iter()
        .rev()
        .map(|event| {
            let who = event.actor_name.unwrap_or_else(|| "-".to_owned());
            let target = event.target.unwrap_or_else(|| "-".to_owned());
            format!("{} {} {who} {target}", event.action, event.outcome.text())
        })
        .collect()
}

fn from_nowhere() -> Origin {
    Origin::default()
}
