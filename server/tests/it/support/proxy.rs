//! A proxy between the application and its storage that takes fields out of storage's answers, as older servers and
//! careless proxies do.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::Response,
};
use bytes::Bytes;
use tokio::{net::TcpListener, task::AbortHandle};

pub(crate) struct Rewriting {
    pub(crate) endpoint: String,
    rule: Arc<Rule>,
    serving: AbortHandle,
}

struct Rule {
    target: String,
    http: reqwest::Client,
    /// Headers, in lower case, and XML elements, which begin with a capital.
    left_out: Mutex<Vec<&'static str>>,
    /// The root of the documents that end in their middle, with something else.
    broken_off: Mutex<Option<(&'static str, &'static str)>>,
    knows_no_conditions: AtomicBool,
}

impl Rewriting {
    pub(crate) async fn before(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let rule = Arc::new(Rule {
            target: target.to_owned(),
            http: reqwest::Client::new(),
            left_out: Mutex::default(),
            broken_off: Mutex::default(),
            knows_no_conditions: AtomicBool::default(),
        });
        let router = Router::new().fallback(relay).with_state(Arc::clone(&rule));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            endpoint,
            rule,
            serving: serving.abort_handle(),
        }
    }

    /// From now on every answer comes without these, and with everything else.
    pub(crate) fn leave_out(&self, names: &[&'static str]) {
        *self.rule.left_out.lock().unwrap() = names.to_vec();
    }

    /// From now on XML whose root is this element ends in its middle, with `tail`.
    pub(crate) fn break_off(&self, root: &'static str, tail: &'static str) {
        *self.rule.broken_off.lock().unwrap() = Some((root, tail));
    }

    /// From now on a write with a condition is refused, whether or not it holds.
    pub(crate) fn refuse_conditions(&self) {
        self.rule.knows_no_conditions.store(true, Ordering::Relaxed);
    }
}

impl Drop for Rewriting {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn relay(State(rule): State<Arc<Rule>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let is_conditional =
        parts.headers.contains_key("if-match") || parts.headers.contains_key("if-none-match");
    if rule.knows_no_conditions.load(Ordering::Relaxed) && is_conditional {
        const REFUSAL: &str =
            "<Error><Code>NotImplemented</Code><Message>A header you provided</Message></Error>";
        let refused = Response::builder()
            .status(501)
            .header("content-type", "application/xml");
        return refused.body(Body::from(REFUSAL)).unwrap();
    }
    let url = format!("{}{}", rule.target, parts.uri.path_and_query().unwrap());
    let body = to_bytes(body, usize::MAX).await.unwrap();
    // The host that was signed goes along.
    let sent = rule
        .http
        .request(parts.method, url)
        .headers(parts.headers)
        .body(body)
        .send()
        .await
        .unwrap();
    let left_out = rule.left_out.lock().unwrap().clone();
    let mut answer = Response::builder().status(sent.status());
    for (name, value) in sent.headers() {
        let is_left_out = left_out.contains(&name.as_str());
        let is_framing = matches!(name.as_str(), "transfer-encoding" | "connection");
        if !is_left_out && !is_framing {
            answer = answer.header(name, value);
        }
    }
    let is_xml = sent
        .headers()
        .get("content-type")
        .is_some_and(|kind| kind.as_bytes().ends_with(b"xml"));
    let mut body = sent.bytes().await.unwrap();
    if is_xml {
        body = without(&body, &left_out);
        let broken_off = *rule.broken_off.lock().unwrap();
        if let Some((root, tail)) = broken_off {
            let text = std::str::from_utf8(&body).unwrap();
            if text.contains(&format!("<{root}")) {
                body = format!("{}{tail}", &text[..text.len() / 2]).into();
            }
        }
        if let Some(headers) = answer.headers_mut() {
            headers.remove("content-length");
        }
    }
    // In one piece of unknown length: what was left out of the head stays out.
    let stream = futures::stream::iter((!body.is_empty()).then_some(Ok::<_, std::io::Error>(body)));
    answer.body(Body::from_stream(stream)).unwrap()
}

/// The text without these elements, as far as they hold no others.
fn without(xml: &Bytes, names: &[&str]) -> Bytes {
    let mut text = std::str::from_utf8(xml).unwrap().to_owned();
    for name in names {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let mut pieces = text.split(&open);
        let mut left = pieces.next().unwrap().to_owned();
        for piece in pieces {
            match piece.split_once(&close) {
                Some((value, rest)) if !value.contains('<') => left.push_str(rest),
                _ => left.extend([&open, piece]),
            }
        }
        text = left;
    }
    text.into()
}
