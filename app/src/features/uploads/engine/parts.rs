//! The parts of one large file.
//!
//! Always: the parts cover the file exactly once, and a part counts as stored only with the receipt of storage.

use std::{collections::BTreeMap, ops::Range};

use super::Millis;
use crate::{
    contract::{Checksum, ChecksumAlgorithm, StoredPart},
    features::uploads::types::{CompletedPart, PartToSign, SignedPart},
};

#[derive(Debug)]
pub(super) struct Parts {
    pub(super) upload_id: String,
    pub(super) part_size: u64,
    pub(super) algorithm: ChecksumAlgorithm,
    size: u64,
    slots: Vec<Slot>,
    /// All parts before this one are stored.
    low: usize,
    stored_bytes: u64,
    /// Parts that storage has and that are not yet compared with the picked file.
    held: usize,
    pub(super) listing: Listing,
    pub(super) signing: bool,
    pub(super) completing: bool,
    /// Storage refused to put the parts together once already, and they were listed again.
    pub(super) relisted: bool,
}

/// Whether what storage already has is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listing {
    Needed,
    Running,
    Known,
}

/// One part. Its number is its index plus one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Missing,
    Hashing,
    Hashed(Checksum),
    Signing(Checksum),
    Signed(Signed),
    Sending(Signed),
    /// Storage says that it has it.
    Held(CompletedPart),
    Verifying(CompletedPart),
    Stored(CompletedPart),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signed {
    pub(super) url: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) expires_at: Millis,
    pub(super) checksum: Option<Checksum>,
}

impl Slot {
    /// Of the picked file's bytes, when it is known.
    fn checksum(&self) -> Option<&Checksum> {
        match self {
            Self::Hashed(checksum) | Self::Signing(checksum) => Some(checksum),
            Self::Signed(signed) | Self::Sending(signed) => signed.checksum.as_ref(),
            Self::Stored(part) => part.checksum.as_ref(),
            Self::Missing | Self::Hashing | Self::Held(_) | Self::Verifying(_) => None,
        }
    }
}

impl Parts {
    /// `None` for a part size of zero, or one that makes more parts than S3 allows.
    pub(super) fn new(
        upload_id: String,
        size: u64,
        part_size: u64,
        algorithm: ChecksumAlgorithm,
        listing: Listing,
    ) -> Option<Self> {
        let count = size.checked_div(part_size)? + u64::from(!size.is_multiple_of(part_size));
        let count = u32::try_from(count.max(1))
            .ok()
            .filter(|count| *count <= crate::features::uploads::types::MAX_PARTS)?;
        Some(Self {
            upload_id,
            part_size,
            algorithm,
            size,
            slots: vec![Slot::Missing; count as usize],
            low: 0,
            stored_bytes: 0,
            held: 0,
            listing,
            signing: false,
            completing: false,
            relisted: false,
        })
    }

    pub(super) fn range(&self, index: usize) -> Range<u64> {
        let start = self.part_size * index as u64;
        start..(start + self.part_size).min(self.size)
    }

    pub(super) fn length(&self, index: usize) -> u64 {
        let range = self.range(index);
        range.end - range.start
    }

    pub(super) fn slot(&self, index: usize) -> Option<&Slot> {
        self.slots.get(index)
    }

    /// The parts that are not stored yet, in order.
    pub(super) fn open(&self) -> impl Iterator<Item = (usize, &Slot)> {
        self.slots
            .iter()
            .enumerate()
            .skip(self.low)
            .filter(|(_, slot)| !matches!(slot, Slot::Stored(_)))
    }

    /// The one way in which a part changes: keeps the sums.
    pub(super) fn set(&mut self, index: usize, slot: Slot) {
        let length = self.length(index);
        let Some(place) = self.slots.get_mut(index) else {
            return;
        };
        let before = std::mem::replace(place, slot);
        match before {
            Slot::Stored(_) => {
                self.stored_bytes -= length;
                self.low = self.low.min(index);
            }
            Slot::Held(_) | Slot::Verifying(_) => self.held -= 1,
            _ => {}
        }
        match self.slots[index] {
            Slot::Stored(_) => self.stored_bytes += length,
            Slot::Held(_) | Slot::Verifying(_) => self.held += 1,
            _ => {}
        }
        while matches!(self.slots.get(self.low), Some(Slot::Stored(_))) {
            self.low += 1;
        }
    }

    /// Takes the part back to where it stands without the job that ran for it.
    pub(super) fn step_back(&mut self, index: usize) {
        let Some(slot) = self.slots.get_mut(index) else {
            return;
        };
        *slot = match std::mem::replace(slot, Slot::Missing) {
            Slot::Signing(checksum) => Slot::Hashed(checksum),
            Slot::Sending(signed) => Slot::Signed(signed),
            Slot::Verifying(part) => Slot::Held(part),
            Slot::Hashing => Slot::Missing,
            other => other,
        };
    }

    /// Takes a signed part back to be signed again, its URL having expired or been refused.
    pub(super) fn unsign(&mut self, index: usize) {
        if let Some(Slot::Signed(signed) | Slot::Sending(signed)) = self.slots.get(index) {
            let slot = signed.checksum.clone().map_or(Slot::Missing, Slot::Hashed);
            self.set(index, slot);
        }
    }

    pub(super) fn begin_signing(&mut self, indices: &[usize]) {
        for index in indices {
            if let Some(Slot::Hashed(checksum)) = self.slots.get(*index) {
                let slot = Slot::Signing(checksum.clone());
                self.set(*index, slot);
            }
        }
    }

    pub(super) fn sign(&mut self, part: SignedPart, expires_at: Millis) {
        let Some(index) = (part.part_number as usize).checked_sub(1) else {
            return;
        };
        let checksum = match self.slots.get(index) {
            Some(Slot::Signing(checksum)) => Some(checksum.clone()),
            // A plan may sign the first parts before they are hashed; then they go without a checksum.
            Some(Slot::Missing) => None,
            _ => return,
        };
        self.set(
            index,
            Slot::Signed(Signed {
                url: part.url,
                headers: part.headers,
                expires_at,
                checksum,
            }),
        );
    }

    /// Takes up what storage has. A part that is of another size, or has no checksum to compare with, is sent
    /// again; a part that this engine sent itself, and knows by its ETag or checksum, needs no second look.
    pub(super) fn take_listing(&mut self, stored: Vec<StoredPart>) {
        self.listing = Listing::Known;
        let mut listed: BTreeMap<usize, StoredPart> = stored
            .into_iter()
            .filter_map(|part| Some(((part.part_number as usize).checked_sub(1)?, part)))
            .collect();
        for index in 0..self.slots.len() {
            let found = listed
                .remove(&index)
                .filter(|part| part.size == self.length(index));
            let own = self.slots[index].checksum();
            let same = |part: &StoredPart| own.is_some() && own == part.checksum.as_ref();
            let comparable = |part: &StoredPart| {
                part.checksum
                    .as_ref()
                    .is_some_and(|sum| sum.algorithm == self.algorithm)
            };
            let slot = match (found, &self.slots[index]) {
                (Some(part), Slot::Stored(sent)) if !sent.etag.is_empty() && sent.etag == part.etag => {
                    continue;
                }
                (Some(part), _) if same(&part) => Slot::Stored(completed(part)),
                (Some(part), Slot::Stored(_) | Slot::Missing) if comparable(&part) => {
                    Slot::Held(completed(part))
                }
                (_, Slot::Stored(_)) => Slot::Missing,
                _ => continue,
            };
            self.set(index, slot);
        }
    }

    pub(super) fn to_sign(&self, indices: &[usize]) -> Vec<PartToSign> {
        indices
            .iter()
            .filter_map(|index| match self.slots.get(*index)? {
                Slot::Hashed(checksum) | Slot::Signing(checksum) => Some(PartToSign {
                    part_number: number(*index),
                    size: self.length(*index),
                    checksum: Some(checksum.clone()),
                }),
                _ => None,
            })
            .collect()
    }

    /// The parts to put together, once every one is stored.
    pub(super) fn completed(&self) -> Option<Vec<CompletedPart>> {
        self.slots
            .iter()
            .map(|slot| match slot {
                Slot::Stored(part) => Some(part.clone()),
                _ => None,
            })
            .collect()
    }

    pub(super) fn all_stored(&self) -> bool {
        self.low == self.slots.len()
    }

    pub(super) const fn stored_bytes(&self) -> u64 {
        self.stored_bytes
    }

    pub(super) fn is_verifying(&self) -> bool {
        self.listing != Listing::Known || self.held > 0
    }

    /// Parts hashed and not yet under way.
    pub(super) fn ahead(&self) -> usize {
        self.open()
            .filter(|(_, slot)| {
                matches!(
                    slot,
                    Slot::Hashing | Slot::Hashed(_) | Slot::Signing(_) | Slot::Signed(_)
                )
            })
            .count()
    }
}

/// The part number of the slot at `index`.
#[expect(clippy::cast_possible_truncation, reason = "there are at most 10,000 parts")]
pub(super) const fn number(index: usize) -> u32 {
    index as u32 + 1
}

fn completed(part: StoredPart) -> CompletedPart {
    CompletedPart {
        part_number: part.part_number,
        etag: part.etag,
        checksum: part.checksum,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_cover_the_file_exactly_once(size in 0_u64..1 << 36, part_size in 1_u64 << 23..1 << 32) {
            let parts = Parts::new("u".into(), size, part_size, ChecksumAlgorithm::Sha256, Listing::Known).unwrap();
            let mut at = 0;
            for index in 0..parts.slots.len() {
                prop_assert_eq!(parts.range(index).start, at);
                at = parts.range(index).end;
            }
            prop_assert_eq!(at, size);
        }
    }

    #[test]
    fn impossible_plans_are_refused() {
        let new = |size, part_size| {
            Parts::new(
                "u".into(),
                size,
                part_size,
                ChecksumAlgorithm::Sha256,
                Listing::Known,
            )
        };
        assert!(new(1, 0).is_none());
        assert!(new(10_001, 1).is_none());
        assert_eq!(new(10_000, 1).unwrap().slots.len(), 10_000);
        assert_eq!(new(0, 1).unwrap().slots.len(), 1);
    }
}
