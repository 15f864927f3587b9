//! Finds objects and folders by the words of their names and paths. A search covers every key under the prefix, however
//! many there are: a token says where to continue, and a stream continues by itself.

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

/// Keys on one page of the listing.
const PAGE: u16 = 1000;
/// The most pages that are read for an answer in one piece.
const PAGES_AN_ANSWER: usize = 50;

impl Files {
    /// Some of the hits, in the order of the listing, and the token to continue with, as long as there are unread keys.
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

    /// The same as a stream, up to the end of the listing or to the number of hits that are asked for.
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

/// A running search.
pub struct Searching {
    hits: Hits,
    /// How many more hits are asked for.
    left: usize,
    cursors: Cursors,
    /// The scope of this search's tokens.
    bound: [String; 5],
}

impl Searching {
    /// The next hits, perhaps none. `None` when the search ends here: [`Self::token`] says whether there are unread
    /// keys.
    ///
    /// After an error the hits before it hold, and the token continues behind them.
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

    /// Where to continue behind the last hit; `None` when all keys were read.
    #[must_use]
    pub fn token(&self) -> Option<String> {
        let position = serde_json::to_string(self.hits.position()?).ok()?;
        let bound = self.bound.each_ref().map(String::as_str);
        Some(self.cursors.seal(&bound, &position))
    }

    /// Why the search stopped before its end and before the last hit that was asked for.
    #[must_use]
    pub fn stopped(&self) -> Option<Stopped> {
        self.hits.budget.stopped()
    }
}
