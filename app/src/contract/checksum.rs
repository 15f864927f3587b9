//! Digests of an object's bytes, or of a part's, as S3 keeps them.

use serde::{Deserialize, Serialize};

use super::named;

/// A checksum as S3 writes it: base64 of the digest's bytes in network order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Checksum {
    pub algorithm: ChecksumAlgorithm,
    pub value: String,
}

/// S3's checksum algorithms (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ChecksumAlgorithm {
    #[serde(rename = "CRC32")]
    Crc32,
    #[serde(rename = "CRC32C")]
    Crc32C,
    #[serde(rename = "CRC64NVME")]
    Crc64Nvme,
    #[serde(rename = "SHA1")]
    Sha1,
    #[serde(rename = "SHA256")]
    Sha256,
}

named!(
    ChecksumAlgorithm:
    Crc32 = "CRC32",
    Crc32C = "CRC32C",
    Crc64Nvme = "CRC64NVME",
    Sha1 = "SHA1",
    Sha256 = "SHA256",
);
