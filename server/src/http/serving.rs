//! As what an object is handed to a browser, and which content type is stored with it. The type and the disposition that
//! its uploader gave are a wish, not an order: nothing is ever answered in a way that a browser would execute.

use app::{
    contract::{Disposition, UserKey, key::name_of},
    format::visible::reorders,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const BINARY: &str = "application/octet-stream";
const PLAIN: &str = "text/plain; charset=utf-8";

/// Shown inside a page as they are: no browser runs a script out of them.
const SHOWN: [&str; 29] = [
    "application/pdf",
    "audio/aac",
    "audio/flac",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/opus",
    "audio/wav",
    "audio/wave",
    "audio/webm",
    "audio/x-flac",
    "audio/x-m4a",
    "audio/x-wav",
    "image/apng",
    "image/avif",
    "image/bmp",
    "image/gif",
    "image/heic",
    "image/jpeg",
    "image/jxl",
    "image/png",
    "image/vnd.microsoft.icon",
    "image/webp",
    "image/x-icon",
    "video/mp4",
    "video/ogg",
    "video/quicktime",
    "video/webm",
    "video/x-m4v",
];

/// Text by another name; shown as plain text.
const TEXTUAL: [&str; 12] = [
    "application/ecmascript",
    "application/javascript",
    "application/json",
    "application/sql",
    "application/toml",
    "application/x-javascript",
    "application/x-ndjson",
    "application/x-sh",
    "application/x-yaml",
    "application/xhtml+xml",
    "application/xml",
    "application/yaml",
];

/// The two headers of an answer with an object's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedAs {
    pub content_type: String,
    pub content_disposition: String,
}

impl ServedAs {
    /// `stored` is the content type that came with the object.
    #[must_use]
    pub fn new(stored: Option<&str>, key: &UserKey, wish: Disposition) -> Self {
        let essence = essence_of(stored, key);
        let shown = match wish {
            Disposition::Attachment => None,
            Disposition::Preview => shown_as(&essence),
        };
        let (kind, content_type) = match shown {
            Some(content_type) => ("inline", content_type.to_owned()),
            None if is_active(&essence) => ("attachment", BINARY.to_owned()),
            None => ("attachment", essence),
        };
        Self {
            content_type,
            content_disposition: content_disposition(kind, key.as_str()),
        }
    }

    /// A file that is saved under this name, the last segment of it, and whose type its ending tells.
    #[must_use]
    pub fn attachment(name: &str) -> Self {
        let essence = type_by_ending(name);
        Self {
            content_type: if is_active(essence) { BINARY } else { essence }.to_owned(),
            content_disposition: content_disposition("attachment", name),
        }
    }
}

const MAX_CONTENT_TYPE_BYTES: usize = 255;

/// Whether storage keeps the text as a content type, and gives it back in a header as it is.
#[must_use]
pub fn is_media_type(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_CONTENT_TYPE_BYTES
        && text.bytes().all(|b| (0x20..0x7f).contains(&b))
        && text.contains('/')
}

/// The content type to store where the uploader named none: by the name's ending.
#[must_use]
pub fn guessed_content_type(key: &UserKey) -> String {
    type_by_ending(key.as_str()).to_owned()
}

fn type_by_ending(path: &str) -> &'static str {
    mime_guess::from_path(name_of(path)).first_raw().unwrap_or(BINARY)
}

/// What a stored `Cache-Control` comes to in an answer that is one caller's: shared caches keep nothing of it. Where
/// nothing is stored, the copy is compared each time before it is used.
#[must_use]
pub fn private_cache_control(stored: Option<&str>) -> String {
    let mut directives = vec!["private"];
    directives.extend(
        stored
            .unwrap_or("no-cache")
            .split(',')
            .map(str::trim)
            .filter(|directive| {
                let name = directive.split('=').next().unwrap_or_default().trim();
                !["", "public", "private", "s-maxage", "proxy-revalidate"]
                    .iter()
                    .any(|left_out| name.eq_ignore_ascii_case(left_out))
            }),
    );
    directives.join(", ")
}

/// `type/subtype` in lower case, without parameters; by the name's ending where the stored type says nothing.
fn essence_of(stored: Option<&str>, key: &UserKey) -> String {
    let essence = stored
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
    };
    let well_formed = essence
        .split_once('/')
        .is_some_and(|(kind, subtype)| token(kind) && token(subtype));
    if !well_formed || matches!(essence.as_str(), BINARY | "binary/octet-stream") {
        return guessed_content_type(key);
    }
    essence
}

fn shown_as(essence: &str) -> Option<&str> {
    if SHOWN.contains(&essence) {
        return Some(essence);
    }
    let textual = essence.starts_with("text/")
        || TEXTUAL.contains(&essence)
        || essence.ends_with("+xml")
        || essence.ends_with("+json");
    textual.then_some(PLAIN)
}

/// What a browser might run if it were ever shown rather than saved.
fn is_active(essence: &str) -> bool {
    essence.ends_with("xml")
        || essence.ends_with("javascript")
        || essence.ends_with("ecmascript")
        || matches!(
            essence,
            "text/html"
                | "text/xsl"
                | "text/css"
                | "multipart/x-mixed-replace"
                | "application/x-shockwave-flash"
        )
}

/// RFC 8187's `attr-char` stays as it is.
const ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// RFC 6266, with the name in RFC 8187's encoding beside an ASCII one for old clients.
fn content_disposition(kind: &str, path: &str) -> String {
    let name = file_name(path);
    let ascii: String = name
        .chars()
        .map(|c| match c {
            '"' | '\\' | '%' => '_',
            c if c.is_ascii_graphic() || c == ' ' => c,
            _ => '_',
        })
        .collect();
    if ascii == name {
        return format!("{kind}; filename=\"{ascii}\"");
    }
    format!(
        "{kind}; filename=\"{ascii}\"; filename*=UTF-8''{}",
        utf8_percent_encode(&name, ATTR_CHAR)
    )
}

/// The last segment, without what would make it look like another name or like a path.
fn file_name(path: &str) -> String {
    let name: String = name_of(path)
        .trim_end_matches('/')
        .chars()
        .map(|c| match c {
            '\\' | '/' | ':' => '_',
            c if c.is_control() || reorders(c) => '_',
            c => c,
        })
        .collect();
    if name.is_empty() { "file".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use app::contract::{KeyRoot, UserId};

    use super::*;

    fn key(path: &str) -> UserKey {
        let user: UserId = "018f0000-0000-7000-8000-000000000001".parse().unwrap();
        let root = KeyRoot::home(user);
        root.key(format!("{}{path}", root.as_str())).unwrap()
    }

    fn preview(stored: &str, path: &str) -> (String, bool) {
        let served = ServedAs::new(Some(stored), &key(path), Disposition::Preview);
        (
            served.content_type,
            served.content_disposition.starts_with("inline"),
        )
    }

    #[test]
    fn security_28_nothing_is_served_as_something_a_browser_runs() {
        for active in [
            "text/html",
            "TEXT/HTML; charset=utf-8",
            "image/svg+xml",
            "application/xhtml+xml",
            "text/xml",
            "application/xml",
            "application/javascript",
            "text/css",
        ] {
            assert_eq!(preview(active, "a.pdf"), (PLAIN.to_owned(), true), "{active}");
            let saved = ServedAs::new(Some(active), &key("a"), Disposition::Attachment);
            assert_eq!(saved.content_type, BINARY, "{active}");
            assert!(saved.content_disposition.starts_with("attachment"));
        }
        assert_eq!(
            preview("application/zip", "a.html"),
            ("application/zip".to_owned(), false)
        );
        assert_eq!(preview("nonsense\"", "a.html"), (PLAIN.to_owned(), true));
        assert_eq!(
            preview("application/octet-stream", "a.png"),
            ("image/png".to_owned(), true)
        );
    }

    #[test]
    fn only_the_callers_own_cache_keeps_anything() {
        for (stored, answered) in [
            (None, "private, no-cache"),
            (Some("max-age=60"), "private, max-age=60"),
            (Some("public, max-age=60, s-maxage=9"), "private, max-age=60"),
            (Some("PUBLIC,immutable"), "private, immutable"),
            (Some("private=\"x\", no-store"), "private, no-store"),
            (Some(" "), "private"),
        ] {
            assert_eq!(private_cache_control(stored), answered, "{stored:?}");
        }
    }

    #[test]
    fn security_30_names_are_written_so_that_no_client_misreads_them() {
        let named = |path: &str| content_disposition("attachment", key(path).as_str());
        assert_eq!(named("a/report.txt"), "attachment; filename=\"report.txt\"");
        assert_eq!(named("a/b/"), "attachment; filename=\"b\"");
        assert_eq!(
            named("na\u{ef}ve \"1\".txt"),
            "attachment; filename=\"na_ve _1_.txt\"; filename*=UTF-8''na%C3%AFve%20%221%22.txt"
        );
        assert_eq!(named("\u{202e}gpj.exe"), "attachment; filename=\"_gpj.exe\"");
        assert_eq!(named("..\\..\\x"), "attachment; filename=\".._.._x\"");
        assert_eq!(
            named("100%.txt"),
            "attachment; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"
        );
    }
}
