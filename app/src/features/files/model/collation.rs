//! How names are compared: in the order in which people expect them (numbers by value, `2` before `10`), and for
//! parts of them, neither with regard to case nor to the form that their letters are composed in.

use crate::contract::text::folded;

/// A name as it is compared. ASCII is folded while it is compared, so that it needs no copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Folded(Option<Box<str>>);

impl Folded {
    pub(super) fn of(name: &str) -> Self {
        Self((!name.is_ascii()).then(|| folded(name).into_boxed_str()))
    }

    /// Whether `name`, from which `self` was made, begins with `start`, which is folded.
    pub(super) fn starts_with(&self, name: &str, start: &str) -> bool {
        match &self.0 {
            Some(folded) => folded.starts_with(start),
            None => begins(name.as_bytes(), start.as_bytes()),
        }
    }

    /// Whether `name`, from which `self` was made, contains `part`, which is folded.
    pub(super) fn contains(&self, name: &str, part: &str) -> bool {
        match &self.0 {
            Some(folded) => folded.contains(part),
            None => {
                let (name, part) = (name.as_bytes(), part.as_bytes());
                part.is_empty() || name.windows(part.len()).any(|window| begins(window, part))
            }
        }
    }

    /// Bytes that sort as `name`, from which `self` was made, should. Names that differ only in case, form or leading
    /// zeros have equal bytes: let the names themselves break the tie.
    pub(super) fn collation_key(&self, name: &str) -> Box<[u8]> {
        match &self.0 {
            Some(folded) => collation_key(folded),
            None => collation_key(&name.to_ascii_lowercase()),
        }
    }
}

fn begins(name: &[u8], start: &[u8]) -> bool {
    name.get(..start.len())
        .is_some_and(|name| name.eq_ignore_ascii_case(start))
}

/// Every run of digits becomes `0`, its length without leading zeros (two bytes, big-endian; a key has at most
/// 1,024 bytes), and those digits. So a number sorts where digits do, and by value among numbers.
fn collation_key(folded: &str) -> Box<[u8]> {
    let mut key = Vec::with_capacity(folded.len() + 4);
    let mut rest = folded;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        key.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at..];
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let digits = rest[..end].trim_start_matches('0').as_bytes();
        let length = u16::try_from(digits.len()).unwrap_or(u16::MAX);
        key.push(b'0');
        key.extend_from_slice(&length.to_be_bytes());
        key.extend_from_slice(digits);
        rest = &rest[end..];
    }
    key.extend_from_slice(rest.as_bytes());
    key.into_boxed_slice()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(name: &str) -> Box<[u8]> {
        Folded::of(name).collation_key(name)
    }

    fn contains(name: &str, part: &str) -> bool {
        Folded::of(name).contains(name, part)
    }

    #[test]
    fn sorts_like_a_person() {
        let mut names = vec![
            "b",
            "A10",
            "a2",
            "a02b",
            "Ä",
            "a",
            "file (10)",
            "file (9)",
            "_x",
            "100",
            "20",
        ];
        names.sort_by_key(|name| key(name));
        assert_eq!(
            names,
            [
                "20",
                "100",
                "_x",
                "a",
                "a2",
                "a02b",
                "A10",
                "b",
                "file (9)",
                "file (10)",
                "Ä"
            ]
        );
    }

    #[test]
    fn parts_are_found_in_any_case_and_form() {
        assert!(Folded::of("Éclair.png").starts_with("Éclair.png", "éc"));
        assert!(Folded::of("E\u{301}clair").starts_with("E\u{301}clair", "\u{e9}c"));
        assert!(contains("Report-FINAL.pdf", "final"));
        assert!(contains("Le cafe\u{301}.txt", "caf\u{e9}"));
        assert!(contains("STRASSE", "strasse") && contains("Straße", "strasse"));
        assert!(!contains("Report", "reports"));
        assert!(!contains("cafe\u{301}", "cafe"), "an accent is a difference");
        assert!(contains("anything", "") && contains("", ""));
    }

    proptest! {
        #[test]
        fn numbers_sort_by_value(a in any::<u64>(), b in any::<u64>()) {
            let key = |n: u64| key(&format!("img{n}.jpg"));
            prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
        }

        #[test]
        fn case_and_leading_zeros_do_not_matter(name in "[a-zäß]{1,5}", n in any::<u32>()) {
            prop_assert_eq!(
                key(&format!("{}{n}", name.to_uppercase())),
                key(&format!("{name}000{n}"))
            );
        }

        #[test]
        fn ascii_is_compared_as_everything_else(name in "[ -~]{0,9}", part in "[ -~]{0,3}") {
            let part = folded(&part);
            prop_assert_eq!(contains(&name, &part), folded(&name).contains(&part));
            prop_assert_eq!(
                Folded::of(&name).starts_with(&name, &part),
                folded(&name).starts_with(&part)
            );
        }
    }
}
