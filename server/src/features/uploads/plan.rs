//! How a file goes up, by its size alone, and what may be said of it. Pure.

use app::{
    contract::{ApiError, Checksum, ChecksumAlgorithm, ErrorCode},
    features::uploads::types::{FileToUpload, MAX_OBJECT_SIZE, MAX_PARTS, MAX_SINGLE_PUT},
};
use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    http::stored_headers::{MAX_METADATA_BYTES, check_headers},
    platform::object_store::UPLOAD_MARK,
};

const MIB: u64 = 1024 * 1024;
/// Small enough that a failed part is soon sent again, large enough that requests are not what takes the time.
const SMALLEST_PART: u64 = 8 * MIB;
/// Up to here parts grow with the file, because a browser spends half as much again on a byte in parts of 8 MiB as
/// on one in parts of 32; beyond, only as storage's limit demands.
const COMFORTABLE_PART: u64 = 64 * MIB;
/// So many that what is under way at a time, and would be sent again after a crash, is about a sixth of the file.
const COMFORTABLE_PARTS: u64 = 32;
/// What of [`MAX_METADATA_BYTES`] is the caller's on an object in parts, which bears the mark of its upload: an id in 36 characters.
pub(super) const METADATA_BESIDE_MARK: usize = MAX_METADATA_BYTES - UPLOAD_MARK.len() - 36;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Put,
    Parts { part_size: u64 },
}

pub(super) fn shape(size: u64) -> Shape {
    if size <= MAX_SINGLE_PUT {
        return Shape::Put;
    }
    let comfortable = whole_mib(size.div_ceil(COMFORTABLE_PARTS)).clamp(SMALLEST_PART, COMFORTABLE_PART);
    let least = whole_mib(size.div_ceil(u64::from(MAX_PARTS)));
    Shape::Parts {
        part_size: comfortable.max(least),
    }
}

fn whole_mib(bytes: u64) -> u64 {
    bytes.div_ceil(MIB) * MIB
}

/// The size of part `number` (from 1) of a file of `size` bytes; `None` behind its end.
pub(super) fn part_bytes(size: u64, part_size: u64, number: u32) -> Option<u64> {
    let start = u64::from(number.checked_sub(1)?).checked_mul(part_size)?;
    let rest = size.checked_sub(start)?;
    // A file of no bytes has one part of none.
    (rest > 0 || number == 1).then(|| rest.min(part_size))
}

/// Whether all that comes with a file, save its key, can be stored.
///
/// # Errors
/// What is wrong, about this file alone.
pub(super) fn check(file: &FileToUpload) -> Result<(), ApiError> {
    if file.size > MAX_OBJECT_SIZE {
        return Err(ApiError::new(
            ErrorCode::PayloadTooLarge,
            format!("size: an object holds at most {MAX_OBJECT_SIZE} bytes"),
        ));
    }
    if let Some(checksum) = &file.checksum {
        check_checksum(checksum).map_err(|why| ApiError::field("checksum", why))?;
    }
    let room = match shape(file.size) {
        Shape::Put => MAX_METADATA_BYTES,
        Shape::Parts { .. } => METADATA_BESIDE_MARK,
    };
    check_headers(file.content_type.as_deref(), &file.metadata, room)
        .map_err(|(field, why)| ApiError::field(field, why))
}

/// # Errors
/// Why it cannot be a digest of that algorithm.
pub(super) fn check_checksum(checksum: &Checksum) -> Result<(), String> {
    let bytes = match checksum.algorithm {
        ChecksumAlgorithm::Crc32 | ChecksumAlgorithm::Crc32C => 4,
        ChecksumAlgorithm::Crc64Nvme => 8,
        ChecksumAlgorithm::Sha1 => 20,
        ChecksumAlgorithm::Sha256 => 32,
    };
    match BASE64_STANDARD.decode(&checksum.value) {
        Ok(digest) if digest.len() == bytes => Ok(()),
        _ => Err(format!("must be the base64 of {bytes} bytes")),
    }
}

#[cfg(test)]
mod tests {
    use app::features::uploads::types::{MAX_PART_SIZE, MIN_PART_SIZE};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_grow_with_the_file() {
        let mib = |n: u64| n * MIB;
        assert_eq!(shape(0), Shape::Put);
        assert_eq!(shape(MAX_SINGLE_PUT), Shape::Put);
        assert_eq!(shape(MAX_SINGLE_PUT + 1), Shape::Parts { part_size: mib(8) });
        assert_eq!(shape(mib(256)), Shape::Parts { part_size: mib(8) });
        assert_eq!(shape(mib(1024)), Shape::Parts { part_size: mib(32) });
        assert_eq!(shape(mib(1100)), Shape::Parts { part_size: mib(35) });
        assert_eq!(shape(mib(200 * 1024)), Shape::Parts { part_size: mib(64) });
        assert_eq!(shape(MAX_OBJECT_SIZE), Shape::Parts { part_size: mib(525) });
    }

    proptest! {
        #[test]
        fn the_parts_of_a_file_make_the_file(size in (MAX_SINGLE_PUT + 1)..=MAX_OBJECT_SIZE) {
            let Shape::Parts { part_size } = shape(size) else { panic!("a PUT") };
            prop_assert!((MIN_PART_SIZE..=MAX_PART_SIZE).contains(&part_size));
            let count = size.div_ceil(part_size);
            prop_assert!(count <= u64::from(MAX_PARTS));
            let last = u32::try_from(count).unwrap();
            let tail = part_bytes(size, part_size, last).unwrap();
            prop_assert!(tail > 0);
            prop_assert_eq!(part_bytes(size, part_size, 1), Some(part_size));
            prop_assert_eq!((count - 1) * part_size + tail, size);
            prop_assert_eq!(part_bytes(size, part_size, last + 1), None);
            prop_assert_eq!(part_bytes(size, part_size, 0), None);
        }
    }
}
