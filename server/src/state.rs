//! What every handler may reach. Made once, at start.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use crate::{
    config::Config,
    features::{
        admin::service::Administration,
        api_keys::service::ApiKeys,
        audit::{Audit, AuditReader},
        auth::service::Auth,
        buckets::{Buckets, Registry, service::Foundation},
        files::{
            changes::Changes,
            history::History,
            retention::Retention,
            service::{Archives, Files},
        },
        invitations::Invitations,
        jobs::Jobs,
        mail::MailQueue,
        quota::{Counting, Quotas, Settler},
        scopes::Scopes,
        teams::service::Teams,
        uploads::service::{Reaper, Uploads},
    },
    platform::{
        Platform,
        cursor::{self, Cursors},
        disk::Disk,
        mailer::Mailer,
        object_store::{S3Store, Spool, StorageSetup},
        password::Passwords,
        queue::Queue,
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
    pub queue: Queue,
    pub audit: Audit,
    pub audit_reader: AuditReader,
    pub mails: MailQueue,
    pub invitations: Invitations,
    pub quotas: Quotas,
    pub teams: Teams,
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
        let queue = Queue::new(platform.clone());
        let mails = MailQueue::new(queue.clone(), mailer);
        let default_quota = config.limits.default_quota_bytes;
        let quotas = Quotas::new(platform.clone(), mails.clone(), default_quota);
        let teams = Teams::new(platform.clone(), audit.clone(), quotas.clone(), cursors.clone());
        let invitations = Invitations::new(
            &config,
            platform.clone(),
            audit.clone(),
            mails.clone(),
            teams.clone(),
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
            quotas.clone(),
            teams.clone(),
        );
        let administration = Administration::new(
            &config,
            platform.clone(),
            auth.clone(),
            audit.clone(),
            invitations.clone(),
            quotas.clone(),
            cursors.clone(),
        );
        Self {
            audit_reader: AuditReader::new(platform.db, audit.clone(), cursors.clone()),
            queue,
            administration,
            audit,
            mails,
            invitations,
            quotas,
            teams,
            auth,
            cursors,
        }
    }
}

/// What lives as long as the program; nothing in it is a request's. One pointer: every layer, connection and request has a
/// copy of its own.
#[derive(Clone)]
pub struct AppState(Arc<Services>);

impl Deref for AppState {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.0
    }
}

/// Changes this copy alone.
impl DerefMut for AppState {
    fn deref_mut(&mut self) -> &mut Services {
        Arc::make_mut(&mut self.0)
    }
}

#[derive(Clone)]
pub struct Services {
    pub config: Arc<Config>,
    pub platform: Platform,
    pub queue: Queue,
    pub store: S3Store,
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
    pub quotas: Quotas,
    pub teams: Teams,
    pub settler: Settler,
    pub counting: Counting,
    pub administration: Administration,
    pub scopes: Scopes,
    pub buckets: Buckets,
    pub files: Files,
    pub archives: Archives,
    pub changes: Changes,
    pub history: History,
    pub uploads: Uploads,
    pub reaper: Reaper,
    pub retention: Retention,
    pub jobs: Jobs,
}

impl AppState {
    pub fn new(dependencies: Dependencies, store: S3Store) -> Self {
        let config = Arc::clone(&dependencies.config);
        let platform = dependencies.platform.clone();
        let limiter = Arc::clone(&dependencies.limiter);
        let Accounts {
            queue,
            audit,
            audit_reader,
            mails,
            invitations,
            quotas,
            teams,
            auth,
            administration,
            cursors,
        } = Accounts::new(dependencies);
        let bucket = config.storage.bucket.clone();
        let api_keys = ApiKeys::new(auth.clone(), teams.clone(), platform.clone(), audit.clone());
        let store = store.trying_things_in(bucket.clone());
        let registry = Registry::new(platform.clone(), store.clone(), bucket.clone());
        let scopes = Scopes::new(auth.clone(), api_keys.clone(), teams.clone(), registry.clone());
        let uploads = Uploads::new(platform.clone(), scopes.clone(), quotas.clone());
        let jobs = Jobs::new(
            platform.clone(),
            queue.clone(),
            auth.clone(),
            api_keys.clone(),
            cursors.clone(),
        );
        let files = Files::new(scopes.clone(), quotas.clone(), platform.clone(), cursors.clone());
        let storage_setup = StorageSetup::new(store.clone(), bucket, config.origins_for_storage())
            .keeping_versions_for(config.storage.versions_keep_days);
        let changes = Changes::new(
            scopes.clone(),
            quotas.clone(),
            platform.clone(),
            queue.clone(),
            audit.clone(),
            cursors.clone(),
        );
        let reaper = Reaper::new(uploads.clone(), registry.clone());
        let foundation = Foundation {
            platform: platform.clone(),
            registry: registry.clone(),
            auth: auth.clone(),
            audit: audit.clone(),
            quotas: quotas.clone(),
            changes: changes.clone(),
            reaper: reaper.clone(),
            cursors: cursors.clone(),
        };
        Self(Arc::new(Services {
            jobs,
            buckets: Buckets::new(foundation, config.buckets, config.origins_for_storage()),
            settler: Settler::new(quotas.clone(), registry.clone()),
            counting: Counting::new(quotas.clone(), queue.clone(), registry.clone()),
            history: History::new(
                scopes.clone(),
                quotas.clone(),
                cursors.clone(),
                platform.clone(),
                queue.clone(),
                audit.clone(),
            ),
            archives: Archives::new(files.clone(), platform.clone(), config.site.public_url.clone()),
            files,
            changes,
            reaper,
            uploads,
            scopes,
            retention: Retention::new(
                registry,
                platform.clone(),
                storage_setup.clone(),
                config.storage.versions_keep_days,
            ),
            storage_setup,
            spool: Spool::new(config.site.data_dir.join("spool")),
            api_keys,
            disk: Disk::new(platform.clone(), config.site.data_dir.clone()),
            audit,
            audit_reader,
            mails,
            invitations,
            quotas,
            teams,
            auth,
            administration,
            config,
            queue,
            platform,
            store,
            limiter,
        }))
    }
}
