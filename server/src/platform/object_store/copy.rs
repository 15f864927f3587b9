//! What is copied within storage, and what became of it.

use std::{collections::BTreeMap, ops::Range};

use app::contract::{BucketName, UserKey};

use super::{ObjectHeaders, Written};

/// The most bytes that one request copies (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>).
pub const LARGEST_COPY: u64 = 5 * 1024 * MIB;
const MIB: u64 = 1024 * 1024;
/// S3's bounds on parts (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>).
const SMALLEST_PART: u64 = 5 * MIB;
const MOST_PARTS: u64 = 10_000;
/// Small enough to be copied within seconds, large enough for few requests.
const USUAL_PART: u64 = 512 * MIB;

/// The object to copy. It is copied only if it has this ETag still.
#[derive(Clone, Copy, Debug)]
pub struct CopySource<'a> {
    pub bucket: &'a BucketName,
    pub key: &'a UserKey,
    /// The current one unless given.
    pub version: Option<&'a str>,
    /// Without quotes. Empty where it is not known: then whatever is there is copied.
    pub etag: &'a str,
}

/// A range of an object, which becomes a part of an upload.
#[derive(Clone, Debug)]
pub struct PartToCopy<'a> {
    pub source: CopySource<'a>,
    /// Bytes of the source; not empty.
    pub range: Range<u64>,
    pub upload_id: &'a str,
    pub part_number: u16,
}

impl PartToCopy<'_> {
    pub(super) fn size(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// As `Range` and `x-amz-copy-source-range` have it: the last byte belongs to it.
    pub(super) fn range_header(&self) -> String {
        format!("bytes={}-{}", self.range.start, self.range.end.saturating_sub(1))
    }
}

/// The parts in which an object of `size` bytes is copied, each with its number, where none may be larger than `largest`
/// bytes.
pub fn copied_parts(size: u64, largest: u64) -> impl Iterator<Item = (u16, Range<u64>)> {
    let part = copied_part_size(size, largest);
    let count = u16::try_from(size.div_ceil(part)).unwrap_or(u16::MAX);
    (1..=count).map(move |number| {
        let end = u64::from(number) * part;
        (number, end - part..end.min(size))
    })
}

fn copied_part_size(size: u64, largest: u64) -> u64 {
    largest
        .clamp(SMALLEST_PART, USUAL_PART)
        .max(size.div_ceil(MOST_PARTS))
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    pub written: Written,
    /// The version that was copied, where storage names it.
    pub source_version: Option<String>,
}

/// What an object bears beside its bytes from now on.
#[derive(Clone, Copy, Debug)]
pub struct Replacement<'a> {
    pub headers: &'a ObjectHeaders,
    /// As storage names it; the bucket's usual one unless given.
    pub storage_class: Option<&'a str>,
    /// Those that it has unless given.
    pub tags: Option<&'a BTreeMap<String, String>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_neither_too_many_nor_too_small() {
        const GIB: u64 = 1024 * MIB;
        assert_eq!(copied_part_size(6 * GIB, 5 * GIB), USUAL_PART);
        assert_eq!(
            copied_part_size(50 * 1024 * GIB, 5 * GIB),
            (50 * 1024 * GIB).div_ceil(MOST_PARTS)
        );
        assert_eq!(copied_part_size(12 * MIB, 6 * MIB), 6 * MIB);
        assert_eq!(copied_part_size(12 * MIB, 1), SMALLEST_PART);
    }

    #[test]
    fn parts_follow_one_another_to_the_last_byte() {
        let parts: Vec<_> = copied_parts(13 * MIB, 6 * MIB).collect();
        assert_eq!(
            parts,
            [(1, 0..6 * MIB), (2, 6 * MIB..12 * MIB), (3, 12 * MIB..13 * MIB)]
        );
        assert_eq!(copied_parts(12 * MIB, 6 * MIB).count(), 2);
    }
}
