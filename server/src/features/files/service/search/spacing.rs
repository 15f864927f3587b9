//! Estimates from a sample of keys how far apart the keys of a listing lie, to begin another range about so many keys
//! away. A wrong guess costs time and nothing else.

use std::collections::{BTreeSet, VecDeque};

/// Samples that are kept: those of the last few pages.
const SAMPLES: usize = 64;
/// Characters before the first one that differs between samples which the next keys may differ in.
const HEADROOM: usize = 3;
/// No more places are counted than fit into so many values: the first ones decide.
const PRECISION: u128 = 1 << 80;

/// Keys in the order of a listing, `step` apart.
#[derive(Clone, Debug)]
pub(super) struct Spacing {
    step: usize,
    samples: VecDeque<Vec<char>>,
    /// Keys since the last sample.
    since: usize,
    /// Characters that all keys begin with.
    prefix: usize,
}

impl Spacing {
    pub(super) fn new(step: usize, prefix: &str) -> Self {
        Self {
            step: step.max(1),
            samples: VecDeque::new(),
            since: 0,
            prefix: prefix.chars().count(),
        }
    }

    /// Takes note of the keys that follow those before.
    pub(super) fn add(&mut self, keys: &[String]) {
        for key in keys {
            if self.since == 0 {
                if self.samples.len() == SAMPLES {
                    self.samples.pop_front();
                }
                self.samples.push_back(key.chars().collect());
            }
            self.since = (self.since + 1) % self.step;
        }
    }

    /// Takes note of keys elsewhere, in place of those before.
    pub(super) fn restart(&mut self, keys: &[String]) {
        self.samples.clear();
        self.since = 0;
        self.add(keys);
    }

    /// Something that sorts about `count` keys after `from`, if the keys go on as they did.
    pub(super) fn ahead(&self, from: &str, count: usize) -> Option<String> {
        let scale = Scale::of(&self.samples, self.prefix)?;
        let (keys, span) = self.density(&scale)?;
        let distance = span.checked_mul(count as u128)? / keys as u128;
        scale.key(scale.value(from)?.checked_add(distance)?)
    }

    /// About how many keys lie between the two; `None` where that cannot be told.
    pub(super) fn between(&self, from: &str, to: &str) -> Option<usize> {
        let scale = Scale::of(&self.samples, self.prefix)?;
        let (keys, span) = self.density(&scale)?;
        let distance = scale.value(to)?.checked_sub(scale.value(from)?)?;
        usize::try_from(distance.checked_mul(keys as u128)? / span).ok()
    }

    /// How many keys there are in which span.
    fn density(&self, scale: &Scale) -> Option<(usize, u128)> {
        let first: String = self.samples.front()?.iter().collect();
        let last: String = self.samples.back()?.iter().collect();
        let span = scale.value(&last)?.checked_sub(scale.value(&first)?)?;
        let keys = (self.samples.len() - 1) * self.step;
        (keys > 0 && span > 0).then_some((keys, span))
    }
}

/// Keys as numbers, each place with digits of its own: the characters that samples have there, and those of the same
/// class.
struct Scale {
    /// What keys begin with before the first place.
    start: Vec<char>,
    places: Vec<Place>,
}

struct Place {
    /// Ascending.
    digits: Vec<char>,
    /// Whether a key may have ended before: that is the lowest digit then.
    may_end: bool,
}

impl Place {
    fn radix(&self) -> u128 {
        (self.digits.len() + usize::from(self.may_end)) as u128
    }
}

impl Scale {
    /// `None` where the samples do not differ.
    fn of(samples: &VecDeque<Vec<char>>, prefix: usize) -> Option<Self> {
        let first = samples.front()?;
        let differ = samples
            .iter()
            .skip(1)
            .map(|sample| first.iter().zip(sample).take_while(|(a, b)| a == b).count())
            .min()?;
        let begin = differ.saturating_sub(HEADROOM).max(prefix.min(differ));
        let seen_at = |at: usize| -> BTreeSet<char> {
            samples
                .iter()
                .filter_map(|sample| sample.get(at))
                .copied()
                .collect()
        };
        let seen: Vec<_> = (begin..)
            .map(seen_at)
            .take_while(|seen| !seen.is_empty())
            .collect();
        // The first digits of hexadecimal numbers may show no letters yet.
        let is_hexadecimal = seen.iter().any(is_hexadecimal);
        let mut values = 1_u128;
        let mut places = Vec::new();
        for (at, seen) in (begin..).zip(seen) {
            let place = Place {
                may_end: samples.iter().any(|sample| sample.len() <= at),
                digits: with_their_class(seen, is_hexadecimal).into_iter().collect(),
            };
            values = values.saturating_mul(place.radix());
            if values > PRECISION {
                break;
            }
            places.push(place);
        }
        Some(Self {
            start: first[..begin].to_vec(),
            places,
        })
    }

    fn value(&self, key: &str) -> Option<u128> {
        let mut chars = key.chars();
        if !self.start.iter().all(|c| chars.next() == Some(*c)) {
            return None;
        }
        let mut has_ended = false;
        Some(self.places.iter().fold(0, |value, place| {
            let digit = match chars.next().filter(|_| !has_ended) {
                Some(c) => {
                    let at = place.digits.partition_point(|digit| *digit < c);
                    at.min(place.digits.len() - 1) + usize::from(place.may_end)
                }
                None => {
                    has_ended = true;
                    0
                }
            };
            value * place.radix() + digit as u128
        }))
    }

    /// The inverse of [`Self::value`]; `None` for what is larger than any key with this beginning.
    fn key(&self, mut value: u128) -> Option<String> {
        let mut digits = Vec::with_capacity(self.places.len());
        for place in self.places.iter().rev() {
            digits.push(usize::try_from(value % place.radix()).ok()?);
            value /= place.radix();
        }
        if value > 0 {
            return None;
        }
        let mut key: String = self.start.iter().collect();
        for (place, digit) in self.places.iter().zip(digits.into_iter().rev()) {
            match digit.checked_sub(usize::from(place.may_end)) {
                Some(digit) => key.push(*place.digits.get(digit)?),
                None => break,
            }
        }
        Some(key)
    }
}

/// Whether there are digits and letters, as hexadecimal numbers have them.
fn is_hexadecimal(seen: &BTreeSet<char>) -> bool {
    let alphanumeric = || seen.iter().filter(|c| c.is_ascii_alphanumeric());
    alphanumeric().all(char::is_ascii_hexdigit)
        && alphanumeric().any(char::is_ascii_digit)
        && alphanumeric().any(char::is_ascii_alphabetic)
}

/// With all digits where there is one, and all letters; or those of hexadecimal numbers.
fn with_their_class(mut seen: BTreeSet<char>, is_hexadecimal: bool) -> BTreeSet<char> {
    let has_digits = seen.iter().any(char::is_ascii_digit);
    for (first, last_of_hexadecimal, last) in [('a', 'f', 'z'), ('A', 'F', 'Z')] {
        let letters = seen.range(first..=last);
        match letters.max().copied() {
            Some(largest) if !has_digits || largest > last_of_hexadecimal => seen.extend(first..=last),
            None if !(has_digits && is_hexadecimal && first == 'a') => {}
            _ => seen.extend(first..=last_of_hexadecimal),
        }
    }
    if has_digits {
        seen.extend('0'..='9');
    }
    seen
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PREFIX: &str = "users/u/";

    /// Asked at the key number `read`, of those up to it, for what lies `count` keys ahead: how many keys it is ahead.
    fn found_ahead(keys: &[String], read: usize, count: usize) -> Option<usize> {
        let mut spacing = Spacing::new(60, PREFIX);
        spacing.add(&keys[..read]);
        let edge = spacing.ahead(&keys[read - 1], count)?;
        Some(keys.partition_point(|key| *key <= edge).saturating_sub(read))
    }

    fn keys(names: impl Iterator<Item = String>) -> Vec<String> {
        let mut keys: Vec<_> = names.map(|name| format!("{PREFIX}{name}")).collect();
        keys.sort();
        keys
    }

    /// A sequence that looks random and is the same in each run.
    fn scattered(n: u64) -> u64 {
        n.wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29)
            .wrapping_mul(0xbf58_476d_1ce4_e5b9)
    }

    #[test]
    fn the_keys_of_usual_names_are_met_about_where_they_are() {
        for (what, keys) in [
            ("numbers", keys((0..20_000).map(|n| format!("n/{n:06}")))),
            (
                "numbers of photographs",
                keys((0..20_000).map(|n| format!("DCIM/IMG_{n:05}.jpg"))),
            ),
            (
                "hashes",
                keys((0..20_000).map(|n| format!("{:016x}", scattered(n)))),
            ),
            (
                "hashes in folders",
                keys(
                    (0..20_000)
                        .map(scattered)
                        .map(|n| format!("{:02x}/{n:014x}", n >> 56)),
                ),
            ),
            (
                "folders of a few files",
                keys((0..20_000).map(|n| format!("{:04}/{}.txt", n / 7, n % 7))),
            ),
        ] {
            for (read, count) in [(1_000, 850), (3_000, 1_850), (5_000, 7_850)] {
                let found = found_ahead(&keys, read, count).unwrap_or_else(|| panic!("{what}"));
                assert!(
                    (count * 6 / 10..count * 15 / 10).contains(&found),
                    "{what}: {found} keys ahead in place of {count}, after {read}"
                );
            }
        }
    }

    #[test]
    fn nothing_is_guessed_from_nothing() {
        let mut spacing = Spacing::new(1, PREFIX);
        assert_eq!(spacing.ahead(PREFIX, 1), None);
        spacing.add(&["users/u/a".to_owned()]);
        assert_eq!(spacing.ahead("users/u/a", 1), None);
        // Beyond the last number there may be anything.
        let numbers = keys((0..1_000).map(|n| format!("n/{n:03}")));
        assert_eq!(found_ahead(&numbers, 900, 850), Some(100));
    }

    proptest! {
        #[test]
        fn keys_come_back_and_their_order_is_kept(names in prop::collection::vec("[a-c0-2/.\u{e9}]{0,6}", 2..40)) {
            let keys = keys(names.into_iter());
            let mut spacing = Spacing::new(1, PREFIX);
            spacing.add(&keys);
            if let Some(scale) = Scale::of(&spacing.samples, spacing.prefix) {
                for pair in keys.windows(2) {
                    let (one, other) = (scale.value(&pair[0]).unwrap(), scale.value(&pair[1]).unwrap());
                    prop_assert!(one <= other, "{pair:?}");
                    let back = scale.key(one).unwrap();
                    prop_assert!(pair[0].starts_with(&back), "{back:?} of {:?}", pair[0]);
                }
            }
            for key in &keys {
                if let Some(edge) = spacing.ahead(key, 5) {
                    prop_assert!(edge.starts_with(PREFIX), "{edge:?}");
                }
            }
        }
    }
}
