//! What every handler may reach. Made once, at start; cloning it is cheap.

use std::sync::Arc;

use crate::{
    config::Config,
    features::{
        admin::service::Administration,
        api_keys::service::ApiKeys,
        audit::{Audit, AuditReader},
        auth::service::Auth,
        files::service::Files,
        invitations::Invitations,
        mail::Mails,
        uploads::service::Uploads,
    },
    platform::{
        clock::Clock,
        cursor::{self, Cursors},
        database::Database,
        disk::Disk,
        mailer::Mailer,
        object_store::{ObjectStore, Spool, StorageSetup},
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
    pub disk: Disk,
    pub storage_setup: StorageSetup,
    /// Where uploads through the server wait for storage.
    pub spool: Spool,
    pub audit: Audit,
    pub audit_reader: AuditReader,
    pub auth: Auth,
    pub api_keys: ApiKeys,
    pub mails: Mails,
    pub invitations: Invitations,
    pub administration: Administration,
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

/// What needs no storage: all that the commands about accounts stand on.
#[derive(Clone)]
pub struct Accounts {
    pub audit: Audit,
    pub audit_reader: AuditReader,
    pub mails: Mails,
    pub invitations: Invitations,
    pub auth: Auth,
    pub administration: Administration,
}

/// The part of [`Parts`] that [`Accounts`] is made of.
pub struct AccountParts {
    pub db: Database,
    pub clock: Arc<dyn Clock>,
    pub rng: Arc<dyn Rng>,
    pub passwords: Passwords,
    pub keys: TokenKeys,
    pub limiter: Arc<dyn RateLimiter>,
    /// `None` where no mail is sent.
    pub mailer: Option<Arc<dyn Mailer>>,
}

impl Accounts {
    #[must_use]
    pub fn new(config: &Config, parts: AccountParts) -> Self {
        let AccountParts {
            db,
            clock,
            rng,
            passwords,
            keys,
            limiter,
            mailer,
        } = parts;
        let cursors = Cursors::new(&keys.derive(cursor::PURPOSE));
        let audit = Audit::new(db.clone(), Arc::clone(&clock), Arc::clone(&rng));
        let mails = Mails::new(db.clone(), Arc::clone(&clock), Arc::clone(&rng), mailer);
        let invitations = Invitations::new(
            config,
            db.clone(),
            Arc::clone(&clock),
            Arc::clone(&rng),
            audit.clone(),
            mails.clone(),
            cursors.clone(),
        );
        let auth = Auth::new(
            config,
            db.clone(),
            Arc::clone(&clock),
            Arc::clone(&rng),
            passwords,
            keys,
            limiter,
            audit.clone(),
            mails.clone(),
            invitations.clone(),
        );
        Self {
            audit_reader: AuditReader::new(db.clone(), audit.clone(), cursors.clone()),
            administration: Administration::new(
                config,
                db,
                clock,
                rng,
                auth.clone(),
                audit.clone(),
                invitations.clone(),
                cursors,
            ),
            audit,
            mails,
            invitations,
            auth,
        }
    }
}

impl AppState {
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let config = Arc::new(parts.config);
        let cursors = Cursors::new(&parts.keys.derive(cursor::PURPOSE));
        let accounts = Accounts::new(
            &config,
            AccountParts {
                db: parts.db.clone(),
                clock: Arc::clone(&parts.clock),
                rng: Arc::clone(&parts.rng),
                passwords: parts.passwords,
                keys: parts.keys,
                mailer: parts.mailer,
                limiter: Arc::clone(&parts.limiter),
            },
        );
        let Accounts { auth, audit, .. } = accounts.clone();
        Self {
            administration: accounts.administration,
            audit_reader: accounts.audit_reader,
            invitations: accounts.invitations,
            mails: accounts.mails,
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
            storage_setup: StorageSetup::new(
                Arc::clone(&parts.store),
                config.storage.bucket.clone(),
                config.origins_for_storage(),
            ),
            disk: Disk::new(
                parts.db.clone(),
                config.site.data_dir.clone(),
                Arc::clone(&parts.clock),
            ),
            auth,
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
