//! The memory that all archives share for their lists: when it is used up, the next archive is asked to come again.
//! Also bounds how many archives one person has at once, so that nobody uses up all of it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use app::contract::UserId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes for all archives at once. At a hundred bytes a file this is more than a million files.
const TOTAL_KIB: usize = 128 * 1024;
/// Bytes that an archive needs beside its list, for objects that are read ahead and output on its way.
const BESIDE: usize = 2 << 20;
/// Archives that one person has under way.
pub(super) const AT_ONCE: usize = 8;

#[derive(Clone)]
pub(super) struct Budget {
    memory: Arc<Semaphore>,
    under_way: Arc<Mutex<HashMap<UserId, usize>>>,
}

/// Why there is no room for another archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRoom {
    /// In memory.
    Full,
    /// This person has [`AT_ONCE`] already.
    TooManyAtOnce,
}

/// The share of one archive, until it is dropped.
pub(super) struct Reservation {
    budget: Budget,
    user: UserId,
    held: Option<OwnedSemaphorePermit>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            memory: Arc::new(Semaphore::new(TOTAL_KIB)),
            under_way: Arc::default(),
        }
    }
}

impl Budget {
    pub(super) fn reserve(&self, user: UserId) -> Result<Reservation, NoRoom> {
        {
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            let own = under_way.entry(user).or_default();
            if *own >= AT_ONCE {
                return Err(NoRoom::TooManyAtOnce);
            }
            *own += 1;
        }
        let mut reservation = Reservation {
            budget: self.clone(),
            user,
            held: None,
        };
        reservation.grow_to(0)?;
        Ok(reservation)
    }
}

impl Reservation {
    /// Raises the share to this many bytes for a list, if it is smaller.
    pub(super) fn grow_to(&mut self, bytes: usize) -> Result<(), NoRoom> {
        let held = self.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = (BESIDE + bytes).div_ceil(1024).saturating_sub(held);
        if more == 0 {
            return Ok(());
        }
        let more = u32::try_from(more).map_err(|_| NoRoom::Full)?;
        let more = Arc::clone(&self.budget.memory)
            .try_acquire_many_owned(more)
            .map_err(|_| NoRoom::Full)?;
        match &mut self.held {
            Some(held) => held.merge(more),
            held => *held = Some(more),
        }
        Ok(())
    }

    /// Gives back all but this many bytes.
    pub(super) fn shrink_to(&mut self, bytes: usize) {
        if let Some(held) = &mut self.held {
            let beyond = held.num_permits().saturating_sub((BESIDE + bytes).div_ceil(1024));
            drop(held.split(beyond));
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut under_way = self
            .budget
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = under_way.get_mut(&self.user) {
            *own -= 1;
            if *own == 0 {
                under_way.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(n: u128) -> UserId {
        UserId::from_uuid(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn what_is_dropped_is_there_for_the_next() {
        let budget = Budget::default();
        let mut first = budget.reserve(user(1)).unwrap();
        first.grow_to(100 << 20).unwrap();
        first.grow_to(1).unwrap();
        let mut second = budget.reserve(user(1)).unwrap();
        assert_eq!(second.grow_to(25 << 20), Err(NoRoom::Full));
        first.shrink_to(99 << 20);
        second.grow_to(25 << 20).unwrap();
        assert_eq!(budget.reserve(user(2)).err(), Some(NoRoom::Full));
        drop(first);
        second.grow_to(126 << 20).unwrap();
    }

    #[test]
    fn one_person_leaves_room_for_others() {
        let budget = Budget::default();
        let mut own: Vec<_> = (0..AT_ONCE).map(|_| budget.reserve(user(1)).unwrap()).collect();
        assert_eq!(budget.reserve(user(1)).err(), Some(NoRoom::TooManyAtOnce));
        let other = budget.reserve(user(2)).unwrap();
        own.pop();
        own.push(budget.reserve(user(1)).unwrap());
        drop((own, other));
        assert!(budget.under_way.lock().unwrap().is_empty());
    }
}
