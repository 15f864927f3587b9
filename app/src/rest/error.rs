//! Why an API call has no result.

use serde::{Deserialize, Serialize};

use crate::contract::{ApiError, ErrorCode};

/// Seconds to wait after a 429 without `Retry-After`.
const DEFAULT_WAIT: u32 = 10;

/// Its `Display` is a sentence for the reader.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum CallError {
    /// No answer at all, or the call was aborted.
    #[error("The server cannot be reached. Check your connection.")]
    Unreachable,
    /// 401: the session is over.
    #[error("You have been signed out.")]
    SignedOut,
    /// 429, and the seconds to wait.
    #[error("Too many requests. Going on in {0} seconds.")]
    Throttled(u32),
    /// A failure of the server that may pass, with its reason if the answer holds one.
    #[error("{}", .0.as_ref().map_or("The server cannot answer now. Try again in a while.", |error| error.detail.as_str()))]
    Unavailable(Option<ApiError>),
    /// Any other error answer.
    #[error("{error}")]
    Refused { status: u16, error: ApiError },
    #[error("The server's answer could not be read.")]
    Unreadable { status: u16 },
    /// The page has changed, and nothing waits for the result.
    #[error("Cancelled.")]
    Cancelled,
}

impl CallError {
    /// Classifies an error answer. `retry_after` is in seconds.
    #[must_use]
    pub fn of_answer(status: u16, error: Option<ApiError>, retry_after: Option<u32>) -> Self {
        match (status, error) {
            (401, _) => Self::SignedOut,
            (429, _) => Self::Throttled(retry_after.unwrap_or(DEFAULT_WAIT)),
            // Not 501 (unsupported) and 507 (storage is full): waiting does not help.
            (408 | 425 | 500 | 502..=504, error) => Self::Unavailable(error),
            (status, Some(error)) => Self::Refused { status, error },
            (status, None) => Self::Unreadable { status },
        }
    }

    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { error, .. } if error.code == ErrorCode::ResourceNotFound)
    }
}

/// The error of a use case that the server called itself while it rendered a page.
impl From<ApiError> for CallError {
    fn from(error: ApiError) -> Self {
        Self::of_answer(error.status(), Some(error), None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_classified_by_its_status() {
        let error = |code| ApiError::new(code, "Why.");
        let of = |code| CallError::from(error(code));
        assert_eq!(of(ErrorCode::InvalidToken), CallError::SignedOut);
        assert_eq!(
            of(ErrorCode::RateLimitExceeded),
            CallError::Throttled(DEFAULT_WAIT)
        );
        assert_eq!(
            of(ErrorCode::StorageUnavailable),
            CallError::Unavailable(Some(error(ErrorCode::StorageUnavailable)))
        );
        for (code, status) in [(ErrorCode::Unsupported, 501), (ErrorCode::StorageFull, 507)] {
            let error = error(code);
            assert_eq!(of(code), CallError::Refused { status, error });
        }
        assert!(of(ErrorCode::ResourceNotFound).is_missing());
        assert_eq!(CallError::of_answer(429, None, Some(7)), CallError::Throttled(7));
        assert_eq!(
            CallError::of_answer(404, None, None),
            CallError::Unreadable { status: 404 }
        );
        assert_eq!(of(ErrorCode::Conflict).to_string(), "Why.");
    }
}
