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
        mail::MailQueue,
        uploads::service::Uploads,
    },
    platform::{
        Platform,
        cursor::{self, Cursors},
        disk::Disk,
        mailer::Mailer,
        object_store::{ObjectStore, Spool, StorageSetup},
        password::Passwords,
        rate_limit::RateLimiter,
        tokens::TokenKeys,
    },
};

/// What the program and its tests choose differently, storage apart.
pub struct Dependencies {
    pub config: Arc<Config>,
    pub platform: Platform,
    pub limiter: Arc<dyn RateLimiter>,
    pub passwords: Passwords,
    pub keys: TokenKeys,
    /// `None` where no mail is sent.
    pub mailer: Option<Arc<dyn Mailer>>,
}

/// The services that need no storage: all that the commands about accounts use.
#[derive(Clone)]
pub struct Accounts {
    pub audit: Audit,
    pub audit_reader: AuditReader,
    pub mails: MailQueue,
    pub invitations: Invitations,
    pub auth: Auth,
    pub administration: Administration,
    cursors: Cursors,
}

impl Accounts {
    pub fn new(dependencies: Dependencies) -> Self {
        let Dependencies {
            config,
            platform,
            limiter,
            passwords,
            keys,
            mailer,
        } = dependencies;
        let cursors = Cursors::new(&keys.derive(cursor::PURPOSE));
        let audit = Audit::new(platform.clone());
        let mails = MailQueue::new(platform.clone(), mailer);
        let invitations = Invitations::new(
            &config,
            platform.clone(),
            audit.clone(),
            mails.clone(),
            cursors.clone(),
        );
        let auth = Auth::new(
            &config,
            platform.clone(),
            passwords,
            keys,
            limiter,
            audit.clone(),
            mails.clone(),
            invitations.clone(),
        );
        let administration = Administration::new(
            &config,
            platform.clone(),
            auth.clone(),
            audit.clone(),
            invitations.clone(),
            cursors.clone(),
        );
        Self {
            audit_reader: AuditReader::new(platform.db, audit.clone(), cursors.clone()),
            administration,
            audit,
            mails,
            invitations,
            auth,
            cursors,
        }
    }
}

/// What lives as long as the program; nothing in it is a request's.
#[derive(Clone)]
pub struct AppState {
    pub config: Arc<Config>,
    pub platform: Platform,
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
    pub mails: MailQueue,
    pub invitations: Invitations,
    pub administration: Administration,
    pub files: Files,
    pub uploads: Uploads,
}

impl AppState {
    pub fn new(dependencies: Dependencies, store: Arc<dyn ObjectStore>) -> Self {
        let config = Arc::clone(&dependencies.config);
        let platform = dependencies.platform.clone();
        let limiter = Arc::clone(&dependencies.limiter);
        let Accounts {
            audit,
            audit_reader,
            mails,
            invitations,
            auth,
            administration,
            cursors,
        } = Accounts::new(dependencies);
        let bucket = config.storage.bucket.clone();
        Self {
            uploads: Uploads::new(Arc::clone(&store), platform.clone(), bucket.clone()),
            files: Files::new(Arc::clone(&store), bucket.clone(), cursors),
            storage_setup: StorageSetup::new(Arc::clone(&store), bucket, config.origins_for_storage()),
            spool: Spool::new(config.site.data_dir.join("spool")),
            api_keys: ApiKeys::new(auth.clone(), platform.clone(), audit.clone()),
            disk: Disk::new(platform.clone(), config.site.data_dir.clone()),
            audit,
            audit_reader,
            mails,
            invitations,
            auth,
            administration,
            config,
            platform,
            store,
            limiter,
        }
    }
}
