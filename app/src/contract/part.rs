//! A part of an upload, as storage has it.

use serde::{Deserialize, Serialize};

use super::Checksum;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StoredPart {
    pub part_number: u32,
    pub size: u64,
    pub etag: String,
    pub checksum: Option<Checksum>,
}
