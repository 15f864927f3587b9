//! Fields of storage's answers, read so that one that is missing is never taken for a value. AWS sends all of them;
//! other servers, and proxies in front of them, leave some out (`docs/storage.md` lists which, and what follows).

use app::contract::{Checksum, ChecksumAlgorithm, Timestamp};
use aws_sdk_s3::{primitives::DateTime, types::ChecksumType};

use crate::platform::object_store::StoreError;

/// The digests that an answer may carry, one for each algorithm.
#[derive(Clone, Copy, Default)]
pub(super) struct Digests<'a> {
    pub crc64_nvme: Option<&'a str>,
    pub sha256: Option<&'a str>,
    pub crc32_c: Option<&'a str>,
    pub crc32: Option<&'a str>,
    pub sha1: Option<&'a str>,
}

impl Digests<'_> {
    /// Of a single part.
    pub(super) fn of_part(self) -> Option<Checksum> {
        [
            (ChecksumAlgorithm::Crc64Nvme, self.crc64_nvme),
            (ChecksumAlgorithm::Sha256, self.sha256),
            (ChecksumAlgorithm::Crc32C, self.crc32_c),
            (ChecksumAlgorithm::Crc32, self.crc32),
            (ChecksumAlgorithm::Sha1, self.sha1),
        ]
        .into_iter()
        .find_map(|(algorithm, value)| {
            value.filter(|value| !value.is_empty()).map(|value| Checksum {
                algorithm,
                value: value.to_owned(),
            })
        })
    }

    /// Of a whole object. A digest of its parts' digests ends in their number (`…-3`), so that nobody takes it for
    /// that of its bytes; where storage leaves the number out, the type or the ETag tells.
    pub(super) fn of_object(self, kind: Option<&ChecksumType>, etag: Option<&str>) -> Option<Checksum> {
        let mut checksum = self.of_part()?;
        let parts = etag
            .and_then(|etag| etag.rsplit_once('-'))
            .map(|(_, parts)| parts);
        // SHA digests of parts cannot be combined into one of the whole.
        let of_parts_only = matches!(
            checksum.algorithm,
            ChecksumAlgorithm::Sha1 | ChecksumAlgorithm::Sha256
        );
        let composite = kind == Some(&ChecksumType::Composite) || (of_parts_only && parts.is_some());
        if composite && !checksum.value.contains('-') {
            checksum.value = format!("{}-{}", checksum.value, parts.unwrap_or_default());
        }
        Some(checksum)
    }
}

/// An ETag without its quotes, and without the mark of a weak one: proxies that compress weaken those of storage.
pub(super) fn etag(raw: Option<&str>) -> Option<String> {
    let raw = raw?.trim();
    let opaque = raw.strip_prefix("W/").unwrap_or(raw).trim_matches('"');
    (!opaque.is_empty()).then(|| opaque.to_owned())
}

pub(super) fn timestamp(moment: Option<&DateTime>) -> Option<Timestamp> {
    moment.and_then(|moment| Timestamp::from_unix(moment.secs()))
}

/// The SDK counts bytes in `i64`; what is negative is not a size.
pub(super) fn size(bytes: Option<i64>) -> Option<u64> {
    bytes.and_then(|bytes| u64::try_from(bytes).ok())
}

/// The same the other way.
///
/// # Errors
/// [`StoreError::Unsupported`] beyond 8 EiB.
pub(super) fn length(bytes: u64) -> Result<i64, StoreError> {
    i64::try_from(bytes).map_err(|_| StoreError::Unsupported("more than 8 EiB".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn etags_lose_quotes_and_weakness() {
        for (raw, read) in [
            ("\"abc\"", Some("abc")),
            ("W/\"abc-2\"", Some("abc-2")),
            ("abc", Some("abc")),
            ("\"\"", None),
            ("", None),
        ] {
            assert_eq!(etag(Some(raw)).as_deref(), read, "{raw}");
        }
        assert_eq!(etag(None), None);
    }

    #[test]
    fn a_digest_of_digests_says_so() {
        let sha256 = |value| Digests {
            sha256: Some(value),
            ..Digests::default()
        };
        let crc32 = |value| Digests {
            crc32: Some(value),
            ..Digests::default()
        };
        let composite = Some(&ChecksumType::Composite);
        let full = Some(&ChecksumType::FullObject);
        for (digests, kind, etag, read) in [
            (sha256("x"), None, Some("e"), "x"),
            (sha256("x-2"), composite, Some("e-2"), "x-2"),
            (sha256("x"), composite, Some("e-2"), "x-2"),
            (sha256("x"), None, Some("e-2"), "x-2"),
            (crc32("x"), None, Some("e-2"), "x"),
            (crc32("x"), full, Some("e-2"), "x"),
            (crc32("x"), composite, None, "x-"),
        ] {
            assert_eq!(digests.of_object(kind, etag).unwrap().value, read);
        }
        assert_eq!(Digests::default().of_object(composite, None), None);
    }
}
