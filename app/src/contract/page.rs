//! Paging: an opaque token and a bounded page.

use serde::{Deserialize, Serialize};

/// Where an answer that is a bare array says that there is more: the token of the next page.
pub const CONTINUATION_TOKEN_HEADER: &str = "x-continuation-token";

/// How many items a page may hold: 1–1000, 100 unless asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = u16, minimum = 1, maximum = 1000, default = 100))]
#[serde(try_from = "u32", into = "u32")]
pub struct MaxKeys(u16);

impl MaxKeys {
    pub const MAX: Self = Self(1000);

    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl Default for MaxKeys {
    fn default() -> Self {
        Self(100)
    }
}

impl TryFrom<u32> for MaxKeys {
    type Error = &'static str;

    fn try_from(n: u32) -> Result<Self, Self::Error> {
        match u16::try_from(n) {
            Ok(n @ 1..=1000) => Ok(Self(n)),
            _ => Err("must be between 1 and 1000"),
        }
    }
}

impl From<MaxKeys> for u32 {
    fn from(n: MaxKeys) -> Self {
        n.0.into()
    }
}
