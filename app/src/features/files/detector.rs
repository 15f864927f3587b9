//! Which older encoding a text is written in, by what its words would be in each.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

use crate::chunk::chunk;

chunk! {
    /// Guesses the encoding of a text that is not in Unicode; `false` says that more of it follows. A chunk of its own,
    /// because its tables are large and few texts need it.
    pub(super) static ENCODINGS: fn(&[u8], bool) -> &'static str = encodings => guess;
}

/// The encoding's name, as `TextDecoder` knows it.
fn guess(bytes: &[u8], whole: bool) -> &'static str {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, whole);
    detector.guess(None, Utf8Detection::Deny).name()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_before_unicode() {
        for (bytes, encoding) in [
            (
                &b"Sehr geehrte Frau M\xfcller, sch\xf6ne Gr\xfc\xdfe aus K\xf6ln."[..],
                "windows-1252",
            ),
            (
                b"D\xe9j\xe0 vu, gar\xe7on: un march\xe9, s\x92il vous pla\xeet.",
                "windows-1252",
            ),
            // 日本語のテキストです。
            (
                b"\x93\xfa\x96\x7b\x8c\xea\x82\xcc\x83\x65\x83\x4c\x83\x58\x83\x67\x82\xc5\x82\xb7\x81\x42",
                "Shift_JIS",
            ),
            (
                b"\xc6\xfc\xcb\xdc\xb8\xec\xa4\xce\xa5\xc6\xa5\xad\xa5\xb9\xa5\xc8\xa4\xc7\xa4\xb9\xa1\xa3",
                "EUC-JP",
            ),
            // Привет, как дела?
            (
                b"\xcf\xf0\xe8\xe2\xe5\xf2, \xea\xe0\xea \xe4\xe5\xeb\xe0?",
                "windows-1251",
            ),
            (b"\x1b$B$3$s$K$A$O\x1b(B", "ISO-2022-JP"),
        ] {
            assert_eq!(guess(bytes, true), encoding, "{bytes:?}");
        }
    }
}
