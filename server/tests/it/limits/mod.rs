//! How often one may do what (security 7, 32, 33, 34).

mod addresses;
mod counting;
mod guesses;
mod pages;
mod rates;
mod searches;

use crate::support::{Builder, TestApp};

/// With the limits that a server has unless it is told otherwise.
fn limited() -> Builder {
    TestApp::builder()
        .var("RATE_LIMIT_AUTH_PER_MINUTE", "5")
        .var("RATE_LIMIT_S3_PER_MINUTE", "100")
        .var("RATE_LIMIT_CREDENTIALS_PER_MINUTE", "10")
}

/// What was written down about limits, oldest first: address, actor's name, target.
async fn denials(app: &TestApp) -> Vec<(Option<String>, Option<String>, String)> {
    sqlx::query_as(
        "SELECT address, actor_name, target FROM audit_log
         WHERE action = 'request.over_limit' AND outcome = 'denied' ORDER BY at_ms, id",
    )
    .fetch_all(app.state.platform.db.pool())
    .await
    .unwrap()
}
