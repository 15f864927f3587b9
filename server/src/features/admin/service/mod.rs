//! The use cases of administration. Each takes an [`Authority`], so that none can be called without one.

mod change;
mod create;
mod read;
mod setup;

use app::{
    contract::UserId,
    features::{
        admin::types::{AdminUser, UserStatus},
        auth::types::Role,
    },
};
use sqlx::{Any, Transaction};
use url::Url;

use super::{AdminError, Authority, repo};
use crate::{
    config::Config,
    features::{
        audit::{Action, Audit, Outcome},
        auth::service::Auth,
        invitations::Invitations,
        quota::Quotas,
    },
    platform::{Platform, cursor::Cursors},
};

pub use setup::{ConfiguredAdmin, FirstStart};

#[derive(Clone)]
pub struct Administration {
    platform: Platform,
    auth: Auth,
    audit: Audit,
    invitations: Invitations,
    quotas: Quotas,
    cursors: Cursors,
    public_url: Url,
}

impl Administration {
    pub(crate) fn new(
        config: &Config,
        platform: Platform,
        auth: Auth,
        audit: Audit,
        invitations: Invitations,
        quotas: Quotas,
        cursors: Cursors,
    ) -> Self {
        Self {
            platform,
            auth,
            audit,
            invitations,
            quotas,
            cursors,
            public_url: config.site.public_url.clone(),
        }
    }

    /// A transaction that changes accounts. Whoever changes the set of admins takes turns here; and the caller must
    /// still be one of them when their turn comes: to hash a password, or to wait, has taken its time.
    async fn begin(&self, by: &Authority) -> Result<Transaction<'static, Any>, AdminError> {
        let mut transaction = self.platform.db.begin().await?;
        repo::setup::lock(&mut transaction).await?;
        if let Some(id) = by.user() {
            let caller = repo::users::find(&mut transaction, id).await?;
            if !caller.is_some_and(|caller| can_administer(&caller)) {
                transaction.rollback().await?;
                let event = by.event(Action::AdminAccess, Outcome::Denied);
                self.audit.note(event.saying("no admin any more")).await?;
                return Err(AdminError::NotAdmin);
            }
        }
        Ok(transaction)
    }

    fn now(&self) -> i64 {
        self.platform.now()
    }
}

fn can_administer(user: &AdminUser) -> bool {
    user.role == Role::Admin && user.status == UserStatus::Active
}

/// What fits the database, and a few exabytes more than anyone has.
fn quota(bytes: u64) -> Result<u64, AdminError> {
    i64::try_from(bytes)
        .map(|_| bytes)
        .map_err(|_| AdminError::Field {
            field: "quota_bytes",
            why: "must not be larger than 9223372036854775807",
        })
}

/// Where a person's files lie in the home bucket.
fn prefix_of(user: UserId) -> String {
    app::contract::KeyRoot::home(user).as_str().to_owned()
}
