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

/// Seconds between two counts of the same holder.
pub(super) const COUNT_EVERY: i64 = 86_400;

/// Cheap to clone.
#[derive(Clone)]
pub struct Quotas {
    pub(super) platform: Platform,
    pub(super) mails: MailQueue,
    /// `DEFAULT_QUOTA_BYTES`: the quota of new accounts. New teams have none.
    default: Option<u64>,
    pub(super) turns: Turns,
}

/// A holder's quota, and how much of it is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageUse {
    /// `None`: no limit.
    pub quota: Option<u64>,
    /// Bytes of versions, parts and reservations.
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

    /// Adds a new holder, in the transaction that creates the account.
    #[tracing::instrument(level = "debug", name = "quota.open", skip_all, fields(?holder))]
    pub async fn open(&self, connection: &mut AnyConnection, holder: Holder) -> Result<(), sqlx::Error> {
        let now = self.platform.now();
        let quota = match holder {
            Holder::User(_) => self.default,
            Holder::Team(_) => None,
        };
        ledgers::insert(connection, holder, quota, now, now + COUNT_EVERY).await
    }

    /// Forgets a holder that is deleted.
    #[tracing::instrument(level = "debug", name = "quota.close", skip_all, fields(?holder))]
    pub async fn close(&self, connection: &mut AnyConnection, holder: Holder) -> Result<(), sqlx::Error> {
        ledgers::delete(connection, holder).await
    }

    /// Sets a quota, or none. A count of the holder begins within a minute.
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

    /// Makes a count of the holder due: it begins within a minute.
    #[tracing::instrument(level = "debug", name = "quota.ask_count", skip_all, fields(?holder))]
    pub async fn ask_count(&self, holder: Holder) -> Result<(), sqlx::Error> {
        let mut connection = self.platform.db.pool().acquire().await?;
        self.ask_count_in(&mut connection, holder).await
    }

    /// The same for the holder of this reservation.
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

    /// A transaction that has locked the holder's row.
    pub(super) async fn hold(
        &self,
        holder: Holder,
    ) -> Result<(Transaction<'static, Any>, Ledger), QuotaError> {
        let mut transaction = self.platform.db.begin().await?;
        let ledger = ledgers::hold(&mut transaction, holder).await?;
        Ok((transaction, ledger.ok_or(QuotaError::NoHolder)?))
    }

    /// Writes a changed ledger, and queues a letter where little room is left.
    pub(super) async fn write(
        &self,
        connection: &mut AnyConnection,
        holder: Holder,
        mut ledger: Ledger,
    ) -> Result<(), sqlx::Error> {
        if ledger.is_to_be_warned(self.platform.now()) {
            let letter = match holder {
                Holder::User(user) => Letter::StorageNearlyFull { user },
                Holder::Team(team) => Letter::TeamStorageNearlyFull { team },
            };
            self.mails.queue(connection, &letter).await?;
        }
        ledgers::write(connection, holder, &ledger).await
    }
}
