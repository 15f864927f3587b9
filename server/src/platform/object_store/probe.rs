//! Whether storage is what the configuration says it is, and if not, which variable is to blame.

/// What is known of storage that works.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// How many seconds this machine's clock, by which URLs are signed, is ahead of storage's; `None` where storage
    /// does not say what time it is.
    pub clock_ahead: Option<i64>,
}

/// By how many seconds the clocks may differ. Signed URLs are refused outside of their lifetime, of which the shortest
/// are minutes; two machines that ask for the time differ by less than one.
pub const CLOCK_TOLERANCE: i64 = 120;

impl Probe {
    #[must_use]
    pub fn has_wrong_clock(&self) -> bool {
        self.clock_ahead
            .is_some_and(|ahead| ahead.abs() > CLOCK_TOLERANCE)
    }
}

/// Its text is the cause, in one line; it carries no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    #[error("storage cannot be reached: {0}")]
    Unreachable(String),
    #[error("storage does not answer the way that it should at the moment: {0}")]
    Failing(String),
    #[error("storage has a certificate that is not trusted here: {0}")]
    Certificate(String),
    #[error("storage speaks no TLS at this address")]
    NoTls,
    #[error("what answers is no S3 storage: {0}")]
    NotStorage(String),
    #[error("there are no credentials for storage")]
    NoCredentials,
    #[error("storage does not know the access key")]
    UnknownKey,
    #[error("storage refuses the signature, so the secret of the access key is wrong")]
    WrongSecret,
    #[error("storage refuses the access key the bucket: {0}")]
    Denied(String),
    #[error("storage refuses signatures because the clocks differ")]
    Clock,
    #[error("the bucket is in another region{}", .0.as_ref().map(|region| format!(", {region}")).unwrap_or_default())]
    WrongRegion(Option<String>),
    #[error("the bucket does not exist")]
    NoSuchBucket,
}

impl ProbeError {
    /// Which variable to look at.
    #[must_use]
    pub const fn variable(&self) -> &'static str {
        match self {
            Self::Unreachable(_) | Self::Failing(_) | Self::NoTls | Self::NotStorage(_) => "S3_ENDPOINT_URL",
            Self::Certificate(_) => "AWS_CA_BUNDLE",
            Self::NoCredentials | Self::UnknownKey => "AWS_ACCESS_KEY_ID",
            Self::WrongSecret => "AWS_SECRET_ACCESS_KEY",
            Self::Denied(_) | Self::NoSuchBucket => "S3_BUCKET",
            Self::WrongRegion(_) => "AWS_REGION",
            Self::Clock => "the clock",
        }
    }

    /// What to do.
    #[must_use]
    pub const fn mend(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "Start storage, or correct S3_ENDPOINT_URL.",
            Self::Failing(_) => "Look into the logs of storage.",
            Self::Certificate(_) => "Name the certificate of its authority in AWS_CA_BUNDLE.",
            Self::NoTls => "Write http:// in S3_ENDPOINT_URL, or name the port that speaks TLS.",
            Self::NotStorage(_) => "Correct host and port of S3_ENDPOINT_URL.",
            Self::NoCredentials => {
                "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this machine a profile or a role."
            }
            Self::UnknownKey => "Correct AWS_ACCESS_KEY_ID.",
            Self::WrongSecret => "Correct AWS_SECRET_ACCESS_KEY.",
            Self::Denied(_) => {
                "Correct S3_BUCKET, or let the key list, read, write and delete in the bucket."
            }
            Self::Clock => "Set the clocks of this machine and of storage (NTP).",
            Self::WrongRegion(_) => "Set AWS_REGION to the bucket's region.",
            Self::NoSuchBucket => {
                "Correct S3_BUCKET, or restore the bucket: with an empty one all files would seem lost, so a start makes \
                 one only while there are no accounts. If an empty one is meant: forepeak make-bucket"
            }
        }
    }

    /// The cause as strangers may see it: without addresses and without storage's own words.
    #[must_use]
    pub const fn summary(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "storage cannot be reached",
            Self::Failing(_) => "storage fails",
            Self::Certificate(_) => "storage has a certificate that is not trusted",
            Self::NoTls => "storage speaks no TLS at its address",
            Self::NotStorage(_) => "what answers is no S3 storage",
            Self::NoCredentials => "there are no credentials for storage",
            Self::UnknownKey => "storage does not know the access key",
            Self::WrongSecret => "storage refuses the secret of the access key",
            Self::Denied(_) => "storage refuses the access key the bucket",
            Self::Clock => "the clock differs from storage's",
            Self::WrongRegion(_) => "the bucket is in another region",
            Self::NoSuchBucket => "the bucket does not exist",
        }
    }

    /// Whether it may pass without a change of the configuration.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Failing(_) | Self::Clock)
    }
}
