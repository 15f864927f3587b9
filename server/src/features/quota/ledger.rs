//! How much of a quota is taken. Pure.

use super::Exceeded;
use crate::platform::database::column::Nullable;

/// The percentage of the quota at which a holder gets a letter.
const WARN_AT: u64 = 80;
/// The least time between two such letters, in seconds.
const WARN_AGAIN: i64 = 86_400;

/// A holder's row.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Ledger {
    #[sqlx(rename = "quota_bytes", try_from = "Nullable<i64, u64>")]
    pub quota: Option<u64>,
    /// Bytes in storage.
    #[sqlx(rename = "used_bytes", try_from = "i64")]
    pub used: u64,
    /// Bytes that open reservations may still store.
    #[sqlx(rename = "reserved_bytes", try_from = "i64")]
    pub reserved: u64,
    /// Totals of what was ever added to `used`, and of what was taken from it. They only grow, so a count sees whether
    /// anything changed.
    #[sqlx(rename = "added_bytes", try_from = "i64")]
    pub added: u64,
    #[sqlx(rename = "freed_bytes", try_from = "i64")]
    pub freed: u64,
    pub counted_at: Option<i64>,
    pub count_due_at: i64,
    pub warned_at: Option<i64>,
}

/// How `used` changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub added: u64,
    pub freed: u64,
}

impl Change {
    pub const NONE: Self = Self { added: 0, freed: 0 };

    #[must_use]
    pub const fn added(bytes: u64) -> Self {
        Self {
            added: bytes,
            freed: 0,
        }
    }

    #[must_use]
    pub const fn freed(bytes: u64) -> Self {
        Self {
            added: 0,
            freed: bytes,
        }
    }
}

impl Ledger {
    pub(super) fn taken(&self) -> u64 {
        self.used.saturating_add(self.reserved)
    }

    /// Reserves these bytes if they fit. Zero bytes always fit, even when the quota was lowered below what is used.
    pub(super) fn reserve(&mut self, bytes: u64) -> Result<(), Exceeded> {
        if let Some(quota) = self.quota.filter(|_| bytes > 0) {
            let left = quota.saturating_sub(self.taken());
            if bytes > left {
                return Err(Exceeded {
                    needed: bytes,
                    left,
                    quota,
                });
            }
        }
        self.reserved = self.reserved.saturating_add(bytes);
        Ok(())
    }

    pub(super) fn release(&mut self, bytes: u64) {
        self.reserved = self.reserved.saturating_sub(bytes);
    }

    pub(super) fn change(&mut self, change: Change) {
        let Change { added, freed } = change;
        self.used = self.used.saturating_add(added).saturating_sub(freed);
        self.added = self.added.saturating_add(added);
        self.freed = self.freed.saturating_add(freed);
    }

    /// Whether the letter about little room is due now. To be called after each change.
    pub(super) fn is_to_be_warned(&mut self, now: i64) -> bool {
        let is_nearly_full = self.quota.is_some_and(|quota| {
            quota > 0 && u128::from(self.used) * 100 >= u128::from(quota) * u128::from(WARN_AT)
        });
        match (is_nearly_full, self.warned_at) {
            (true, None) => {
                self.warned_at = Some(now);
                true
            }
            (false, Some(at)) if at <= now - WARN_AGAIN => {
                self.warned_at = None;
                false
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ledger(quota: Option<u64>, used: u64) -> Ledger {
        Ledger {
            quota,
            used,
            ..Ledger::default()
        }
    }

    #[test]
    fn what_fits_is_taken_to_the_byte() {
        let mut ledger = ledger(Some(10), 4);
        ledger.reserve(5).unwrap();
        let refused = ledger.reserve(2).unwrap_err();
        assert_eq!((refused.needed, refused.left, refused.quota), (2, 1, 10));
        ledger.reserve(1).unwrap();
        ledger.reserve(0).unwrap();
        assert_eq!(ledger.reserve(1).unwrap_err().left, 0);
        ledger.release(6);
        ledger.change(Change::added(6));
        assert_eq!((ledger.used, ledger.reserved), (10, 0));
        ledger.quota = Some(3);
        ledger.reserve(0).unwrap();
        assert_eq!(ledger.reserve(1).unwrap_err().left, 0);
        ledger.quota = None;
        ledger.reserve(u64::MAX).unwrap();
    }

    #[test]
    fn a_letter_is_due_once_at_four_fifths_and_again_a_day_after_there_was_room() {
        const DAY: i64 = 86_400;
        let mut ledger = ledger(Some(100), 79);
        assert!(!ledger.is_to_be_warned(0));
        ledger.change(Change::added(1));
        assert!(ledger.is_to_be_warned(0));
        ledger.change(Change::added(20));
        assert!(!ledger.is_to_be_warned(5));
        ledger.change(Change::freed(50));
        assert!(!ledger.is_to_be_warned(6));
        ledger.change(Change::added(50));
        assert!(!ledger.is_to_be_warned(7), "within a day of the last");
        ledger.change(Change::freed(50));
        assert!(!ledger.is_to_be_warned(DAY));
        ledger.change(Change::added(50));
        assert!(ledger.is_to_be_warned(DAY + 1));
        ledger.quota = None;
        ledger.warned_at = None;
        assert!(!ledger.is_to_be_warned(DAY + 2));
    }

    #[test]
    fn a_refusal_reads_like_a_sentence() {
        let told = |needed, left| {
            Exceeded {
                needed,
                left,
                quota: 5 << 30,
            }
            .told()
        };
        assert_eq!(
            told(3 << 30, 1_288_490_189),
            "This needs 3.0 GiB, and 1.2 GiB (1288490189 bytes) of 5.0 GiB are left"
        );
        assert_eq!(told(1, 0), "This needs 1 B, and nothing of 5.0 GiB is left");
    }

    proptest! {
        /// In any order of requests: never more than the quota is taken, and nothing that fits is refused.
        #[test]
        fn never_more_than_the_quota(quota in 0_u64..1000, asked in prop::collection::vec(0_u64..400, 0..30)) {
            let mut ledger = ledger(Some(quota), 0);
            for bytes in asked {
                let before = ledger.taken();
                let fits = before + bytes <= quota;
                prop_assert_eq!(ledger.reserve(bytes).is_ok(), fits);
                prop_assert_eq!(ledger.taken(), if fits { before + bytes } else { before });
                if bytes % 3 == 0 && fits {
                    ledger.release(bytes);
                    ledger.change(Change::added(bytes));
                }
            }
        }
    }
}
