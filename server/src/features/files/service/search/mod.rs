//! Finding objects and folders by the words of their names and paths. Every key under the prefix is looked at in the end,
//! however many there are: a token says where to go on, and a stream goes on by itself.

mod budget;
mod hits;
mod page;
mod range;
mod spacing;
#[cfg(test)]
mod tests;
mod wanted;

use std::sync::Arc;

use app::features::files::types::{ObjectEntry, SearchQuery};
use futures::FutureExt;

use self::{
    budget::Budget,
    hits::{Hits, List, Position, Source},
    wanted::Wanted,
};
use super::Files;
use crate::{
    features::{
        auth::principal::Principal,
        files::error::FileError,
        scopes::{Access, Scope},
    },
    platform::{
        cursor::{Cursors, ForeignCursor},
        object_store::ListRequest,
        rate_limit::Work,
    },
};

pub use budget::Stopped;

/// Keys on a page of the listing that is looked through.
const PAGE: u16 = 1000;
/// Pages that are read at most before hits are answered all at once.
const PAGES_AN_ANSWER: usize = 50;

impl Files {
    /// Some of the hits, in the order of the listing, and the token to go on with while there are keys unseen.
    #[tracing::instrument(level = "debug", name = "files.search", skip_all, fields(user = %who.user_id))]
    pub async fn search(
        &self,
        who: &Principal,
        query: &SearchQuery,
        work: Option<Work>,
    ) -> Result<(Vec<ObjectEntry>, Option<String>), FileError> {
        let limit = query.max_keys.unwrap_or_default().get();
        let budget = Budget::new(work, Some(PAGES_AN_ANSWER));
        let mut searching = self.searching(who, query, limit.into(), budget).await?;
        let mut found = Vec::new();
        while let Some(more) = searching.next().await? {
            found.extend(more);
        }
        Ok((found, searching.token()))
    }

    /// The same, as a search that goes on to the end of the listing, or to as many hits as are asked for.
    #[tracing::instrument(level = "debug", name = "files.search_on", skip_all, fields(user = %who.user_id))]
    pub async fn search_on(
        &self,
        who: &Principal,
        query: &SearchQuery,
        work: Option<Work>,
    ) -> Result<Searching, FileError> {
        let limit = query.max_keys.map_or(usize::MAX, |limit| limit.get().into());
        self.searching(who, query, limit, Budget::new(work, None)).await
    }

    async fn searching(
        &self,
        who: &Principal,
        query: &SearchQuery,
        limit: usize,
        budget: Budget,
    ) -> Result<Searching, FileError> {
        let scope = self.scope(who, query.bucket.as_ref()).await?;
        let prefix = scope.prefix("prefix", query.prefix.as_deref(), Access::LIST)?;
        let wanted = Wanted::new(query, &prefix)?;
        let bound = [
            "search".to_owned(),
            who.user_id.to_string(),
            scope.bucket.as_str().to_owned(),
            prefix.as_str().to_owned(),
            wanted.scope(),
        ];
        let position = match &query.continuation_token {
            None => Position::default(),
            Some(token) => {
                let opened = self.cursors.open(&bound.each_ref().map(String::as_str), token)?;
                serde_json::from_str(&opened).map_err(|_| ForeignCursor)?
            }
        };
        let shared: Arc<str> = prefix.as_str().into();
        let Scope { store, bucket, .. } = scope;
        let list: List = Arc::new(move |token| {
            let (store, bucket, prefix) = (store.clone(), bucket.clone(), prefix.clone());
            async move {
                let request = ListRequest {
                    prefix: &prefix,
                    folders: false,
                    token: token.as_deref(),
                    limit: PAGE,
                };
                store.list(&bucket, request).await
            }
            .boxed()
        });
        let source = Source {
            list,
            wanted: Arc::new(wanted),
            prefix: shared,
            page: PAGE.into(),
        };
        Ok(Searching {
            hits: Hits::new(source, position, budget),
            left: limit,
            cursors: self.cursors.clone(),
            bound,
        })
    }
}

/// A search under way.
pub struct Searching {
    hits: Hits,
    /// Hits that may be given yet.
    left: usize,
    cursors: Cursors,
    /// What a token of this search is bound to.
    bound: [String; 5],
}

impl Searching {
    /// The next hits; they may be none. `None` when it ends here: [`Self::token`] says whether there are keys unseen.
    ///
    /// When it fails, what was given before holds, and the token goes on behind it.
    #[tracing::instrument(level = "debug", name = "files.search.next", skip_all)]
    pub async fn next(&mut self) -> Result<Option<Vec<ObjectEntry>>, FileError> {
        if self.left == 0 {
            return Ok(None);
        }
        let found = self.hits.next(self.left).await?;
        if let Some(found) = &found {
            self.left -= found.len();
        }
        Ok(found)
    }

    /// Where to go on behind what was given; `None` when all keys were looked at.
    #[must_use]
    pub fn token(&self) -> Option<String> {
        let position = serde_json::to_string(self.hits.position()?).ok()?;
        let bound = self.bound.each_ref().map(String::as_str);
        Some(self.cursors.seal(&bound, &position))
    }

    /// Why it ended, unless at its end or with the last hit that was asked for.
    #[must_use]
    pub fn stopped(&self) -> Option<Stopped> {
        self.hits.budget.stopped()
    }
}
