//! Why a file was not uploaded: what happened, what was not lost, and what to do.

/// The reason a file stands still until somebody acts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("Storage cannot be reached.")]
    StorageUnreachable,
    #[error("The server cannot be reached.")]
    ServerUnreachable,
    /// In its own words.
    #[error("{0}")]
    ServerFailing(String),
    #[error("Storage keeps failing (error {status}).")]
    StorageFailing { status: u16 },
    #[error("Storage refused the file ({}).", code.clone().unwrap_or_else(|| format!("error {status}")))]
    StorageRefused { status: u16, code: Option<String> },
    #[error("Storage is full.")]
    StorageFull,
    #[error("The file arrived damaged, and storage refused it.")]
    Damaged,
    #[error("{0}")]
    Refused(String),
    /// All parts were sent, and do not make the file.
    #[error("The uploaded parts do not make the file: {0}.")]
    NotJoined(String),
    #[error("The file can no longer be read: it was changed, moved or deleted since it was chosen.")]
    Unreadable,
    #[error("This is not the file that was being uploaded: its size is different.")]
    OtherSize,
    #[error("This is not the file that was being uploaded: its content has changed.")]
    OtherContent,
    #[error("The unfinished upload is gone from storage, again and again.")]
    Lost,
    #[error("The server's answer made no sense.")]
    Nonsense,
}

impl Failure {
    /// What was not lost, and what to do.
    #[must_use]
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::StorageUnreachable => {
                "What is already uploaded is kept. Check your connection, then retry. If it keeps failing, the bucket may not allow this site (CORS)."
            }
            Self::ServerUnreachable | Self::StorageFailing { .. } => {
                "What is already uploaded is kept. Retry in a while."
            }
            Self::ServerFailing(_) => {
                "What is already uploaded is kept. Retry; if it fails again, tell your administrator what it says here."
            }
            Self::NotJoined(_) => {
                "What is already uploaded is kept. Retry to compare it with your file and to send what differs."
            }
            Self::StorageRefused { .. } | Self::Nonsense => {
                "Nothing in storage was changed. Retry, or ask your administrator."
            }
            Self::StorageFull => {
                "What is already uploaded is kept. Delete files for good, or ask your administrator to make room, then retry."
            }
            Self::Damaged => "Nothing in storage was changed. Retry to send it again.",
            Self::Refused(_) => "Nothing in storage was changed.",
            Self::Unreadable => "Nothing in storage was changed. Choose the file again.",
            Self::OtherSize | Self::OtherContent => {
                "The unfinished upload is kept. Choose the original file to go on, or discard it and upload this one afresh."
            }
            Self::Lost => "Retry to start again from the beginning.",
        }
    }

    /// Whether trying again with the same file can help.
    #[must_use]
    pub const fn can_retry(&self) -> bool {
        !matches!(self, Self::Unreadable | Self::OtherSize | Self::OtherContent)
    }

    /// Whether the end of a network outage is reason enough to try again unasked.
    pub(super) const fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::StorageUnreachable | Self::ServerUnreachable | Self::ServerFailing(_)
        )
    }
}
