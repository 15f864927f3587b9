//! Which encoding a text is in, as far as its bytes alone show. Pure.

/// What the beginning of a file looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    Utf8,
    Utf16Le,
    Utf16Be,
    /// Text in an older encoding; which one only its words tell.
    Older,
    /// No text at all.
    Binary,
}

impl Written {
    /// `whole` says that nothing follows. Otherwise the last character may be cut in two.
    #[must_use]
    pub fn of(bytes: &[u8], whole: bool) -> Self {
        match bytes {
            [0xff, 0xfe, 0, 0, ..] => return Self::Binary,
            [0xff, 0xfe, ..] => return Self::Utf16Le,
            [0xfe, 0xff, ..] => return Self::Utf16Be,
            _ => {}
        }
        if bytes.contains(&0) {
            return Self::by_zeros(bytes, whole);
        }
        if bytes.iter().filter(|byte| is_control(**byte)).count() * 50 > bytes.len() {
            return Self::Binary;
        }
        match str::from_utf8(bytes) {
            // ISO-2022-JP shifts between its alphabets by escapes that are ASCII themselves.
            Ok(text) if text.contains("\u{1b}$") || text.contains("\u{1b}(") => Self::Older,
            Ok(_) => Self::Utf8,
            Err(error) if error.error_len().is_none() && !whole => Self::Utf8,
            Err(_) => Self::Older,
        }
    }

    /// Every other byte of a text in UTF-16 is zero where the text is ASCII, as most of it is in most files.
    fn by_zeros(bytes: &[u8], whole: bool) -> Self {
        if whole && !bytes.len().is_multiple_of(2) {
            return Self::Binary;
        }
        let zeros = |start: usize| {
            bytes
                .iter()
                .skip(start)
                .step_by(2)
                .filter(|byte| **byte == 0)
                .count()
        };
        let (first, second, pairs) = (zeros(0), zeros(1), bytes.len() / 2);
        let (few, many) = (pairs / 20, pairs / 2);
        if first <= few && second > many {
            Self::Utf16Le
        } else if second <= few && first > many {
            Self::Utf16Be
        } else {
            Self::Binary
        }
    }
}

/// Control characters that no text holds: all but tabs, ends of lines and pages, and escapes.
const fn is_control(byte: u8) -> bool {
    matches!(byte, 0..=8 | 11 | 14..=26 | 28..=31 | 127)
}

/// The text without an incomplete character at its end.
#[must_use]
pub fn utf8(bytes: &[u8], whole: bool) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = String::from_utf8_lossy(bytes);
    let is_cut = !whole && str::from_utf8(bytes).is_err();
    let text = if is_cut {
        text.trim_end_matches('\u{fffd}')
    } else {
        &text
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn unicode_is_known_by_its_marks_and_by_its_zeros() {
        let text = "Dear Ada,\r\nthe sea is calm. \u{fc}\u{1f6a2}";
        let (little, big) = (utf16(text, u16::to_le_bytes), utf16(text, u16::to_be_bytes));
        assert_eq!(Written::of(text.as_bytes(), true), Written::Utf8);
        assert_eq!(Written::of(&little, true), Written::Utf16Le);
        assert_eq!(Written::of(&big, true), Written::Utf16Be);
        assert_eq!(
            Written::of(&[&[0xff, 0xfe], &*little].concat(), true),
            Written::Utf16Le
        );
        assert_eq!(
            Written::of(&[&[0xfe, 0xff], &*big].concat(), true),
            Written::Utf16Be
        );
        let cut = &little[..little.len() - 1];
        assert_eq!(Written::of(cut, false), Written::Utf16Le);
        let kanji = utf16("\u{feff}日本語のテキスト", u16::to_le_bytes);
        assert_eq!(Written::of(&kanji, true), Written::Utf16Le);
    }

    #[test]
    fn a_character_that_was_cut_in_two_is_left_out() {
        let bytes = "müde".as_bytes();
        assert_eq!(Written::of(&bytes[..2], false), Written::Utf8);
        assert_eq!(Written::of(&bytes[..2], true), Written::Older);
        assert_eq!(utf8(&bytes[..2], false), "m");
        assert_eq!(utf8(bytes, true), "müde");
        assert_eq!(utf8(b"\xef\xbb\xbfx", true), "x");
    }

    #[test]
    fn older_encodings_and_bytes_that_are_no_text() {
        for older in [
            &b"M\xfcller"[..],
            b"\x93\xfa\x96\x7b\x8c\xea",
            b"\x1b$B$3$s\x1b(B",
            b"\xcf\xf0\xe8\xe2\xe5\xf2",
        ] {
            assert_eq!(Written::of(older, true), Written::Older, "{older:?}");
        }
        for binary in [
            &[72, 105, 0, 255, 254][..],
            &[72, 105, 0, 255],
            &[72, 0, 105, 0, 33],
            &[0xff, 0xfe, 0, 0, 65, 0, 0, 0],
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0",
            &[1, 2, 3, 4, 200],
            &[0],
            &[0; 64],
        ] {
            assert_eq!(Written::of(binary, true), Written::Binary, "{binary:?}");
        }
    }
}
