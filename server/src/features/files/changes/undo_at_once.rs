//! Undoes one change that was made at once, also at once.

use super::{
    Changes,
    journal::{Item, Overwritten},
    undo::Both,
};
use crate::features::{
    auth::principal::Principal,
    files::{error::FileError, undo_offer::UndoableChange},
    scopes::Named,
};

impl Changes {
    /// # Errors
    /// [`FileError::CannotBeUndone`] when somebody has changed the object since, or a day has passed. Nothing is undone then.
    #[tracing::instrument(level = "debug", name = "changes.undo_at_once", skip_all, fields(user = %who.user_id))]
    pub async fn undo_at_once(&self, who: &Principal, token: &str) -> Result<(), FileError> {
        let change = self.offers.open(who.user_id, token)?;
        let source = Named::bucket(change.source_bucket.as_ref());
        let destination = Named::bucket(change.destination_bucket.as_ref());
        let sides = Both {
            source: self.scopes.resolve(who, &source).await?,
            destination: self.scopes.resolve(who, &destination).await?,
        };
        let mut item = Item::from(change);
        let undone = sides.undo(&mut item).await?;
        if let Some(destination) = item.destination.as_deref().filter(|_| undone.freed > 0) {
            let holder = sides.destination.holder(destination);
            self.quotas.freed(holder, undone.freed).await;
        }
        match undone.failure {
            None => Ok(()),
            Some(failure) => Err(FileError::CannotBeUndone(failure.message.into())),
        }
    }
}

impl From<UndoableChange> for Item {
    fn from(change: UndoableChange) -> Self {
        Self {
            etag: change.etag,
            size: change.size,
            destination: change.destination,
            overwritten: change.overwritten.map(|version| Overwritten {
                version: Some(version),
                etag: String::new(),
            }),
            made_version: change.made_version,
            made_etag: change.made_etag,
            marker: change.marker,
            ..Self::planned(0, change.source)
        }
    }
}
