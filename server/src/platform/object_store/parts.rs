//! The parts of an upload: as they are sent, as storage lists them, as they are joined.

use app::contract::{Checksum, ChecksumAlgorithm};

use super::Payload;

#[derive(Clone, Copy, Debug)]
pub struct PartToStore<'a> {
    pub upload_id: &'a str,
    pub part_number: u16,
    pub payload: &'a Payload,
    /// The algorithm that the upload began with.
    pub checksum: Option<ChecksumAlgorithm>,
}

/// A part as storage lists it. Only the number is sure: SeaweedFS lists no checksums, and proxies in front of storage
/// drop or rewrite ETags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPart {
    pub part_number: u32,
    pub size: Option<u64>,
    /// Without quotes.
    pub etag: Option<String>,
    pub checksum: Option<Checksum>,
}

/// A part as it is named to storage when the object is put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartToJoin {
    pub part_number: u32,
    /// Without quotes.
    pub etag: String,
    pub checksum: Option<Checksum>,
}
