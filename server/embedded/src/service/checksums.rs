//! The checksums that a request declares, and their comparison with what was computed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use s3s::dto::{Checksum as ChecksumDto, ChecksumAlgorithm, ChecksumType};
use s3s::{S3Error, S3Result, TrailingHeaders, s3_error};

use crate::blobs::{Algorithm, Digests};
use crate::meta::records::{Checksum, ChecksumKind};

/// What S3 computes where the client names nothing.
pub(crate) const DEFAULT: Algorithm = Algorithm::Crc64Nvme;

/// What a request says about its body.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    md5: Option<[u8; 16]>,
    /// Given in a header.
    value: Option<(Algorithm, String)>,
    /// Announced for the trailer.
    trailers: Vec<Algorithm>,
    /// Named without a value.
    named: Option<Algorithm>,
}

impl Declared {
    /// Reads what the headers say about the body.
    pub(crate) fn read(headers: &HeaderMap) -> S3Result<Self> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let mut declared = Self::of_md5(headers)?;
        for algorithm in Algorithm::ALL {
            let Some(value) = text(algorithm.header()) else {
                continue;
            };
            check_form(algorithm, value)?;
            if declared.value.replace((algorithm, value.to_owned())).is_some() {
                return Err(several());
            }
        }
        for name in text("x-amz-trailer")
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
        {
            let known = |algorithm: &Algorithm| name.eq_ignore_ascii_case(algorithm.header());
            match Algorithm::ALL.into_iter().find(known) {
                Some(algorithm) => declared.trailers.push(algorithm),
                None if name.is_empty() => {}
                None => {
                    return Err(s3_error!(
                        InvalidRequest,
                        "The value specified in the x-amz-trailer header is not supported"
                    ));
                }
            }
        }
        if usize::from(declared.value.is_some()) + declared.trailers.len() > 1 {
            return Err(several());
        }
        declared.named =
            match text("x-amz-sdk-checksum-algorithm").or_else(|| text("x-amz-checksum-algorithm")) {
                None => None,
                Some(name) => Some(parse_name(name)?),
            };
        if declared
            .named
            .is_some_and(|named| declared.algorithm() != Some(named))
        {
            return Err(s3_error!(
                BadDigest,
                "Value for x-amz-sdk-checksum-algorithm header is invalid."
            ));
        }
        Ok(declared)
    }

    /// Reads `Content-MD5` alone.
    pub(crate) fn of_md5(headers: &HeaderMap) -> S3Result<Self> {
        let Some(value) = headers.get("content-md5") else {
            return Ok(Self::default());
        };
        let bytes = STANDARD
            .decode(value.as_bytes().trim_ascii())
            .ok()
            .and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
        match bytes {
            Some(bytes) => Ok(Self {
                md5: Some(bytes),
                ..Self::default()
            }),
            None => Err(s3_error!(
                InvalidDigest,
                "The Content-MD5 you specified was invalid."
            )),
        }
    }

    /// The algorithm that the client uses, if it uses one.
    pub(crate) fn algorithm(&self) -> Option<Algorithm> {
        self.value
            .as_ref()
            .map(|(algorithm, _)| *algorithm)
            .or_else(|| self.trailers.first().copied())
            .or(self.named)
    }

    /// Compares with what was computed. Call it once the body has been read to its end, because the
    /// trailer comes after.
    pub(crate) fn verify(&self, digests: &Digests, trailers: Option<&TrailingHeaders>) -> S3Result<()> {
        if self.md5.is_some_and(|md5| md5 != digests.md5) {
            return Err(s3_error!(
                BadDigest,
                "The Content-MD5 you specified did not match what we received."
            ));
        }
        if let Some((algorithm, value)) = &self.value {
            compare(digests, *algorithm, value)?;
        }
        for &algorithm in &self.trailers {
            let value = trailers.and_then(|trailers| {
                trailers.read(|map| {
                    map.get(algorithm.header())
                        .and_then(|value| value.to_str().ok().map(ToOwned::to_owned))
                })?
            });
            match value {
                Some(value) => {
                    check_form(algorithm, &value)?;
                    compare(digests, algorithm, &value)?;
                }
                None => {
                    return Err(s3_error!(
                        InvalidRequest,
                        "The announced trailer is missing: {}",
                        algorithm.header()
                    ));
                }
            }
        }
        Ok(())
    }
}

fn several() -> S3Error {
    s3_error!(
        InvalidRequest,
        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
    )
}

fn compare(digests: &Digests, algorithm: Algorithm, value: &str) -> S3Result<()> {
    if digests.checksum(algorithm) == Some(value) {
        return Ok(());
    }
    Err(s3_error!(
        BadDigest,
        "The {} you specified did not match the calculated checksum.",
        algorithm.name()
    ))
}

fn check_form(algorithm: Algorithm, value: &str) -> S3Result<()> {
    match STANDARD.decode(value) {
        Ok(bytes) if bytes.len() == algorithm.width() => Ok(()),
        _ => Err(s3_error!(
            InvalidRequest,
            "Value for {} header is invalid.",
            algorithm.header()
        )),
    }
}

/// An algorithm by its S3 name.
pub(super) fn parse_name(name: &str) -> S3Result<Algorithm> {
    Algorithm::parse(name).ok_or_else(|| {
        s3_error!(InvalidRequest, "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]")
    })
}

/// The checksum to keep of a whole body.
pub(super) fn kept(digests: &Digests, algorithm: Algorithm) -> Option<Checksum> {
    digests.checksum(algorithm).map(|value| Checksum {
        algorithm,
        kind: ChecksumKind::FullObject,
        value: value.to_owned(),
    })
}

/// S3's answer form: one field per algorithm, one of them filled.
pub(super) fn shown(checksum: Option<&Checksum>) -> ChecksumDto {
    let mut out = ChecksumDto::default();
    if let Some(checksum) = checksum {
        out.checksum_type = Some(kind(checksum.kind));
        let field = match checksum.algorithm {
            Algorithm::Crc32 => &mut out.checksum_crc32,
            Algorithm::Crc32c => &mut out.checksum_crc32c,
            Algorithm::Crc64Nvme => &mut out.checksum_crc64nvme,
            Algorithm::Sha1 => &mut out.checksum_sha1,
            Algorithm::Sha256 => &mut out.checksum_sha256,
        };
        *field = Some(checksum.value.clone());
    }
    out
}

pub(super) fn kind(kind: ChecksumKind) -> ChecksumType {
    ChecksumType::from_static(match kind {
        ChecksumKind::FullObject => ChecksumType::FULL_OBJECT,
        ChecksumKind::Composite => ChecksumType::COMPOSITE,
    })
}

pub(super) fn algorithm(algorithm: Algorithm) -> ChecksumAlgorithm {
    ChecksumAlgorithm::from_static(algorithm.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blobs::Digester;

    fn declared(pairs: &[(&'static str, &'static str)]) -> S3Result<Declared> {
        let map: HeaderMap = pairs
            .iter()
            .map(|(k, v)| (k.parse().unwrap(), http::HeaderValue::from_static(v)))
            .collect();
        Declared::read(&map)
    }

    fn digests(algorithm: Algorithm) -> Digests {
        let mut digester = Digester::new(&[algorithm]);
        digester.update(b"123456789");
        digester.finish()
    }

    #[test]
    fn right_values_pass_and_wrong_ones_do_not() {
        let right = declared(&[("x-amz-checksum-crc32", "y/Q5Jg==")]).unwrap();
        right.verify(&digests(Algorithm::Crc32), None).unwrap();
        let wrong = declared(&[("x-amz-checksum-crc32", "AAAAAA==")]).unwrap();
        assert_eq!(
            wrong
                .verify(&digests(Algorithm::Crc32), None)
                .unwrap_err()
                .code()
                .as_str(),
            "BadDigest"
        );
        let md5 = declared(&[("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")]).unwrap();
        assert_eq!(
            md5.verify(&digests(Algorithm::Crc32), None)
                .unwrap_err()
                .code()
                .as_str(),
            "BadDigest"
        );
    }

    #[test]
    fn malformed_values_are_refused_at_once() {
        // S3 says BadDigest only of a checksum that is one, and of another body.
        let malformed = declared(&[("x-amz-checksum-sha256", "AAAAAA==")]).unwrap_err();
        assert_eq!(malformed.code().as_str(), "InvalidRequest");
        assert!(declared(&[("content-md5", "x")]).is_err());
        assert!(declared(&[("x-amz-sdk-checksum-algorithm", "MD4")]).is_err());
        assert!(
            declared(&[
                ("x-amz-checksum-crc32", "y/Q5Jg=="),
                ("x-amz-checksum-crc32c", "4waSgw==")
            ])
            .is_err()
        );
    }

    #[test]
    fn an_announced_trailer_must_come() {
        let promised = declared(&[("x-amz-trailer", "x-amz-checksum-crc32")]).unwrap();
        assert_eq!(promised.algorithm(), Some(Algorithm::Crc32));
        assert!(promised.verify(&digests(Algorithm::Crc32), None).is_err());
        assert!(declared(&[("x-amz-trailer", "x-amz-checksum-crc32, x-amz-checksum-md4")]).is_err());
        assert!(declared(&[("x-amz-trailer", "expires")]).is_err());
        assert!(declared(&[("x-amz-trailer", "x-amz-checksum-crc32, x-amz-checksum-crc32c")]).is_err());
        let other = [
            ("x-amz-trailer", "x-amz-checksum-crc32"),
            ("x-amz-sdk-checksum-algorithm", "SHA1"),
        ];
        assert!(declared(&other).is_err());
    }
}
