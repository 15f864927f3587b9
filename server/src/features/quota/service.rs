//! The use cases of quotas.

use sqlx::{Any, AnyConnection, Transaction};
use uuid::Uuid;

use super::{
    Holder, QuotaError,
    ledger::Ledger,
    repo::{ledgers, reservations},
    turns::Turns,
};
use crate::{
    features::mail::{Letter, MailQueue},
    platform::Platform,
};

/// Between two counts of all that a holder has.
pub(super) const COUNT_EVERY: i64 = 86_400;

/// Cheap to clone.
#[derive(Clone)]
pub struct Quotas {
    pub(super) platform: Platform,
    pub(super) mails: MailQueue,
    /// `DEFAULT_QUOTA_BYTES`: of new holders.
    default: Option<u64>,
    pub(super) turns: Turns,
}

/// What a holder has of their quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageUse {
    /// `None`: no limit.
    pub quota: Option<u64>,
    /// Versions, parts, and what is reserved.
    pub taken: u64,
}

impl Quotas {
    #[must_use]
    pub fn new(platform: Platform, mails: MailQueue, default: Option<u64>) -> Self {
        Self {
            platform,
            mails,
            default,
            turns: Turns::new(),
        }
    }

    /// Begins to count for somebody new, in the transaction that makes them.
    #[tracing::instrument(level = "debug", name = "quota.open", skip_all, fields(?holder))]
    pub async fn open(&self, connection: &mut AnyConnection, holder: Holder) -> Result<(), sqlx::Error> {
        let now = self.platform.now();
        ledgers::insert(connection, holder, self.default, now, now + COUNT_EVERY).await
    }

    /// Forgets a holder that is deleted.
    #[tracing::instrument(level = "debug", name = "quota.close", skip_all, fields(?holder))]
    pub async fn close(&self, connection: &mut AnyConnection, holder: Holder) -> Result<(), sqlx::Error> {
        ledgers::delete(connection, holder).await
    }

    /// Sets a quota, or none. All that the holder has is counted within a minute.
    #[tracing::instrument(level = "debug", name = "quota.set", skip_all, fields(?holder))]
    pub async fn set(
        &self,
        connection: &mut AnyConnection,
        holder: Holder,
        quota: Option<u64>,
    ) -> Result<(), sqlx::Error> {
        ledgers::set_quota(connection, holder, quota, self.platform.now()).await
    }

    /// `None` for a holder that is gone.
    #[tracing::instrument(level = "debug", name = "quota.of", skip_all, fields(?holder))]
    pub async fn of(&self, holder: Holder) -> Result<Option<StorageUse>, QuotaError> {
        let found = ledgers::find(self.platform.db.pool(), holder).await?;
        Ok(found.map(|ledger| StorageUse {
            quota: ledger.quota,
            taken: ledger.taken(),
        }))
    }

    /// Lets all that a holder has be counted within a minute.
    #[tracing::instrument(level = "debug", name = "quota.ask_count", skip_all, fields(?holder))]
    pub async fn ask_count(&self, holder: Holder) -> Result<(), sqlx::Error> {
        let mut connection = self.platform.db.pool().acquire().await?;
        self.ask_count_in(&mut connection, holder).await
    }

    /// The same for the holder of an upload's reservation.
    #[tracing::instrument(level = "debug", name = "quota.ask_count_of_upload", skip_all, fields(%upload))]
    pub async fn ask_count_of_upload(&self, upload: Uuid) -> Result<(), sqlx::Error> {
        let mut connection = self.platform.db.pool().acquire().await?;
        match reservations::holder_of(&mut connection, upload).await? {
            Some(holder) => self.ask_count_in(&mut connection, holder).await,
            None => Ok(()),
        }
    }

    #[tracing::instrument(level = "debug", name = "quota.ask_count_in", skip_all, fields(?holder))]
    pub async fn ask_count_in(
        &self,
        connection: &mut AnyConnection,
        holder: Holder,
    ) -> Result<(), sqlx::Error> {
        ledgers::ask_count(connection, holder, self.platform.now()).await
    }

    /// A transaction that holds the holder's row.
    pub(super) async fn hold(
        &self,
        holder: Holder,
    ) -> Result<(Transaction<'static, Any>, Ledger), QuotaError> {
        let mut transaction = self.platform.db.begin().await?;
        let ledger = ledgers::hold(&mut transaction, holder).await?;
        Ok((transaction, ledger.ok_or(QuotaError::NoHolder)?))
    }

    /// Writes a ledger that has changed, and a letter where little is left.
    pub(super) async fn write(
        &self,
        connection: &mut AnyConnection,
        holder: Holder,
        mut ledger: Ledger,
    ) -> Result<(), sqlx::Error> {
        if ledger.is_to_be_warned(self.platform.now()) {
            let Holder::User(user) = holder;
            let letter = Letter::StorageNearlyFull { user };
            self.mails.queue(connection, &letter).await?;
        }
        ledgers::write(connection, holder, &ledger).await
    }
}
