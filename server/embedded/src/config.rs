//! What the store must be told before it opens.

use std::path::PathBuf;
use std::sync::Arc;

use crate::clock::{Clock, SystemClock};

/// The region that signatures may always name, and that S3 leaves unsaid.
pub(crate) const CLASSIC_REGION: &str = "us-east-1";

/// How a store is opened. Start from [`Config::new`] and change what differs.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where everything is kept; created with mode 0700 when missing. One process at a time.
    pub data_dir: PathBuf,
    /// The region of buckets that are made without one. Signatures name the bucket's region, or `us-east-1`.
    pub region: String,
    /// What a browser may do in a bucket that has no CORS configuration of its own.
    pub cors: CorsDefault,
    /// Stamps objects and ends keys.
    pub clock: Arc<dyn Clock>,
}

impl Config {
    /// The defaults: `us-east-1`, no cross-origin access.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            region: CLASSIC_REGION.to_owned(),
            cors: CorsDefault::default(),
            clock: Arc::new(SystemClock),
        }
    }
}

/// The CORS rule of a bucket without one of its own: `GET`, `HEAD`, `PUT`, `POST` and `DELETE` with
/// any header, and every header that an upload or download needs exposed, for the listed origins.
#[derive(Debug, Clone, Default)]
pub struct CorsDefault {
    /// Origins as browsers send them (`http://127.0.0.1:8000`); one `*` inside matches anything.
    /// Empty: no cross-origin access.
    pub allowed_origins: Vec<String>,
    /// For how many seconds a browser may remember a preflight's answer.
    pub max_age_seconds: u32,
}
