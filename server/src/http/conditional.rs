//! Conditional requests (RFC 9110, section 13): the one parser of their headers, and what they come to. What is not
//! well-formed is ignored, as if it had not been sent.

use std::time::SystemTime;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use time::OffsetDateTime;

/// A validator as it is compared (section 8.8.3).
#[derive(Clone, Debug, PartialEq, Eq)]
struct EntityTag {
    is_weak: bool,
    opaque: Vec<u8>,
}

/// The value of `If-Match` or `If-None-Match`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Tags {
    /// `*`: whatever is there.
    Any,
    /// At least one.
    Of(Vec<EntityTag>),
}

/// The value of `If-Range`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Range {
    Tag(EntityTag),
    /// Seconds of the Unix epoch.
    Date(i64),
    /// No validator: it matches nothing.
    Nonsense,
}

/// What a request demands of the object before it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    if_match: Option<Tags>,
    if_none_match: Option<Tags>,
    /// Seconds of the Unix epoch, which is as exact as these headers are.
    if_modified_since: Option<i64>,
    if_unmodified_since: Option<i64>,
    if_range: Option<Range>,
}

/// What the conditions are compared with.
#[derive(Clone, Copy, Debug)]
pub struct Validators<'a> {
    /// Without quotes, and strong; empty where storage names none.
    pub etag: &'a str,
    pub last_modified: Option<OffsetDateTime>,
}

/// How a request with conditions is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Proceed {
        /// False when `If-Range` names another object: the whole of this one is answered then.
        range_holds: bool,
    },
    NotModified,
    PreconditionFailed,
}

impl Conditions {
    #[must_use]
    pub fn read(headers: &HeaderMap) -> Self {
        Self {
            if_match: tags(headers, &header::IF_MATCH),
            if_none_match: tags(headers, &header::IF_NONE_MATCH),
            if_modified_since: date(headers, &header::IF_MODIFIED_SINCE),
            if_unmodified_since: date(headers, &header::IF_UNMODIFIED_SINCE),
            if_range: headers.get(header::IF_RANGE).map(range),
        }
    }

    /// Whether there is anything to compare.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// For a GET or HEAD of what is there, in the order of section 13.2.2.
    #[must_use]
    pub fn judge(&self, there: Validators<'_>) -> Verdict {
        let modified = there.last_modified.map(OffsetDateTime::unix_timestamp);
        let is_later = |since: i64| modified.is_some_and(|modified| modified > since);
        match (&self.if_match, self.if_unmodified_since) {
            (Some(tags), _) if !tags.match_strongly(there.etag) => return Verdict::PreconditionFailed,
            (None, Some(since)) if is_later(since) => return Verdict::PreconditionFailed,
            _ => {}
        }
        match (&self.if_none_match, self.if_modified_since) {
            (Some(tags), _) if tags.match_weakly(there.etag) => return Verdict::NotModified,
            (None, Some(since)) if modified.is_some() && !is_later(since) => return Verdict::NotModified,
            _ => {}
        }
        let range_holds = match &self.if_range {
            None => true,
            Some(Range::Tag(tag)) => tag.is_strongly(there.etag),
            Some(Range::Date(date)) => modified == Some(*date),
            Some(Range::Nonsense) => false,
        };
        Verdict::Proceed { range_holds }
    }
}

impl Tags {
    fn match_strongly(&self, etag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Of(tags) => tags.iter().any(|tag| tag.is_strongly(etag)),
        }
    }

    fn match_weakly(&self, etag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Of(tags) => tags.iter().any(|tag| tag.is(etag)),
        }
    }
}

impl EntityTag {
    fn is(&self, etag: &str) -> bool {
        !etag.is_empty() && self.opaque == etag.as_bytes()
    }

    fn is_strongly(&self, etag: &str) -> bool {
        !self.is_weak && self.is(etag)
    }
}

/// The ETag, without quotes, of a field that takes a single strong one, with or without quotes.
#[must_use]
pub fn single_etag(text: &str) -> Option<&str> {
    let opaque = match text.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        None => text,
    };
    let is_etag = !opaque.is_empty() && opaque.bytes().all(is_etagc) && opaque.is_ascii();
    is_etag.then_some(opaque)
}

/// The list of one header, which may come in several lines.
fn tags(headers: &HeaderMap, name: &HeaderName) -> Option<Tags> {
    let lines: Vec<_> = headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
    if lines.iter().map(|line| line.trim_ascii()).eq([b"*"]) {
        return Some(Tags::Any);
    }
    let tags: Vec<_> = lines.into_iter().flat_map(list).collect();
    (!tags.is_empty()).then_some(Tags::Of(tags))
}

/// The entity tags of a list; what lies between them and is none is skipped to the next comma.
fn list(mut rest: &[u8]) -> Vec<EntityTag> {
    let mut tags = Vec::new();
    loop {
        rest = rest.trim_ascii_start();
        if let Some((tag, after)) = entity_tag(rest) {
            let after = after.trim_ascii_start();
            if after.is_empty() || after.starts_with(b",") {
                tags.push(tag);
            }
            rest = after;
        }
        match rest.iter().position(|byte| *byte == b',') {
            Some(comma) => rest = &rest[comma + 1..],
            None => return tags,
        }
    }
}

/// The tag at the beginning, and what follows it.
fn entity_tag(text: &[u8]) -> Option<(EntityTag, &[u8])> {
    let (is_weak, quoted) = match text.strip_prefix(b"W/") {
        Some(quoted) => (true, quoted),
        None => (false, text),
    };
    let rest = quoted.strip_prefix(b"\"")?;
    let end = rest.iter().position(|byte| !is_etagc(*byte))?;
    let opaque = rest[..end].to_vec();
    let after = rest[end..].strip_prefix(b"\"")?;
    Some((EntityTag { is_weak, opaque }, after))
}

/// `etagc`: anything visible but the quote.
const fn is_etagc(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x7e | 0x80..)
}

fn range(value: &HeaderValue) -> Range {
    if let Some((tag, [])) = entity_tag(value.as_bytes()) {
        return Range::Tag(tag);
    }
    seconds(value).map_or(Range::Nonsense, Range::Date)
}

fn date(headers: &HeaderMap, name: &HeaderName) -> Option<i64> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => seconds(value),
        _ => None,
    }
}

/// In any of the three forms of section 5.6.7.
fn seconds(value: &HeaderValue) -> Option<i64> {
    let moment = httpdate::parse_http_date(value.to_str().ok()?).ok()?;
    Some(OffsetDateTime::from(moment).unix_timestamp())
}

/// A moment in the form that section 5.6.7 prefers.
#[must_use]
pub fn http_date(moment: OffsetDateTime) -> String {
    httpdate::fmt_http_date(SystemTime::from(moment))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODIFIED: i64 = 784_111_777;
    const AT: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    fn there() -> Validators<'static> {
        Validators {
            etag: "a",
            last_modified: Some(OffsetDateTime::from_unix_timestamp(MODIFIED).unwrap()),
        }
    }

    fn judged(headers: &[(&'static str, &str)]) -> Verdict {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        Conditions::read(&map).judge(there())
    }

    const PROCEED: Verdict = Verdict::Proceed { range_holds: true };

    #[test]
    fn lists_weak_tags_and_any() {
        for (value, matches_weakly, matches_strongly) in [
            ("\"a\"", true, true),
            ("\"a\",", true, true),
            (" , ,\"b\" ,\t\"a\"", true, true),
            ("W/\"a\"", true, false),
            ("\"b\", W/\"a\"", true, false),
            ("*", true, true),
            (" * ", true, true),
            ("\"b\"", false, false),
            ("\"a,b\"", false, false),
        ] {
            let none_match = if matches_weakly {
                Verdict::NotModified
            } else {
                PROCEED
            };
            assert_eq!(judged(&[("if-none-match", value)]), none_match, "{value}");
            let matches = if matches_strongly {
                PROCEED
            } else {
                Verdict::PreconditionFailed
            };
            assert_eq!(judged(&[("if-match", value)]), matches, "{value}");
        }
        assert_eq!(
            judged(&[("if-none-match", "\"b\""), ("if-none-match", "\"a\"")]),
            Verdict::NotModified
        );
    }

    #[test]
    fn nonsense_is_ignored() {
        for nonsense in [
            "",
            ",",
            "a",
            "a\"b",
            "\"a",
            "\"a\"x",
            "w/\"a\"",
            "W/ \"a\"",
            "*, \"a",
            "* *",
            "a\"b\"a",
            "\"b,\\\"a\"",
        ] {
            assert_eq!(judged(&[("if-none-match", nonsense)]), PROCEED, "{nonsense}");
            assert_eq!(judged(&[("if-match", nonsense)]), PROCEED, "{nonsense}");
        }
        // What is well-formed beside it counts.
        assert_eq!(judged(&[("if-none-match", "a\"b, \"a\"")]), Verdict::NotModified);
        for nonsense in ["", "yesterday", "784111777", "Sun, 06 Nov 1994 08:49:37 CET"] {
            assert_eq!(judged(&[("if-modified-since", nonsense)]), PROCEED, "{nonsense}");
            assert_eq!(
                judged(&[("if-unmodified-since", nonsense)]),
                PROCEED,
                "{nonsense}"
            );
        }
    }

    #[test]
    fn dates_of_all_three_forms() {
        for same in [AT, "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(
                judged(&[("if-modified-since", same)]),
                Verdict::NotModified,
                "{same}"
            );
            assert_eq!(judged(&[("if-unmodified-since", same)]), PROCEED, "{same}");
        }
        let before = "Sun, 06 Nov 1994 08:49:36 GMT";
        assert_eq!(judged(&[("if-modified-since", before)]), PROCEED);
        assert_eq!(
            judged(&[("if-unmodified-since", before)]),
            Verdict::PreconditionFailed
        );
    }

    #[test]
    fn tags_come_before_dates_and_demands_before_caches() {
        assert_eq!(
            judged(&[("if-none-match", "\"b\""), ("if-modified-since", AT)]),
            PROCEED
        );
        let before = "Sun, 06 Nov 1994 08:49:36 GMT";
        assert_eq!(
            judged(&[("if-match", "\"a\""), ("if-unmodified-since", before)]),
            PROCEED
        );
        assert_eq!(
            judged(&[("if-match", "\"b\""), ("if-none-match", "\"a\"")]),
            Verdict::PreconditionFailed
        );
    }

    #[test]
    fn a_range_holds_for_the_very_same_object_only() {
        for (value, range_holds) in [
            ("\"a\"", true),
            ("W/\"a\"", false),
            ("\"b\"", false),
            ("\"a\", \"a\"", false),
            (AT, true),
            ("Sun, 06 Nov 1994 08:49:38 GMT", false),
            ("nonsense", false),
        ] {
            assert_eq!(
                judged(&[("if-range", value)]),
                Verdict::Proceed { range_holds },
                "{value}"
            );
        }
    }

    #[test]
    fn an_object_without_validators_matches_nothing_but_any() {
        let nothing = Validators {
            etag: "",
            last_modified: None,
        };
        let judged = |name: &'static str, value: &'static str| {
            let headers =
                HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))]);
            Conditions::read(&headers).judge(nothing)
        };
        assert_eq!(judged("if-none-match", "\"\""), PROCEED);
        assert_eq!(judged("if-match", "\"\""), Verdict::PreconditionFailed);
        assert_eq!(judged("if-match", "*"), PROCEED);
        assert_eq!(judged("if-modified-since", AT), PROCEED);
    }

    #[test]
    fn one_etag_for_a_field() {
        assert_eq!(single_etag("abc-2"), Some("abc-2"));
        assert_eq!(single_etag("\"abc\""), Some("abc"));
        for nonsense in [
            "",
            "\"\"",
            "\"a",
            "a\"",
            "W/\"a\"",
            "a b",
            "\"a\", \"b\"",
            "\u{e9}",
        ] {
            assert_eq!(single_etag(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn dates_are_written_as_rfc_9110_prefers() {
        let moment = OffsetDateTime::from_unix_timestamp(MODIFIED).unwrap();
        assert_eq!(http_date(moment), AT);
    }
}
