//! A proxy between the application and its storage that takes fields out of storage's answers, as older servers and
//! careless proxies do, refuses a bucket, or holds answers back.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::Response,
};
use bytes::Bytes;
use http::Method;
use tokio::sync::{Notify, Semaphore};

use super::{
    Builder, TestApp, TestStore,
    relay::{Proxy, Target, refusal},
};

pub(crate) struct Rewriting {
    storage: TestStore,
    proxy: Proxy,
    rule: Arc<Rule>,
}

struct Rule {
    target: Target,
    /// Reads what a signed request asks for, without its conditions.
    sdk: aws_sdk_s3::Client,
    /// Headers, in lower case, and XML elements, which begin with a capital.
    left_out: Mutex<Vec<&'static str>>,
    /// The root of the documents that end in their middle, with something else.
    broken_off: Mutex<Option<(&'static str, &'static str)>>,
    knows_no_conditions: AtomicBool,
    ignores_conditions: AtomicBool,
    copies_no_parts: AtomicBool,
    copies_no_objects: AtomicBool,
    denied_bucket: Mutex<Option<&'static str>>,
    /// How many answers with an object end in their middle.
    cuts: AtomicU32,
    /// How many listings are answered yet; without end unless given.
    listings_left: Mutex<Option<usize>>,
    held: Mutex<Option<Arc<Held>>>,
    /// So many answers come; the next one never does.
    answers: Mutex<Option<(usize, Arc<Notify>)>>,
}

/// Holds back the answers to the joining of parts until they are released.
pub(crate) struct Held {
    joined: Notify,
    released: Semaphore,
}

impl Held {
    /// Waits until storage has joined the parts of one upload.
    pub(crate) async fn joined(&self) {
        self.joined.notified().await;
    }

    pub(crate) fn release(&self) {
        self.released.close();
    }
}

impl Rewriting {
    /// Starts a store, and the proxy before it.
    pub(crate) async fn start() -> Self {
        Self::before(TestStore::start(Vec::new()).await).await
    }

    /// Starts a proxy before this store.
    pub(crate) async fn before(storage: TestStore) -> Self {
        let rule = Arc::new(Rule {
            target: Target::new(&storage.endpoint),
            sdk: storage.sdk(),
            left_out: Mutex::default(),
            broken_off: Mutex::default(),
            knows_no_conditions: AtomicBool::default(),
            ignores_conditions: AtomicBool::default(),
            copies_no_parts: AtomicBool::default(),
            copies_no_objects: AtomicBool::default(),
            denied_bucket: Mutex::default(),
            cuts: AtomicU32::default(),
            listings_left: Mutex::default(),
            held: Mutex::default(),
            answers: Mutex::default(),
        });
        let router = Router::new().fallback(relay).with_state(Arc::clone(&rule));
        Self {
            storage,
            proxy: Proxy::start(router).await,
            rule,
        }
    }

    /// An application that reaches the store by way of the proxy.
    pub(crate) async fn app(&self) -> TestApp {
        self.app_of(TestApp::builder()).await
    }

    /// The same, built so.
    pub(crate) async fn app_of(&self, builder: Builder) -> TestApp {
        self.storage.make_bucket().await;
        let store = self.storage.client_by(&self.proxy.endpoint).await;
        builder.store(store).build().await
    }

    /// After so many answers storage does what it is asked, and its answer is lost. Tells when that happens; the answers
    /// after it come.
    pub(crate) fn lose_answer_after(&self, answers: usize) -> Arc<Notify> {
        let lost = Arc::new(Notify::new());
        *self.rule.answers.lock().unwrap() = Some((answers, Arc::clone(&lost)));
        lost
    }

    /// From now on all answers come. `false` when one was lost.
    pub(crate) fn lose_none(&self) -> bool {
        self.rule.answers.lock().unwrap().take().is_some()
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

    /// From now on an object is read whatever the condition.
    pub(crate) fn ignore_conditions(&self) {
        self.rule.ignores_conditions.store(true, Ordering::Relaxed);
    }

    /// From now on storage does not know how to copy parts.
    pub(crate) fn copy_no_parts(&self) {
        self.rule.copies_no_parts.store(true, Ordering::Relaxed);
    }

    /// From now on storage does not know how to copy objects.
    pub(crate) fn copy_no_objects(&self) {
        self.rule.copies_no_objects.store(true, Ordering::Relaxed);
    }

    /// Behind the application's back, past the proxy.
    pub(crate) fn sdk(&self) -> aws_sdk_s3::Client {
        self.storage.sdk()
    }

    /// All that is in the bucket.
    pub(crate) async fn inventory(&self) -> Vec<String> {
        self.storage.inventory("forepeak").await
    }

    /// From now on storage refuses every request for this bucket.
    pub(crate) fn deny(&self, bucket: &'static str) {
        *self.rule.denied_bucket.lock().unwrap() = Some(bucket);
    }

    /// So many of the answers to come that carry a large object end in its middle, as when a connection breaks.
    pub(crate) fn cut_objects(&self, times: u32) {
        self.rule.cuts.store(times, Ordering::Relaxed);
    }

    /// Cuts that were not made yet.
    pub(crate) fn cuts_left(&self) -> u32 {
        self.rule.cuts.load(Ordering::Relaxed)
    }

    pub(crate) fn storage(&self) -> &TestStore {
        &self.storage
    }

    /// From now on so many listings are answered, and those after them with 503.
    pub(crate) fn answer_listings(&self, count: Option<usize>) {
        *self.rule.listings_left.lock().unwrap() = count;
    }

    /// From now on storage joins parts, and its answers to that are held back.
    pub(crate) fn hold_joined(&self) -> Arc<Held> {
        let held = Arc::new(Held {
            joined: Notify::new(),
            released: Semaphore::new(0),
        });
        *self.rule.held.lock().unwrap() = Some(Arc::clone(&held));
        held
    }
}

async fn relay(State(rule): State<Arc<Rule>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let is_conditional =
        parts.headers.contains_key("if-match") || parts.headers.contains_key("if-none-match");
    if rule.knows_no_conditions.load(Ordering::Relaxed) && is_conditional {
        return refusal(501, "NotImplemented");
    }
    let is_read = parts.method == Method::GET;
    if is_read && is_conditional && rule.ignores_conditions.load(Ordering::Relaxed) {
        return unconditionally(&rule.sdk, parts.uri.path()).await;
    }
    if parts.headers.contains_key("x-amz-copy-source") {
        let refused = if parts.uri.query().unwrap_or_default().contains("uploadId=") {
            &rule.copies_no_parts
        } else {
            &rule.copies_no_objects
        };
        if refused.load(Ordering::Relaxed) {
            return refusal(501, "NotImplemented");
        }
    }
    let denied = *rule.denied_bucket.lock().unwrap();
    if denied.is_some_and(|bucket| parts.uri.path().split('/').nth(1) == Some(bucket)) {
        return refusal(403, "AccessDenied");
    }
    let is_listing = parts.uri.query().unwrap_or_default().contains("list-type=2");
    if is_listing && let Some(left) = rule.listings_left.lock().unwrap().as_mut() {
        match left.checked_sub(1) {
            Some(fewer) => *left = fewer,
            None => return refusal(503, "SlowDown"),
        }
    }
    let joins_parts =
        parts.method == Method::POST && parts.uri.query().unwrap_or_default().contains("uploadId=");
    let answered = rule.target.answer(Request::from_parts(parts, body)).await;
    let lost = {
        let mut answers = rule.answers.lock().unwrap();
        match answers.take() {
            Some((0, lost)) => Some(lost),
            Some((left, lost)) => {
                *answers = Some((left - 1, lost));
                None
            }
            None => None,
        }
    };
    if let Some(lost) = lost {
        lost.notify_one();
        std::future::pending::<()>().await;
    }
    let held = rule.held.lock().unwrap().clone();
    if let Some(held) = held.filter(|_| joins_parts) {
        held.joined.notify_one();
        // Closing it is the release.
        let _ = held.released.acquire().await;
    }
    let left_out = rule.left_out.lock().unwrap().clone();
    let mut answer = answered.head(&left_out);
    let is_xml = answered
        .headers
        .get("content-type")
        .is_some_and(|kind| kind.as_bytes().ends_with(b"xml"));
    let mut body = answered.body;
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
    let is_object = is_read && !is_xml && body.len() > 1 << 20;
    if is_object && rule.cuts.load(Ordering::Relaxed) > 0 {
        rule.cuts.fetch_sub(1, Ordering::Relaxed);
        let half = body.slice(..body.len() / 2);
        let pieces = [
            Ok(half),
            Err(std::io::Error::other("cut by the proxy of the tests")),
        ];
        return answer
            .body(Body::from_stream(futures::stream::iter(pieces)))
            .unwrap();
    }
    // In one piece of unknown length: what was left out of the head stays out.
    let stream = futures::stream::iter((!body.is_empty()).then_some(Ok::<_, std::io::Error>(body)));
    answer.body(Body::from_stream(stream)).unwrap()
}

async fn unconditionally(sdk: &aws_sdk_s3::Client, path: &str) -> Response {
    let (bucket, key) = path[1..].split_once('/').unwrap();
    let found = sdk.get_object().bucket(bucket).key(key).send().await.unwrap();
    let etag = found.e_tag().unwrap().to_owned();
    let bytes = found.body.collect().await.unwrap().into_bytes();
    Response::builder()
        .header("etag", etag)
        .body(Body::from(bytes))
        .unwrap()
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
