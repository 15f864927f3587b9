//! The order in which people expect names: without regard to case, numbers by value (`2` before `10`).

/// Bytes that compare as the names should. Names that differ only in case or leading zeros have equal bytes: let
/// the names themselves break the tie.
///
/// Every run of digits becomes `0`, its length without leading zeros (two bytes, big-endian; a key has at most
/// 1,024 bytes), and those digits. So a number sorts where digits do, and by value among numbers.
#[must_use]
pub fn collation_key(name: &str) -> Box<[u8]> {
    let mut key = Vec::with_capacity(name.len() + 4);
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let digits = rest[..end].trim_start_matches('0').as_bytes();
            let length = u16::try_from(digits.len()).unwrap_or(u16::MAX);
            key.push(b'0');
            key.extend_from_slice(&length.to_be_bytes());
            key.extend_from_slice(digits);
            rest = &rest[end..];
        } else {
            let mut buffer = [0; 4];
            for lower in first.to_lowercase() {
                key.extend_from_slice(lower.encode_utf8(&mut buffer).as_bytes());
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    key.into_boxed_slice()
}

/// Whether `name` begins with `start`, which is in lower case already.
#[must_use]
pub fn starts_with_folded(name: &str, start: &str) -> bool {
    let mut lower = name.chars().flat_map(char::to_lowercase);
    start.chars().all(|c| lower.next() == Some(c))
}

/// Whether `name` contains `part`, which is in lower case already.
#[must_use]
pub fn contains_folded(name: &str, part: &str) -> bool {
    part.is_empty()
        || name
            .char_indices()
            .any(|(at, _)| starts_with_folded(&name[at..], part))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
        names.sort_by_key(|name| collation_key(name));
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
    fn folding_finds_names_in_any_case() {
        assert!(starts_with_folded("Éclair.png", "éc"));
        assert!(contains_folded("Report-FINAL.pdf", "final"));
        assert!(!contains_folded("Report", "reports"));
        assert!(contains_folded("anything", ""));
    }

    proptest! {
        #[test]
        fn numbers_sort_by_value(a in any::<u64>(), b in any::<u64>()) {
            let key = |n: u64| collation_key(&format!("img{n}.jpg"));
            prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
        }

        #[test]
        fn case_and_leading_zeros_do_not_matter(name in "[a-z]{1,5}", n in any::<u32>()) {
            prop_assert_eq!(
                collation_key(&format!("{}{n}", name.to_uppercase())),
                collation_key(&format!("{name}000{n}"))
            );
        }
    }
}
