//! Reserves room for copies in the quota of the destination's holder.

use std::collections::HashMap;

use app::contract::JobId;

use super::{
    Changes,
    journal::{Item, State},
    sides::Sides,
};
use crate::{
    features::{
        files::job_failure::{failure, over_quota},
        quota::{Change, Holder, Reservation},
    },
    platform::{
        object_store::StoreError,
        queue::{JobError, JobFailure},
    },
};

/// The reservation of a batch.
pub(super) struct Room {
    pub reservation: Reservation,
    /// Positions of the items that had no copy yet.
    waiting: Vec<i64>,
}

impl Room {
    /// The bytes that the batch has stored so far.
    pub(super) fn stored(&self, items: &[Item]) -> Change {
        let made = items
            .iter()
            .filter(|item| item.made_etag.is_some() && self.waiting.contains(&item.position));
        Change::added(made.fold(0, |sum: u64, item| sum.saturating_add(item.size)))
    }
}

impl Changes {
    /// Reserves room for a batch. Items that do not fit fail.
    pub(super) async fn make_room(
        &self,
        job: JobId,
        sides: &Sides,
        items: &mut [Item],
        failures: &mut Vec<JobFailure>,
    ) -> Result<Option<Room>, JobError> {
        let mut waiting: Vec<&mut Item> = items
            .iter_mut()
            .filter(|item| {
                item.state == State::Planned && item.destination.is_some() && item.made_etag.is_none()
            })
            .collect();
        let Some(destination) = waiting.first().and_then(|item| item.destination.as_deref()) else {
            return Ok(None);
        };
        let holder = sides.destination.holder(destination);
        let sizes: Vec<u64> = waiting.iter().map(|item| item.size).collect();
        let granted = self.quotas.reserve_for_job(holder, job.as_uuid(), &sizes).await;
        let granted = granted.map_err(over_quota)?;
        for (item, fits) in waiting.iter_mut().zip(granted.each) {
            if let Err(exceeded) = fits {
                item.state = State::Failed;
                failures.push(failure(&item.source, exceeded.told()));
            }
        }
        let waiting = waiting.iter().filter(|item| item.state == State::Planned);
        Ok(Some(Room {
            reservation: granted.reservation,
            waiting: waiting.map(|item| item.position).collect(),
        }))
    }

    /// The bytes that became free for each holder when the sources of a batch were deleted: none, where the bucket keeps
    /// versions.
    pub(super) async fn freed_by_removing(
        &self,
        sides: &Sides,
        removed: &[&Item],
    ) -> Result<HashMap<Holder, u64>, StoreError> {
        let scope = &sides.source;
        let mut freed = HashMap::new();
        for item in removed.iter().filter(|item| item.size > 0) {
            let bytes: &mut u64 = freed.entry(scope.holder(&item.source)).or_default();
            *bytes = bytes.saturating_add(item.size);
        }
        if !freed.is_empty() && scope.store.keeps_versions(&scope.bucket).await? {
            freed.clear();
        }
        Ok(freed)
    }
}
