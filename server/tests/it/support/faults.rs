//! A proxy between the application and its storage that holds back one request, or answers 503 or 403 from one on: so that
//! a test can end a runner at each step of a job.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::Response,
};
use http::Method;
use tokio::sync::{Notify, Semaphore};

use super::{
    TestApp, TestStore,
    relay::{Proxy, Target, refusal},
};

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is held back before storage sees it.
    HoldRequest,
    /// Storage does it, and its answer is held back.
    HoldAnswer,
    /// Storage is away: for this request and all that follow.
    Away,
    /// Storage does not allow it: this request and all that follow.
    Denied,
    /// Storage does not allow this request alone.
    DeniedOnce,
    /// Storage does not know the credentials: of this request and all that follow.
    UnknownKey,
}

pub(crate) struct Faults {
    pub(crate) storage: TestStore,
    proxy: Proxy,
    rule: Arc<Rule>,
}

struct Rule {
    target: Target,
    count: AtomicU64,
    planned: Mutex<Option<(u64, Fault)>>,
    reached: Notify,
    is_reached: AtomicUsize,
    /// Requests that something happened to, but the question whether the bucket keeps versions.
    is_work_reached: AtomicUsize,
    released: Mutex<Arc<Semaphore>>,
}

impl Faults {
    pub(crate) async fn start() -> Self {
        let storage = TestStore::start(Vec::new()).await;
        let rule = Arc::new(Rule {
            target: Target::new(&storage.endpoint),
            count: AtomicU64::new(0),
            planned: Mutex::default(),
            reached: Notify::new(),
            is_reached: AtomicUsize::new(0),
            is_work_reached: AtomicUsize::new(0),
            released: Mutex::new(Arc::new(Semaphore::new(0))),
        });
        let router = Router::new().fallback(relay).with_state(Arc::clone(&rule));
        Self {
            storage,
            proxy: Proxy::start(router).await,
            rule,
        }
    }

    /// An application that reaches the store by way of the proxy.
    pub(crate) async fn app(&self, postgres: bool) -> TestApp {
        self.storage.make_bucket().await;
        let store = self.storage.client_by(&self.proxy.endpoint).await;
        let builder = TestApp::builder().store(store);
        let builder = if postgres { builder.postgres() } else { builder };
        builder.build().await
    }

    /// Something happens to the `nth` request from now on, counted from 1.
    pub(crate) fn plan(&self, nth: u64, fault: Fault) {
        *self.rule.released.lock().unwrap() = Arc::new(Semaphore::new(0));
        self.rule.is_reached.store(0, Ordering::SeqCst);
        self.rule.is_work_reached.store(0, Ordering::SeqCst);
        self.rule.count.store(0, Ordering::SeqCst);
        *self.rule.planned.lock().unwrap() = Some((nth, fault));
    }

    /// Waits until it has happened.
    pub(crate) async fn reached(&self) {
        loop {
            let reached = self.rule.reached.notified();
            if self.is_reached() {
                return;
            }
            reached.await;
        }
    }

    pub(crate) fn is_reached(&self) -> bool {
        self.rule.is_reached.load(Ordering::SeqCst) > 0
    }

    /// Whether it has happened to anything but the question whether the bucket keeps versions, which a job can do without.
    pub(crate) fn is_work_reached(&self) -> bool {
        self.rule.is_work_reached.load(Ordering::SeqCst) > 0
    }

    /// All is well again, and what was held back goes on.
    pub(crate) fn heal(&self) {
        *self.rule.planned.lock().unwrap() = None;
        self.rule.released.lock().unwrap().close();
    }
}

async fn relay(State(rule): State<Arc<Rule>>, request: Request) -> Response {
    let number = rule.count.fetch_add(1, Ordering::SeqCst) + 1;
    let fault = rule
        .planned
        .lock()
        .unwrap()
        .filter(|(nth, fault)| {
            number == *nth
                || (matches!(fault, Fault::Away | Fault::Denied | Fault::UnknownKey) && number > *nth)
        })
        .map(|(_, fault)| fault);
    let released = Arc::clone(&rule.released.lock().unwrap());
    if fault.is_some() {
        rule.is_reached.fetch_add(1, Ordering::SeqCst);
        let asks_for_versioning = request.method() == Method::GET
            && request.uri().query().is_some_and(|query| {
                query
                    .split('&')
                    .any(|name| name.trim_end_matches('=') == "versioning")
            });
        rule.is_work_reached
            .fetch_add(usize::from(!asks_for_versioning), Ordering::SeqCst);
    }
    match fault {
        Some(Fault::Away) => {
            rule.reached.notify_waiters();
            return refusal(503, "ServiceUnavailable");
        }
        Some(Fault::Denied | Fault::DeniedOnce) => {
            rule.reached.notify_waiters();
            return refusal(403, "AccessDenied");
        }
        Some(Fault::UnknownKey) => {
            rule.reached.notify_waiters();
            return refusal(403, "InvalidAccessKeyId");
        }
        Some(Fault::HoldRequest) => {
            rule.reached.notify_waiters();
            // Closing it is the release.
            let _ = released.acquire().await;
        }
        Some(Fault::HoldAnswer) | None => {}
    }
    let answer = rule.target.answer(request).await;
    if fault == Some(Fault::HoldAnswer) {
        rule.reached.notify_waiters();
        let _ = released.acquire().await;
    }
    answer.head(&[]).body(Body::from(answer.body)).unwrap()
}
