//! What a single request may ask for.

use super::{ConfigError, Vars};

#[derive(Clone, Debug)]
pub struct Limits {
    /// `MAX_DIRECT_UPLOAD_BYTES`: the largest file of `POST /api/s3/upload`.
    pub direct_upload_bytes: u64,
}

impl Limits {
    pub(super) fn from_vars(vars: &Vars) -> Result<Self, ConfigError> {
        Ok(Self {
            direct_upload_bytes: vars
                .parse("MAX_DIRECT_UPLOAD_BYTES", "a number of bytes")?
                .unwrap_or(100 * 1024 * 1024),
        })
    }
}
