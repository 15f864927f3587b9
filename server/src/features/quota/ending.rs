//! Ends reservations, and counts what was deleted for good.

use std::collections::{BTreeSet, HashMap};

use app::contract::{BucketName, Timestamp, UserId};
use sqlx::AnyConnection;
use uuid::Uuid;

use super::{
    Change, Holder, Quotas, Reservation,
    look::is_of,
    repo::{ledgers, reservations},
};
use crate::platform::object_store::StoreError;

/// An object or a version that was deleted for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreedObject {
    pub key: String,
    pub size: u64,
    /// When it was written.
    pub at: Option<Timestamp>,
    pub etag: String,
}

impl Quotas {
    /// Ends the reservation of an upload; does nothing where it has none.
    #[tracing::instrument(level = "debug", name = "quota.settle_upload_in", skip_all, fields(%upload))]
    pub async fn settle_upload_in(
        &self,
        connection: &mut AnyConnection,
        upload: Uuid,
        change: Change,
    ) -> Result<(), sqlx::Error> {
        match reservations::holder_of(connection, upload).await? {
            Some(holder) => {
                let reservation = Reservation { id: upload, holder };
                self.settle_in(connection, reservation, change).await
            }
            None => Ok(()),
        }
    }

    /// Ends the reservations of a person's unfinished uploads, in the transaction that deletes the account: uploads into
    /// teams' folders count to the teams. The reaper aborts the uploads later.
    #[tracing::instrument(level = "debug", name = "quota.end_uploads_of", skip_all, fields(%user))]
    pub async fn end_uploads_of(
        &self,
        connection: &mut AnyConnection,
        user: UserId,
    ) -> Result<(), sqlx::Error> {
        for upload in reservations::of_uploads_by(connection, user).await? {
            self.settle_upload_in(connection, upload, Change::NONE).await?;
        }
        Ok(())
    }

    /// Ends a reservation and counts what was stored. Ending it again does nothing.
    #[tracing::instrument(level = "debug", name = "quota.settle_in", skip_all)]
    pub async fn settle_in(
        &self,
        connection: &mut AnyConnection,
        Reservation { id, holder }: Reservation,
        change: Change,
    ) -> Result<(), sqlx::Error> {
        self.settle_all_in(connection, holder, &[(id, change)]).await?;
        Ok(())
    }

    /// Answers how many there still were.
    pub(super) async fn settle_all_in(
        &self,
        connection: &mut AnyConnection,
        holder: Holder,
        ended: &[(Uuid, Change)],
    ) -> Result<u32, sqlx::Error> {
        let Some(mut ledger) = ledgers::hold(connection, holder).await? else {
            return Ok(0);
        };
        let mut count = 0;
        for (id, change) in ended {
            let Some(bytes) = reservations::bytes_of(connection, holder, *id).await? else {
                continue;
            };
            reservations::delete(connection, *id).await?;
            ledger.release(bytes);
            ledger.change(*change);
            count += 1;
        }
        if count > 0 {
            self.write(connection, holder, ledger).await?;
        }
        Ok(count)
    }

    /// Ends what is reserved for presigned URLs into a bucket that is deleted.
    #[tracing::instrument(level = "debug", name = "quota.end_of_bucket_in", skip_all, fields(%bucket))]
    pub async fn end_of_bucket_in(
        &self,
        connection: &mut AnyConnection,
        bucket: &BucketName,
    ) -> Result<(), sqlx::Error> {
        let mut ended: HashMap<Holder, Vec<(Uuid, Change)>> = HashMap::new();
        for row in reservations::puts_into(connection, bucket).await? {
            ended.entry(row.holder).or_default().push((row.id, Change::NONE));
        }
        for (holder, ended) in ended {
            self.settle_all_in(connection, holder, &ended).await?;
        }
        Ok(())
    }

    /// Settles in a transaction of its own, after the bytes were stored. Where the database fails the bytes are stored
    /// all the same: then the reservation stays until it expires, and the holder is counted anew.
    #[tracing::instrument(level = "debug", name = "quota.settle", skip_all)]
    pub async fn settle(&self, reservation: Reservation, change: Change) {
        let settled = async {
            let _turn = self.turns.take(reservation.holder).await;
            let mut transaction = self.platform.db.begin().await?;
            self.settle_in(&mut transaction, reservation, change).await?;
            transaction.commit().await
        };
        if let Err(error) = settled.await {
            tracing::warn!(%error, "a reservation could not be settled; it stays until it expires");
        }
        self.mails.wake();
    }

    /// Ends a reservation for which nothing was stored.
    #[tracing::instrument(level = "debug", name = "quota.release", skip_all)]
    pub async fn release(&self, reservation: Reservation) {
        self.settle(reservation, Change::NONE).await;
    }

    /// Counts a change without a reservation, in the caller's transaction.
    #[tracing::instrument(level = "debug", name = "quota.change_in", skip_all, fields(?holder))]
    pub async fn change_in(
        &self,
        connection: &mut AnyConnection,
        holder: Holder,
        change: Change,
    ) -> Result<(), sqlx::Error> {
        if change == Change::NONE {
            return Ok(());
        }
        let Some(mut ledger) = ledgers::hold(connection, holder).await? else {
            return Ok(());
        };
        ledger.change(change);
        self.write(connection, holder, ledger).await
    }

    /// Ends a reservation by the outcome of the write that it was made for.
    #[tracing::instrument(level = "debug", name = "quota.settle_write", skip_all)]
    pub async fn settle_write<T>(
        &self,
        reservation: Reservation,
        written: &Result<T, StoreError>,
        change: Change,
    ) {
        match written {
            Ok(_) => self.settle(reservation, change).await,
            Err(error) => {
                self.release(reservation).await;
                if error.leaves_it_open()
                    && let Err(error) = self.ask_count(reservation.holder).await
                {
                    tracing::warn!(%error, "whether something was written is learnt at the next count");
                }
            }
        }
    }

    /// Counts objects that were deleted for good, in the caller's transaction. Those that a presigned URL has stored
    /// are left out while its reservation lasts, since nobody has counted them yet.
    #[tracing::instrument(level = "debug", name = "quota.freed_in", skip_all, fields(?holder))]
    pub async fn freed_in(
        &self,
        connection: &mut AnyConnection,
        holder: Holder,
        bucket: &BucketName,
        objects: &[FreedObject],
    ) -> Result<(), sqlx::Error> {
        if objects.is_empty() {
            return Ok(());
        }
        let Some(mut ledger) = ledgers::hold(connection, holder).await? else {
            return Ok(());
        };
        let keys: BTreeSet<&str> = objects.iter().map(|object| object.key.as_str()).collect();
        let keys: Vec<_> = keys.into_iter().collect();
        let puts = reservations::puts_of(connection, holder, bucket, &keys).await?;
        let counted = objects.iter().filter(|object| {
            !puts.iter().any(|row| {
                row.object_key.as_deref() == Some(&object.key) && is_of(row, object.at, &object.etag)
            })
        });
        let freed = counted.fold(0, |sum: u64, object| sum.saturating_add(object.size));
        ledger.change(Change::freed(freed));
        self.write(connection, holder, ledger).await
    }

    /// The same in a transaction of its own. Where the database fails (deleting works on a full disk) the next count
    /// corrects it.
    #[tracing::instrument(level = "debug", name = "quota.freed_objects", skip_all, fields(?holder))]
    pub async fn freed_objects(&self, holder: Holder, bucket: &BucketName, objects: &[FreedObject]) {
        let freed = async {
            let _turn = self.turns.take(holder).await;
            let mut transaction = self.platform.db.begin().await?;
            self.freed_in(&mut transaction, holder, bucket, objects).await?;
            transaction.commit().await
        };
        if let Err(error) = freed.await {
            tracing::warn!(%error, "what was freed is not counted yet");
        }
    }

    /// Counts bytes that became free. Where the database fails (deleting works on a full disk) the next count corrects
    /// it.
    #[tracing::instrument(level = "debug", name = "quota.freed", skip_all, fields(?holder))]
    pub async fn freed(&self, holder: Holder, bytes: u64) {
        let freed = async {
            let _turn = self.turns.take(holder).await;
            let mut transaction = self.platform.db.begin().await?;
            self.change_in(&mut transaction, holder, Change::freed(bytes))
                .await?;
            transaction.commit().await
        };
        if bytes > 0
            && let Err(error) = freed.await
        {
            tracing::warn!(%error, "what was freed is not counted yet");
        }
    }
}
