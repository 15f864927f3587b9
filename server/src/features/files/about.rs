//! What a job on files works on, as its owner's list of jobs tells it.

use app::features::jobs::types::JobAbout;

/// As [`NewJob::about`](crate::platform::queue::NewJob::about) takes it.
pub(super) fn text(about: &JobAbout) -> Result<Option<String>, sqlx::Error> {
    serde_json::to_string(about)
        .map(Some)
        .map_err(|error| sqlx::Error::Encode(error.into()))
}
