//! Offers to undo a change that was made while its request waited. All that the undo needs travels through the client in a
//! token, sealed to the person: such changes are too many and too quick for rows in the database.

use app::{
    contract::{BucketName, Timestamp, UserId},
    features::files::changes::UndoOffer,
};
use serde::{Deserialize, Serialize};

use super::error::FileError;
use crate::platform::{Platform, cursor::Cursors};

/// For how many seconds a change can be undone.
pub(super) const UNDO_SECONDS: i64 = 86_400;

/// One object that was copied, moved or deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UndoableChange {
    pub source_bucket: Option<BucketName>,
    pub destination_bucket: Option<BucketName>,
    pub source: String,
    /// Of the source; without quotes.
    pub etag: String,
    pub size: u64,
    /// `None` for a deletion.
    pub destination: Option<String>,
    /// The version that a copy replaced.
    pub overwritten: Option<String>,
    pub made_version: Option<String>,
    pub made_etag: Option<String>,
    /// The delete marker that hides the source.
    pub marker: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    change: UndoableChange,
    expires_at: i64,
}

/// Seals and opens the tokens of offers.
#[derive(Clone)]
pub(super) struct UndoOffers {
    cursors: Cursors,
    platform: Platform,
}

impl UndoOffers {
    pub(super) fn new(cursors: Cursors, platform: Platform) -> Self {
        Self { cursors, platform }
    }

    /// `None` where the buckets keep no versions, so that nothing can be undone.
    pub(super) fn offer(&self, user: UserId, change: UndoableChange) -> Option<UndoOffer> {
        if change.made_version.is_none() && change.marker.is_none() {
            return None;
        }
        let expires_at = self.platform.now() + UNDO_SECONDS;
        let sealed = serde_json::to_string(&Sealed { change, expires_at }).ok()?;
        Some(UndoOffer {
            token: self.cursors.seal(&["undo", &user.to_string()], &sealed),
            expires_at: Timestamp::from_unix(expires_at)?,
        })
    }

    /// # Errors
    /// [`FileError::Invalid`] for a token that is not this person's, [`FileError::CannotBeUndone`] after a day.
    pub(super) fn open(&self, user: UserId, token: &str) -> Result<UndoableChange, FileError> {
        let refused = || FileError::invalid("token", "is not that of a change of yours");
        let sealed = self
            .cursors
            .open(&["undo", &user.to_string()], token)
            .map_err(|_| refused())?;
        let Sealed { change, expires_at } = serde_json::from_str(&sealed).map_err(|_| refused())?;
        if expires_at <= self.platform.now() {
            return Err(FileError::CannotBeUndone(TOO_LATE.into()));
        }
        Ok(change)
    }
}

pub(super) const TOO_LATE: &str = "It can no longer be undone: a day has passed";
