//! How texts that people wrote are shown.

use std::borrow::Cow;

/// Characters that cannot be seen, and marks that reorder the text around them, by their numbers:
/// `invoice<U+202E>txt.exe` instead of `invoiceexe.txt`. All else stays, joiners within emoji and scripts included.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_deceptive) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_deceptive(c) {
            shown.push_str(&format!("<U+{:04X}>", u32::from(c)));
        } else {
            shown.push(c);
        }
    }
    shown.into()
}

/// Whether a character reorders the text around it, so that `gpj.exe` is read as `exe.jpg`
/// (<https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>).
#[must_use]
pub fn reorders(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// With control characters, separators of lines, and what Unicode will never make a character of.
fn is_deceptive(c: char) -> bool {
    reorders(c)
        || c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fdd0}'..='\u{fdef}')
        || u32::from(c) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides_and_nothing_is_reordered() {
        for (text, shown) in [
            ("invoice\u{202e}txt.exe", "invoice<U+202E>txt.exe"),
            ("\u{2067}a\u{2069}", "<U+2067>a<U+2069>"),
            ("Icon\r", "Icon<U+000D>"),
            ("a\u{85}b\u{fffe}\u{10ffff}", "a<U+0085>b<U+FFFE><U+10FFFF>"),
        ] {
            assert_eq!(visible(text), shown);
        }
        for plain in [
            "letter.txt",
            "שלום مرحبا",
            "flag \u{1f3f4}\u{200d}\u{2620}\u{fe0f}",
            "cafe\u{301}",
        ] {
            assert!(matches!(visible(plain), Cow::Borrowed(same) if same == plain));
        }
    }
}
