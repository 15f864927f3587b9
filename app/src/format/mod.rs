//! Sizes, counts and times as people read them. The same on server and browser: no locale, no clock.

pub mod bytes;
pub mod moment;
pub mod visible;

pub use bytes::bytes;
pub use visible::visible;

/// `1 file`, `1,204 files`.
#[must_use]
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

/// Thousands apart: `1,204,000`.
#[must_use]
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `STANDARD` → `Standard`, `GLACIER_IR` → `Glacier IR`.
#[must_use]
pub fn storage_class(class: &str) -> String {
    let words = class.split('_').map(|word| match word {
        "IR" | "IA" => word.to_owned(),
        word => {
            let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
            format!("{first}{}", rest.to_lowercase())
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_classes_read_as_words() {
        assert_eq!(storage_class("STANDARD"), "Standard");
        assert_eq!(storage_class("GLACIER_IR"), "Glacier IR");
        assert_eq!(storage_class(""), "");
    }

    #[test]
    fn counts_are_grouped_and_plural() {
        assert_eq!(count(1, "file", "files"), "1 file");
        assert_eq!(count(0, "file", "files"), "0 files");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(1_204_567), "1,204,567");
    }
}
