//! Sorting in steps: a hundred thousand entries are filtered and sorted between frames, not in one long task.

use std::{cmp::Ordering, collections::VecDeque};

use super::entry::EntryId;

/// Entries looked at in one step.
const RUN: usize = 4096;

/// A merge sort that remembers where it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Reorder {
    /// Entries below this are in the runs.
    seen: usize,
    runs: VecDeque<Vec<EntryId>>,
}

impl Reorder {
    /// One step over the entries `0..total`: takes in one run of those that pass, or merges two runs. At the end
    /// the order, and how many entries it has seen.
    pub(super) fn step(
        &mut self,
        total: usize,
        passes: impl Fn(EntryId) -> bool,
        compare: impl Fn(EntryId, EntryId) -> Ordering,
    ) -> Option<(Vec<EntryId>, usize)> {
        if self.seen < total {
            let end = total.min(self.seen + RUN);
            let mut run: Vec<EntryId> = (self.seen..end)
                .filter_map(|id| EntryId::try_from(id).ok())
                .filter(|id| passes(*id))
                .collect();
            run.sort_unstable_by(|a, b| compare(*a, *b));
            self.seen = end;
            self.runs.push_back(run);
        } else if let (Some(a), Some(b)) = (self.runs.pop_front(), self.runs.pop_front()) {
            self.runs.push_back(merge(&a, &b, &compare));
        }
        if self.seen >= total && self.runs.len() <= 1 {
            return Some((self.runs.pop_front().unwrap_or_default(), self.seen));
        }
        None
    }
}

fn merge(a: &[EntryId], b: &[EntryId], compare: impl Fn(EntryId, EntryId) -> Ordering) -> Vec<EntryId> {
    let mut merged = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if compare(a[i], b[j]).is_le() {
            merged.push(a[i]);
            i += 1;
        } else {
            merged.push(b[j]);
            j += 1;
        }
    }
    merged.extend_from_slice(&a[i..]);
    merged.extend_from_slice(&b[j..]);
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_many_runs_in_bounded_steps() {
        let total = 10 * RUN + 17;
        // A fixed shuffle: the multiplier has no factor in common with the modulus.
        let rank = |id: EntryId| (u64::from(id) * 7919) % 1_000_003;
        let mut reorder = Reorder::default();
        let mut steps = 0;
        let (order, seen) = loop {
            steps += 1;
            if let Some(done) = reorder.step(total, |id| id % 3 != 0, |a, b| rank(a).cmp(&rank(b))) {
                break done;
            }
        };
        assert_eq!(seen, total);
        assert_eq!(order.len(), (0..total).filter(|id| id % 3 != 0).count());
        assert!(order.is_sorted_by_key(|id| rank(*id)));
        assert!(steps <= 22, "{steps}");
    }
}
