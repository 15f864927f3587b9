//! How long storage may take.

use std::time::Duration;

use aws_sdk_s3::config::{Builder, timeout::TimeoutConfig};

/// Waiting for a connection. Storage in the same data centre answers in milliseconds.
pub(super) const CONNECT: Duration = Duration::from_secs(3);
/// Waiting for the first byte of an answer, save where a body is being sent.
pub(super) const FIRST_BYTE: Duration = Duration::from_secs(20);

/// For requests that carry a body: the clock of [`FIRST_BYTE`] would run while the bytes go out. A stall is
/// noticed all the same, by the SDK's stalled-stream protection.
pub(super) fn while_sending() -> Builder {
    Builder::new().timeout_config(
        TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .disable_read_timeout()
            .build(),
    )
}
