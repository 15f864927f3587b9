//! What every handler may reach. Made once, at start; cloning it is cheap.

use std::sync::Arc;

use crate::{
    config::Config,
    features::{
        api_keys::service::ApiKeys,
        audit::Audit,
        auth::service::Auth,
        files::{
            cursor::{self, Cursors},
            service::Files,
        },
        mail::Mails,
        uploads::service::Uploads,
    },
    platform::{
        clock::Clock,
        database::Database,
        mailer::Mailer,
        object_store::{ObjectStore, Spool},
        password::Passwords,
        rate_limit::RateLimiter,
        rng::Rng,
        tokens::TokenKeys,
    },
};

/// The seams and shared services. What is in here lives as long as the program; nothing in it is a request's.
#[derive(Clone)]
pub struct AppState {
    pub config: Arc<Config>,
    pub db: Database,
    pub clock: Arc<dyn Clock>,
    pub rng: Arc<dyn Rng>,
    pub store: Arc<dyn ObjectStore>,
    pub limiter: Arc<dyn RateLimiter>,
    /// Where uploads through the server wait for storage.
    pub spool: Spool,
    pub audit: Audit,
    pub auth: Auth,
    pub api_keys: ApiKeys,
    pub mails: Mails,
    pub files: Files,
    pub uploads: Uploads,
}

/// What differs between production and tests.
pub struct Parts {
    pub config: Config,
    pub db: Database,
    pub clock: Arc<dyn Clock>,
    pub rng: Arc<dyn Rng>,
    pub store: Arc<dyn ObjectStore>,
    pub limiter: Arc<dyn RateLimiter>,
    pub passwords: Passwords,
    pub keys: TokenKeys,
    /// `None` where no mail is sent.
    pub mailer: Option<Arc<dyn Mailer>>,
}

impl AppState {
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let config = Arc::new(parts.config);
        let cursors = Cursors::new(&parts.keys.derive(cursor::PURPOSE));
        let audit = Audit::new(parts.db.clone(), Arc::clone(&parts.clock), Arc::clone(&parts.rng));
        let mails = Mails::new(
            parts.db.clone(),
            Arc::clone(&parts.clock),
            Arc::clone(&parts.rng),
            parts.mailer,
        );
        let auth = Auth::new(
            &config,
            parts.db.clone(),
            Arc::clone(&parts.clock),
            Arc::clone(&parts.rng),
            parts.passwords,
            parts.keys,
            Arc::clone(&parts.limiter),
            audit.clone(),
            mails.clone(),
        );
        Self {
            uploads: Uploads::new(
                Arc::clone(&parts.store),
                parts.db.clone(),
                Arc::clone(&parts.clock),
                Arc::clone(&parts.rng),
                config.storage.bucket.clone(),
            ),
            files: Files::new(Arc::clone(&parts.store), config.storage.bucket.clone(), cursors),
            spool: Spool::new(config.site.data_dir.join("spool")),
            api_keys: ApiKeys::new(
                auth.clone(),
                parts.db.clone(),
                Arc::clone(&parts.clock),
                Arc::clone(&parts.rng),
                audit.clone(),
            ),
            auth,
            mails,
            audit,
            config,
            db: parts.db,
            clock: parts.clock,
            rng: parts.rng,
            store: parts.store,
            limiter: parts.limiter,
        }
    }
}
