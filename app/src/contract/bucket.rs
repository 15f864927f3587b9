//! Bucket names, by S3's rules for general purpose buckets
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A name that S3 accepts: 3–63 of `a-z 0-9 . -`, no IP address, no reserved beginning or end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "my-bucket"))]
#[serde(try_from = "String", into = "String")]
pub struct BucketName(String);

/// Why a bucket name was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BucketNameError {
    #[error("must be 3 to 63 characters long")]
    Length,
    #[error("may only contain lower-case letters, digits, dots and hyphens")]
    Character,
    #[error("must begin and end with a letter or digit, with no two dots in a row")]
    Shape,
    #[error("must not be an IP address")]
    IpAddress,
    #[error("uses a beginning or ending that S3 reserves")]
    Reserved,
}

const RESERVED_PREFIXES: [&str; 4] = ["xn--", "sthree-", "amzn-s3-demo-", "aws:"];
const RESERVED_SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

impl BucketName {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BucketName {
    type Err = BucketNameError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if !(3..=63).contains(&name.len()) {
            return Err(BucketNameError::Length);
        }
        if !name
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-'))
        {
            return Err(BucketNameError::Character);
        }
        let edge = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
        if !edge(name.as_bytes().first()) || !edge(name.as_bytes().last()) || name.contains("..") {
            return Err(BucketNameError::Shape);
        }
        // As S3 sees it: also one whose numbers are too large, or written with zeros before them.
        let numbers: Vec<_> = name.split('.').collect();
        if numbers.len() == 4
            && numbers
                .iter()
                .all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        {
            return Err(BucketNameError::IpAddress);
        }
        if RESERVED_PREFIXES.iter().any(|p| name.starts_with(p))
            || RESERVED_SUFFIXES.iter().any(|s| name.ends_with(s))
        {
            return Err(BucketNameError::Reserved);
        }
        Ok(Self(name.to_owned()))
    }
}

impl TryFrom<String> for BucketName {
    type Error = BucketNameError;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

impl From<BucketName> for String {
    fn from(name: BucketName) -> Self {
        name.0
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_s3_accepts_and_nothing_else() {
        for good in ["abc", "my-bucket", "a.b.c", "bucket-0123abcd", &"x".repeat(63)] {
            assert!(good.parse::<BucketName>().is_ok(), "{good}");
        }
        for bad in [
            "ab",
            "Abc",
            "a_b",
            "-ab",
            "ab-",
            "a..b",
            "192.168.0.1",
            "192.168.0.01",
            "999.999.999.999",
            "xn--abc",
            "abc-s3alias",
            "sthree-abc",
            "amzn-s3-demo-bucket",
            "abc--ol-s3",
            "abc--x-s3",
            "abc--table-s3",
            "abc.mrap",
            "a\u{e9}c",
            "a b",
            "a/b",
            ".ab",
            "ab.",
            &"x".repeat(64),
        ] {
            assert!(bad.parse::<BucketName>().is_err(), "{bad}");
        }
    }
}
