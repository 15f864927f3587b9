//! What a request does is told by spans, for whoever asks for them.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing::{Metadata, Subscriber, field, span};
use tracing_subscriber::{
    EnvFilter, Layer,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
};

use crate::support::{PASSWORD, TestApp};

/// Every span of the server's that begins, under those around it: `request/files.list{user=…}`. Libraries have their own.
#[derive(Clone, Default)]
struct Begun(Arc<Mutex<Vec<String>>>);

struct Fields(String);

impl field::Visit for Fields {
    fn record_debug(&mut self, field: &field::Field, value: &dyn std::fmt::Debug) {
        self.0 += &format!("{{{field}={value:?}}}");
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Begun {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let is_ours = |metadata: &Metadata<'_>| metadata.target().starts_with("server");
        if !is_ours(attributes.metadata()) {
            return;
        }
        let around = context.span_scope(id).unwrap().from_root();
        let path: Vec<_> = around
            .filter(|span| is_ours(span.metadata()))
            .map(|span| span.name())
            .collect();
        let mut fields = Fields(path.join("/"));
        if path.len() > 1 {
            attributes.record(&mut fields);
        }
        self.0.lock().unwrap().push(fields.0);
    }
}

/// The spans of a listing of files, at these levels.
async fn of_a_listing(app: &TestApp, filter: &str) -> Vec<String> {
    let ada = app.sign_in("ada", PASSWORD).await;
    let begun = Begun::default();
    let subscriber = tracing_subscriber::registry()
        .with(EnvFilter::new(filter))
        .with(begun.clone());
    let guard = tracing::subscriber::set_default(subscriber);
    ada.get("/api/s3/objects").await.ok::<Value>();
    drop(guard);
    begun.0.lock().unwrap().clone()
}

#[tokio::test]
async fn a_listing_is_told_by_its_service_calls_queries_and_storage_calls() {
    let app = TestApp::with_storage().await;
    let ada = app.user("ada").await.id;
    let spans = of_a_listing(&app, "info,server=debug").await;
    for expected in [
        "request".to_owned(),
        "request/auth.authenticate_token".to_owned(),
        format!("request/files.list{{user={ada}}}"),
        format!("request/files.list/scopes.resolve{{user={ada}}}"),
        "request/files.list/s3.list{bucket=forepeak}".to_owned(),
    ] {
        assert!(spans.contains(&expected), "{expected} is missing in {spans:#?}");
    }
    let query = "request/auth.authenticate_token/sql.auth.sign_ins.find_live{sign_in=";
    assert!(spans.iter().any(|span| span.starts_with(query)), "{spans:#?}");
}

#[tokio::test]
async fn at_the_default_level_a_request_is_one_span() {
    let app = TestApp::with_storage().await;
    app.user("ada").await;
    assert_eq!(of_a_listing(&app, "info").await, ["request"]);
}
