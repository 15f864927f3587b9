//! What is computed over bytes while they stream: MD5 for the ETag and S3's five checksums.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc_fast::CrcAlgorithm;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};
use s3s::dto;
use serde::{Deserialize, Serialize};

/// One of S3's checksum algorithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 5] = [
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64Nvme,
        Self::Sha1,
        Self::Sha256,
    ];

    /// S3's name, as in `x-amz-checksum-algorithm`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => dto::ChecksumAlgorithm::CRC32,
            Self::Crc32c => dto::ChecksumAlgorithm::CRC32C,
            Self::Crc64Nvme => dto::ChecksumAlgorithm::CRC64NVME,
            Self::Sha1 => dto::ChecksumAlgorithm::SHA1,
            Self::Sha256 => dto::ChecksumAlgorithm::SHA256,
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// The header that carries the value, in a request, a trailer or an answer.
    pub(crate) fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// The length of a value in bytes.
    pub(crate) fn width(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// Hashes a stream.
#[derive(Default)]
pub(crate) struct Digester {
    md5: Md5,
    checksum: ChecksumHasher,
    algorithms: Vec<Algorithm>,
}

impl Digester {
    /// MD5 and the given checksums.
    pub(crate) fn new(algorithms: &[Algorithm]) -> Self {
        let mut checksum = ChecksumHasher::default();
        for algorithm in algorithms {
            match algorithm {
                Algorithm::Crc32 => checksum.crc32 = Some(Crc32::new()),
                Algorithm::Crc32c => checksum.crc32c = Some(Crc32c::new()),
                Algorithm::Crc64Nvme => checksum.crc64nvme = Some(Crc64Nvme::new()),
                Algorithm::Sha1 => checksum.sha1 = Some(Sha1::new()),
                Algorithm::Sha256 => checksum.sha256 = Some(Sha256::new()),
            }
        }
        Self {
            md5: Md5::new(),
            checksum,
            algorithms: algorithms.to_vec(),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.checksum.update(bytes);
    }

    pub(crate) fn finish(self) -> Digests {
        let values = self.checksum.finalize();
        let checksums = self
            .algorithms
            .into_iter()
            .filter_map(|algorithm| {
                let value = match algorithm {
                    Algorithm::Crc32 => &values.checksum_crc32,
                    Algorithm::Crc32c => &values.checksum_crc32c,
                    Algorithm::Crc64Nvme => &values.checksum_crc64nvme,
                    Algorithm::Sha1 => &values.checksum_sha1,
                    Algorithm::Sha256 => &values.checksum_sha256,
                };
                value.clone().map(|value| (algorithm, value))
            })
            .collect();
        Digests {
            md5: self.md5.finalize(),
            checksums,
        }
    }
}

/// The result over a whole stream; checksums in base64, as S3 sends them.
#[derive(Debug, Clone)]
pub(crate) struct Digests {
    pub(crate) md5: [u8; 16],
    pub(crate) checksums: Vec<(Algorithm, String)>,
}

impl Digests {
    pub(crate) fn checksum(&self, algorithm: Algorithm) -> Option<&str> {
        self.checksums
            .iter()
            .find(|(a, _)| *a == algorithm)
            .map(|(_, value)| value.as_str())
    }
}

/// The CRC of the whole from those of its parts, each with the part's length; `None` for an
/// algorithm that cannot be combined or a value that is none.
pub(crate) fn combine_crc(algorithm: Algorithm, parts: &[(String, u64)]) -> Option<String> {
    let kind = match algorithm {
        Algorithm::Crc32 => CrcAlgorithm::Crc32IsoHdlc,
        Algorithm::Crc32c => CrcAlgorithm::Crc32Iscsi,
        Algorithm::Crc64Nvme => CrcAlgorithm::Crc64Nvme,
        Algorithm::Sha1 | Algorithm::Sha256 => return None,
    };
    let mut whole: Option<u64> = None;
    for (value, len) in parts {
        let bytes = STANDARD.decode(value).ok()?;
        if bytes.len() != algorithm.width() {
            return None;
        }
        let crc = bytes
            .iter()
            .fold(0_u64, |crc, byte| (crc << 8) | u64::from(*byte));
        whole = Some(match whole {
            None => crc,
            Some(so_far) => crc_fast::checksum_combine(kind, so_far, crc, *len),
        });
    }
    let bytes = whole?.to_be_bytes();
    Some(STANDARD.encode(&bytes[bytes.len() - algorithm.width()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(bytes: &[u8]) -> Digests {
        let mut digester = Digester::new(&Algorithm::ALL);
        digester.update(bytes);
        digester.finish()
    }

    #[test]
    fn known_answers() {
        let digests = digest(b"123456789");
        let expected = [
            (Algorithm::Crc32, "y/Q5Jg=="),
            (Algorithm::Crc32c, "4waSgw=="),
            (Algorithm::Crc64Nvme, "rosUhgp5mIg="),
            (Algorithm::Sha1, "98O8HYCOBHMq32eZZczDTKeuNEE="),
            (Algorithm::Sha256, "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
        ];
        for (algorithm, value) in expected {
            assert_eq!(digests.checksum(algorithm), Some(value), "{algorithm:?}");
        }
        assert_eq!(hex::encode(digests.md5), "25f9e794323b453885f5181f1b624d0b");
    }

    #[test]
    fn crcs_of_parts_combine_to_the_crc_of_the_whole() {
        let (a, b, c) = ([1_u8; 1000], [2_u8; 77], [3_u8; 1]);
        let whole = digest(&[&a[..], &b[..], &c[..]].concat());
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme] {
            let parts: Vec<_> = [&a[..], &b[..], &c[..]]
                .iter()
                .map(|part| {
                    (
                        digest(part).checksum(algorithm).unwrap().to_owned(),
                        part.len() as u64,
                    )
                })
                .collect();
            assert_eq!(
                combine_crc(algorithm, &parts).as_deref(),
                whole.checksum(algorithm),
                "{algorithm:?}"
            );
        }
        assert_eq!(combine_crc(Algorithm::Sha256, &[]), None);
    }
}
