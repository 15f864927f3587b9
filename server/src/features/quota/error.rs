//! Why a reservation failed, and what the caller is told.

use app::{
    contract::{ApiError, ErrorCode},
    format,
};

use crate::http::problem::{Failure, database_outside};

/// More was asked for than the quota has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it needs {needed} bytes, and {left} of {quota} are left")]
pub struct Exceeded {
    pub needed: u64,
    pub left: u64,
    pub quota: u64,
}

impl Exceeded {
    /// For people: `This needs 3.0 GiB, and 1.2 GiB (1288490188 bytes) of 5.0 GiB are left`.
    pub fn told(self) -> String {
        let Self { needed, left, quota } = self;
        let (needed, quota) = (format::bytes(needed), format::bytes(quota));
        match left {
            0 => format!("This needs {needed}, and nothing of {quota} is left"),
            left => format!(
                "This needs {needed}, and {} ({left} bytes) of {quota} are left",
                format::bytes(left)
            ),
        }
    }

    pub fn outside(self) -> ApiError {
        ApiError::new(
            ErrorCode::QuotaExceeded,
            format!("{}. What is deleted for good makes room.", self.told()),
        )
    }
}

#[derive(Debug, thiserror::Error)]
pub enum QuotaError {
    #[error(transparent)]
    Exceeded(#[from] Exceeded),
    /// The account or team was deleted meanwhile.
    #[error("the holder of the quota is gone")]
    NoHolder,
    #[error("nothing could be reserved")]
    Database(#[from] sqlx::Error),
}

impl Failure for QuotaError {
    fn outside(&self) -> ApiError {
        match self {
            Self::Exceeded(exceeded) => exceeded.outside(),
            Self::NoHolder => ApiError::new(
                ErrorCode::PermissionDenied,
                "The account or team that these files are of is gone",
            ),
            Self::Database(error) => database_outside(error),
        }
    }
}
