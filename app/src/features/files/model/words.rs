//! The words of a search: what the server compares with paths, and what the page marks in them. A text matches where
//! all words occur in it, in any order, whatever their case and Unicode form.

use std::ops::Range;

use crate::contract::text::folded;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(
    /// Folded, none of them empty.
    Vec<String>,
);

/// A stretch of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch<'a> {
    pub text: &'a str,
    /// Whether it is one that was looked for.
    pub is_found: bool,
}

impl Words {
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(folded(text).split_whitespace().map(str::to_owned).collect())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As they are compared.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    #[must_use]
    pub fn occur_in(&self, text: &str) -> bool {
        let text = folded(text);
        self.iter().all(|word| text.contains(word))
    }

    /// The text cut at the letters that are looked for. Joined, the stretches are the text.
    #[must_use]
    pub fn marked<'a>(&self, text: &'a str) -> Vec<Stretch<'a>> {
        let letters = Letters::of(text);
        let mut found: Vec<Range<usize>> = self.iter().flat_map(|word| letters.find(word)).collect();
        found.sort_unstable_by_key(|range| range.start);
        let mut stretches = Vec::new();
        let mut push = |range: Range<usize>, is_found| {
            if let Some(text) = text.get(range).filter(|text| !text.is_empty()) {
                stretches.push(Stretch { text, is_found });
            }
        };
        let mut end = 0;
        let mut found = found.into_iter().peekable();
        while let Some(mut range) = found.next() {
            while let Some(next) = found.next_if(|next| next.start <= range.end) {
                range.end = range.end.max(next.end);
            }
            push(end..range.start, false);
            push(range.clone(), true);
            end = range.end;
        }
        push(end..text.len(), false);
        stretches
    }
}

/// A text as it is compared, and where each of its letters stands in it: folding changes lengths.
struct Letters {
    compared: String,
    /// Where a letter begins in the text and in what is compared; at last the end of both.
    begin: Vec<(usize, usize)>,
}

impl Letters {
    fn of(text: &str) -> Self {
        let mut compared = String::with_capacity(text.len());
        let mut begin = Vec::with_capacity(text.len() + 1);
        let mut begun = 0;
        for (at, c) in text.char_indices().skip(1) {
            if is_of_its_own(&text[begun..at], c) {
                begin.push((begun, compared.len()));
                compared.push_str(&folded(&text[begun..at]));
                begun = at;
            }
        }
        begin.push((begun, compared.len()));
        compared.push_str(&folded(&text[begun..]));
        begin.push((text.len(), compared.len()));
        Self { compared, begin }
    }

    /// Where the text has the word, in whole letters.
    fn find(&self, word: &str) -> impl Iterator<Item = Range<usize>> {
        self.compared.match_indices(word).filter_map(|(start, _)| {
            let first = self.begin.partition_point(|(_, compared)| *compared <= start);
            let end = start + word.len();
            let after = self.begin.partition_point(|(_, compared)| *compared < end);
            Some(self.begin.get(first.checked_sub(1)?)?.0..self.begin.get(after)?.0)
        })
    }
}

/// Whether a character begins another letter, instead of being an accent of the one before.
fn is_of_its_own(before: &str, c: char) -> bool {
    let alone = c.to_string();
    c.is_ascii() || folded(&format!("{before}{c}")) == folded(before) + &folded(&alone)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is found in brackets.
    fn shown(text: &str, words: &str) -> String {
        let marked = Words::of(words).marked(text);
        let stretches = marked.iter().map(|Stretch { text, is_found }| {
            if *is_found {
                format!("[{text}]")
            } else {
                (*text).to_owned()
            }
        });
        stretches.collect()
    }

    #[test]
    fn all_words_must_occur_in_any_order() {
        let words = Words::of("  Report\u{a0}2024 ");
        assert!(words.occur_in("2024/old report.pdf"));
        assert!(words.occur_in("REPORT-2024"));
        assert!(!words.occur_in("report-2023"));
        assert!(Words::of("stra\u{df}e CAFE\u{301}").occur_in("Caf\u{e9} STRASSE"));
        assert!(Words::of(" \t\u{3000}").is_empty());
    }

    #[test]
    fn the_letters_looked_for_are_marked() {
        for (text, words, expected) in [
            ("My REPORT.pdf", "report", "My [REPORT].pdf"),
            ("2024 report of 2024", "report 2024", "[2024] [report] of [2024]"),
            ("abcd", "bc ab", "[abc]d"),
            ("abab", "ab", "[abab]"),
            ("\u{c9}t\u{e9}", "t\u{e9}", "\u{c9}[t\u{e9}]"),
            ("none", "x", "none"),
            ("", "x", ""),
            // U+0130 has a small form of two characters.
            ("a\u{130}b", "i\u{307}b", "a[\u{130}b]"),
            ("Wei\u{df}e Stra\u{df}e", "strasse", "Wei\u{df}e [Stra\u{df}e]"),
            // Half of a letter marks all of it.
            ("Stra\u{df}e", "as", "Str[a\u{df}]e"),
            // In either form, and never without the accent.
            ("un cafe\u{301} noir", "caf\u{e9}", "un [cafe\u{301}] noir"),
            ("cafe\u{301} cafe", "cafe", "cafe\u{301} [cafe]"),
        ] {
            assert_eq!(shown(text, words), expected);
        }
    }

    proptest! {
        #[test]
        fn nothing_of_a_text_is_lost(text in "\\PC{0,20}", words in "\\PC{0,6}") {
            let marked = Words::of(&words).marked(&text);
            prop_assert_eq!(marked.iter().map(|stretch| stretch.text).collect::<String>(), text);
        }

        #[test]
        fn what_is_contained_is_marked(before in "\\PC{0,6}", word in "\\PC{1,4}", after in "\\PC{0,6}") {
            let text = format!("{before}{word}{after}");
            let words = Words::of(&word);
            prop_assume!(!words.is_empty() && words.occur_in(&text));
            for word in words.iter() {
                prop_assert!(
                    words.marked(&text).iter().any(|s| s.is_found && folded(s.text).contains(word)),
                    "{word:?} of {text:?}"
                );
            }
        }

        #[test]
        fn the_order_of_words_makes_no_difference(text in "[abc ]{0,12}", one in "[abc]{1,3}", other in "[abc]{1,3}") {
            let (there, back) = (Words::of(&format!("{one} {other}")), Words::of(&format!("{other} {one}")));
            prop_assert_eq!(there.occur_in(&text), text.contains(&one) && text.contains(&other));
            prop_assert_eq!(there.marked(&text), back.marked(&text));
        }
    }
}
