//! Names of regions.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A region as AWS and its like name them, such as `us-west-2`. Whether storage has such a region only storage knows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "us-west-2"))]
#[serde(try_from = "String", into = "String")]
pub struct RegionName(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a region such as us-west-2: lower-case letters, digits and hyphens")]
pub struct RegionNameError;

impl RegionName {
    /// It becomes part of a host name, of which a label has at most so many characters.
    const MAX: usize = 63;

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RegionName {
    type Err = RegionNameError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let is_allowed = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let edge = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = name.as_bytes();
        if name.len() <= Self::MAX
            && name.bytes().all(is_allowed)
            && edge(bytes.first())
            && edge(bytes.last())
        {
            Ok(Self(name.to_owned()))
        } else {
            Err(RegionNameError)
        }
    }
}

impl TryFrom<String> for RegionName {
    type Error = RegionNameError;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

impl From<RegionName> for String {
    fn from(name: RegionName) -> Self {
        name.0
    }
}

impl fmt::Display for RegionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_could_be_part_of_a_host_name() {
        for good in ["us-east-1", "eu", "default", "auto", "cn-northwest-1"] {
            assert!(good.parse::<RegionName>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "US-EAST-1",
            "us east",
            "us-",
            "-us",
            "us.evil.example",
            "a/b",
            &"x".repeat(64),
        ] {
            assert!(bad.parse::<RegionName>().is_err(), "{bad}");
        }
    }
}
