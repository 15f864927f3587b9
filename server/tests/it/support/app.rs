//! An application of its own for one test.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use app::features::{
    admin::types::UpdateUserRequest,
    auth::types::{Me, Role, TokenResponse},
    mail::types::KeptMail,
};
use axum::Router;
use serde_json::json;
use server::{
    config::{Config, SigningKeys, Vars},
    features::admin::Authority,
    jobs,
    platform::{
        Platform,
        database::{Database, Waits},
        mailer::{self, Mailer},
        object_store::{S3Config, S3Credentials, S3Store},
        password::Passwords,
        queue::Worker,
        rate_limit::MemoryLimiter,
        rng::SystemRng,
        tokens::TokenKeys,
    },
    router,
    state::{AppState, Dependencies},
};
use tempfile::TempDir;

use super::{Browser, Client, TestClock, TestDatabase, TestStore, User};

/// The password of everyone whom the harness registers.
pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const JWT_SECRET: &str = "a secret of the tests: thirty-two bytes and more";

pub(crate) struct TestApp {
    pub(crate) state: AppState,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) router: Router,
    /// The embedded store, where the test asked for one.
    storage: Option<TestStore>,
    database: TestDatabase,
    data: TempDir,
    leaves_jobs: AtomicBool,
}

/// Work that a test began is done when it ends.
impl Drop for TestApp {
    fn drop(&mut self) {
        if std::thread::panicking() || self.leaves_jobs.load(Ordering::SeqCst) {
            return;
        }
        let left = self.database.open_jobs();
        assert!(
            left.is_empty(),
            "the test leaves jobs behind: {left:?}; run them with `run_jobs`, or say `leave_jobs`"
        );
    }
}

impl TestApp {
    /// On SQLite, as a fresh machine in development, without the development accounts.
    pub(crate) async fn new() -> Self {
        Self::builder().build().await
    }

    pub(crate) fn builder() -> Builder {
        Builder::default()
    }

    /// The same, with an embedded store behind it.
    pub(crate) async fn with_storage() -> Self {
        Self::builder().storage().build().await
    }

    /// The store that this application was built with.
    pub(crate) fn storage(&self) -> &TestStore {
        self.storage.as_ref().expect("built with storage")
    }

    /// All that the store holds.
    pub(crate) async fn inventory(&self) -> Vec<String> {
        self.storage().inventory("forepeak").await
    }

    /// `DATA_DIR`
    pub(crate) fn data(&self) -> &std::path::Path {
        self.data.path()
    }

    pub(crate) fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// Another pool on the same database, as another replica has.
    pub(crate) async fn another_database(&self) -> Database {
        self.database.connect(Waits::default()).await
    }

    /// Runs the jobs that are due at this moment of the test's clock, and those that they queue.
    pub(crate) async fn run_jobs(&self) {
        let workers = self.workers();
        let mut ran = 1;
        while ran > 0 {
            ran = 0;
            for worker in &workers {
                ran += self.run_with(worker).await;
            }
        }
    }

    /// Those of this replica.
    pub(crate) fn workers(&self) -> Vec<Worker> {
        jobs::runner::workers(&self.state)
    }

    /// The same with a worker of the test's own. Answers how many there were.
    pub(crate) async fn run_with(&self, worker: &Worker) -> usize {
        worker.run_due().await.unwrap()
    }

    /// For tests about what is still to be done.
    pub(crate) fn leave_jobs(&self) {
        self.leaves_jobs.store(true, Ordering::SeqCst);
    }

    /// Sends what is queued, and answers all mail so far, the newest first.
    pub(crate) async fn mail(&self) -> Vec<KeptMail> {
        self.run_jobs().await;
        self.anonymous().get("/api/dev/mailbox").await.ok()
    }

    /// The code in the newest mail to this address.
    pub(crate) async fn code_for(&self, to: &str) -> String {
        let mail = self.mail().await;
        let newest = mail.iter().find(|mail| mail.to == to && mail.code.is_some());
        newest
            .and_then(|mail| mail.code.clone())
            .unwrap_or_else(|| panic!("no code for {to} in {mail:#?}"))
    }

    /// Unix seconds by the test's clock.
    pub(crate) fn clock_seconds(&self) -> i64 {
        self.state.platform.now()
    }

    /// Somebody unknown.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(self.router.clone())
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// Registers `username`, signs in, and answers a script that holds the tokens.
    pub(crate) async fn user(&self, username: &str) -> User {
        let body = json!({"username": username, "password": PASSWORD});
        let answer = self.anonymous().post("/api/auth/register", body).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        self.sign_in(username, PASSWORD).await
    }

    /// The same, made an admin by whoever holds the machine.
    pub(crate) async fn admin(&self, username: &str) -> User {
        let user = self.user(username).await;
        let promotion = UpdateUserRequest {
            role: Some(Role::Admin),
            ..UpdateUserRequest::default()
        };
        self.state
            .administration
            .update(&Authority::operator(), user.id, promotion)
            .await
            .unwrap();
        user
    }

    pub(crate) async fn sign_in(&self, username: &str, password: &str) -> User {
        let body = json!({"username": username, "password": password});
        let tokens: TokenResponse = self.anonymous().post("/api/auth/login", body).await.ok();
        let client = self.anonymous().bearer(&tokens.access_token);
        let me: Me = client.get("/api/auth/me").await.ok();
        User {
            id: me.id,
            username: me.username,
            tokens,
            client,
        }
    }

    /// A browser in which `username`, whom the harness registered, is signed in.
    pub(crate) async fn browser_of(&self, username: &str) -> Browser {
        let browser = self.browser();
        let fields = [("username", username), ("password", PASSWORD)];
        let answer = browser
            .form("/sign-in", &serde_urlencoded::to_string(fields).unwrap())
            .await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        browser
    }
}

/// What differs from a fresh machine in development.
#[derive(Default)]
pub(crate) struct Builder {
    vars: Vec<(String, String)>,
    postgres: bool,
    storage: bool,
    storage_on_clock: bool,
    clock: Option<Arc<TestClock>>,
    store: Option<S3Store>,
    mailer: Option<Arc<dyn Mailer>>,
    full_strength: bool,
    waits: Waits,
}

impl Builder {
    /// Gives up waiting for the database sooner than in production.
    #[must_use]
    pub(crate) fn waits(mut self, waits: Waits) -> Self {
        self.waits = waits;
        self
    }

    #[must_use]
    pub(crate) fn postgres(mut self) -> Self {
        self.postgres = true;
        self
    }

    /// Starts an embedded store, with its bucket.
    #[must_use]
    pub(crate) fn storage(mut self) -> Self {
        self.storage = true;
        self
    }

    /// The same, with dates by the test's clock.
    #[must_use]
    pub(crate) fn storage_on_clock(mut self) -> Self {
        self.storage_on_clock = true;
        self.storage()
    }

    /// The test's clock, where something else goes by it too.
    #[must_use]
    pub(crate) fn clock(mut self, clock: Arc<TestClock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Sets a variable of the configuration.
    #[must_use]
    pub(crate) fn var(mut self, name: &str, value: &str) -> Self {
        self.vars.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub(crate) fn store(mut self, store: S3Store) -> Self {
        self.store = Some(store);
        self
    }

    /// Hashes passwords as slowly as in production.
    #[must_use]
    #[allow(dead_code, reason = "only the bench that measures sign-ins asks for it")]
    pub(crate) fn full_strength(mut self) -> Self {
        self.full_strength = true;
        self
    }

    /// In place of the one that is configured.
    #[must_use]
    pub(crate) fn mailer(mut self, mailer: impl Mailer) -> Self {
        self.mailer = Some(Arc::new(mailer));
        self
    }

    pub(crate) async fn build(self) -> TestApp {
        let data = tempfile::tempdir().unwrap();
        let database = if self.postgres {
            TestDatabase::postgres().await
        } else {
            TestDatabase::sqlite().await
        };
        let fixed = [
            ("DATA_DIR", data.path().to_str().unwrap()),
            ("LEPTOS_SITE_ROOT", data.path().to_str().unwrap()),
            ("JWT_SECRET_KEY", JWT_SECRET),
            (
                "ENCRYPTION_KEY",
                "another secret of the tests: for what is stored",
            ),
            // Tests call faster than people; those about limits set their own.
            ("RATE_LIMIT_AUTH_PER_MINUTE", "0"),
            ("RATE_LIMIT_S3_PER_MINUTE", "0"),
            ("RATE_LIMIT_CREDENTIALS_PER_MINUTE", "0"),
        ];
        let outside_development = self
            .vars
            .iter()
            .any(|(name, value)| name == "APP_ENV" && value != "development");
        // Nothing listens there: a test that wants the mail brings a mailer.
        let mail = [
            ("SMTP_URL", "smtp://127.0.0.1:1?tls=none"),
            ("MAIL_FROM", "Forepeak <forepeak@example.org>"),
        ];
        let fixed = fixed
            .into_iter()
            .chain(mail.into_iter().filter(|_| outside_development));
        let chosen = self
            .vars
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let config = Config::from_vars(&Vars::from_pairs(fixed.chain(chosen))).unwrap();

        let clock = self.clock.unwrap_or_else(|| Arc::new(TestClock::new()));
        let storage = match (self.storage, self.storage_on_clock) {
            (false, _) => None,
            (true, false) => Some(TestStore::start(config.site.origins()).await),
            (true, true) => Some(TestStore::start_with(config.site.origins(), clock.clone()).await),
        };
        let store = match (self.store, &storage) {
            (Some(store), _) => store,
            (None, Some(storage)) => storage.client().await,
            (None, None) => no_storage().await,
        };
        if storage.is_some() {
            store.ensure_bucket(&config.storage.bucket).await.unwrap();
        }
        // Full strength would make every sign-in of every test take its tenth of a second.
        let passwords = if self.full_strength {
            Passwords::new(Arc::new(SystemRng)).unwrap()
        } else {
            Passwords::with_cost(Arc::new(SystemRng), 64, 1).unwrap()
        };
        let db = database.connect(self.waits).await;
        let platform = Platform {
            db,
            clock: clock.clone(),
            rng: Arc::new(SystemRng),
        };
        let mailer = match self.mailer {
            Some(mailer) => Some(mailer),
            None => mailer::configured(&config.mail, &platform).unwrap(),
        };
        let SigningKeys::Configured { first, others } = config.tokens.keys.clone() else {
            panic!("the harness configures its keys")
        };
        let keys = TokenKeys::new(config.site.origin().ascii_serialization(), *first, others);
        let dependencies = Dependencies {
            config: Arc::new(config),
            platform,
            limiter: Arc::new(MemoryLimiter::new(clock.clone())),
            passwords,
            keys,
            mailer,
        };
        let state = AppState::new(dependencies, store);
        TestApp {
            router: router::build(state.clone()),
            state,
            clock,
            storage,
            database,
            data,
            leaves_jobs: AtomicBool::new(false),
        }
    }
}

/// For tests that need no files: an address where nothing listens.
async fn no_storage() -> S3Store {
    S3Store::new(S3Config {
        endpoint_url: Some("http://127.0.0.1:1".to_owned()),
        public_endpoint_url: None,
        region: Some("us-east-1".to_owned()),
        force_path_style: true,
        credentials: Some(S3Credentials {
            access_key_id: "nobody".to_owned(),
            secret_access_key: "nothing".into(),
        }),
        ca_bundle: None,
    })
    .await
}
