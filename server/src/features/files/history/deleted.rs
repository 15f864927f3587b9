//! Lists the deleted objects under a prefix that can be restored.

use app::features::files::types_history::{DeletedEntry, DeletedPage, DeletedQuery};

use super::{
    History, PAGES,
    key::KeyHistory,
    timeline::{Position, Timeline},
};
use crate::features::{auth::principal::Principal, files::error::FileError};

impl History {
    /// Objects whose latest version is a delete marker, in the order of their keys. A page may be empty though more
    /// follow.
    ///
    /// # Errors
    /// [`FileError::NoVersions`] where the bucket keeps none.
    #[tracing::instrument(level = "debug", name = "history.deleted", skip_all, fields(user = %who.user_id))]
    pub async fn deleted(&self, who: &Principal, query: &DeletedQuery) -> Result<DeletedPage, FileError> {
        let (scope, prefix) = self
            .versioned(who, query.bucket.as_ref(), query.prefix.as_deref())
            .await?;
        let caller = who.user_id.to_string();
        let bound = ["deleted", &caller, scope.bucket.as_str(), prefix.as_str()];
        let position: Position = self.opened(&bound, query.continuation_token.as_deref())?;
        let limit = usize::from(query.max_keys.unwrap_or_default().get());
        let timeline = self.timeline(&scope, &prefix, None).from(position);
        let (objects, next) = collect(timeline, limit).await?;
        let token = next.map(|next| self.sealed(&bound, &next)).transpose()?;
        Ok(DeletedPage {
            objects,
            prefix: prefix.as_str().to_owned(),
            has_more: token.is_some(),
            continuation_token: token,
        })
    }
}

async fn collect(
    mut timeline: Timeline<'_>,
    limit: usize,
) -> Result<(Vec<DeletedEntry>, Option<Position>), FileError> {
    let mut objects = Vec::new();
    for _ in 0..PAGES {
        let keys = timeline.page().await?;
        let mut keys = keys.iter().peekable();
        while let Some(key) = keys.next() {
            objects.extend(entry(key));
            let is_last = timeline.has_ended() && keys.peek().is_none();
            if objects.len() == limit && !is_last {
                return Ok((objects, Some(Position::behind(&key.key))));
            }
        }
        if timeline.has_ended() {
            return Ok((objects, None));
        }
    }
    Ok((objects, Some(timeline.position().clone())))
}

fn entry(history: &KeyHistory) -> Option<DeletedEntry> {
    let version = history.deleted()?;
    Some(DeletedEntry {
        key: history.key.clone(),
        size: version.size,
        deleted_at: history.hidden_since,
        version_id: version.id.clone(),
    })
}
