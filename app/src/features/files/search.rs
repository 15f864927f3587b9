//! A search in the browser: its results so far, and whether there may be more.

use leptos::prelude::*;

use super::{
    client,
    model::{address::Address, hit::Hit, words::Words},
    types::{SearchPage, SearchQuery},
};
use crate::{
    contract::MaxKeys,
    features::uploads::Target,
    rest::{CallError, retry_when_throttled},
};

/// How many results are shown until somebody asks for more.
const SHOWN: usize = 300;

/// How far the search is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    Looking,
    /// It waits, because the server said so or to keep requests in reserve.
    Waiting,
    /// There may be more results, once somebody asks for them.
    Resting,
    /// All keys were searched.
    Complete,
    Failed(CallError),
}

#[derive(Clone, Copy)]
pub struct Search {
    pub hits: RwSignal<Vec<Hit>>,
    pub progress: RwSignal<Progress>,
    pub address: StoredValue<Address>,
    /// The caller's prefix.
    root: StoredValue<String>,
    next: StoredValue<Option<String>>,
    goal: StoredValue<usize>,
}

impl Search {
    /// `address` holds the words and filters; `page` is the first page of results.
    #[must_use]
    pub fn new(page: SearchPage, address: Address, root: String) -> Self {
        let words = words_of(&address);
        let hits: Vec<Hit> = page
            .objects
            .into_iter()
            .filter_map(|entry| Hit::new(entry, &root, &words))
            .collect();
        let progress = match page.continuation_token {
            Some(_) => Progress::Resting,
            None => Progress::Complete,
        };
        Self {
            hits: RwSignal::new(hits),
            progress: RwSignal::new(progress),
            address: StoredValue::new(address),
            root: StoredValue::new(root),
            next: StoredValue::new(page.continuation_token),
            goal: StoredValue::new(SHOWN),
        }
    }

    /// Searches on until there are enough results to show.
    pub fn live(self) {
        let reads_one_page = self.address.with_value(|address| address.after.is_some());
        Effect::new(move |_| {
            if !reads_one_page {
                self.look_on();
            }
        });
    }

    #[must_use]
    pub fn words(self) -> Words {
        self.address.with_value(words_of)
    }

    /// Asks for as many results again.
    pub fn show_more(self) {
        let shown = self.hits.with_untracked(Vec::len);
        self.goal.set_value(shown + SHOWN);
        self.look_on();
    }

    pub fn stop(self) {
        self.goal.set_value(0);
        self.progress.set(Progress::Resting);
    }

    /// The link to the next page for browsers without script; `None` on the last page.
    #[must_use]
    pub fn next_page_href(self) -> Option<String> {
        let after = self.next.get_value()?;
        let address = self.address.get_value();
        Some(
            Address {
                after: Some(after),
                ..address
            }
            .href(),
        )
    }

    /// Files that are dropped on the results go to the folder that is searched.
    #[must_use]
    pub fn upload_target(self) -> Signal<Target> {
        Signal::stored(Target {
            prefix: self.prefix(),
            bucket: self.address.with_value(|address| address.drive.bucket().cloned()),
        })
    }

    fn prefix(self) -> String {
        let path = self.address.with_value(|address| address.path.clone());
        self.root.with_value(|root| format!("{root}{path}"))
    }

    fn query(self, token: String) -> SearchQuery {
        let (query, filters) = self
            .address
            .with_value(|address| (address.search.clone(), address.filters));
        filters.apply(SearchQuery {
            query: query.unwrap_or_default(),
            prefix: Some(self.prefix()),
            continuation_token: Some(token),
            max_keys: Some(MaxKeys::default()),
            bucket: self.address.with_value(|address| address.drive.bucket().cloned()),
            ..SearchQuery::default()
        })
    }

    fn look_on(self) {
        leptos::task::spawn_local(async move {
            // The page may show something else by now.
            while let Some(Some(token)) = self.next.try_get_value() {
                let shown = self.hits.try_with_untracked(Vec::len).unwrap_or(usize::MAX);
                if shown >= self.goal.try_get_value().unwrap_or(0) {
                    self.progress.try_set(Progress::Resting);
                    return;
                }
                self.progress.try_set(Progress::Looking);
                let query = self.query(token);
                let waiting = || {
                    self.progress.try_set(Progress::Waiting);
                };
                let answer = match retry_when_throttled(async || client::search(&query).await, waiting).await
                {
                    Ok(answer) => answer,
                    Err(error) => {
                        self.progress.try_set(Progress::Failed(error));
                        return;
                    }
                };
                let page = answer.body;
                let (Some(root), Some(words)) =
                    (self.root.try_get_value(), self.address.try_with_value(words_of))
                else {
                    return;
                };
                let found = page.objects.into_iter();
                let found: Vec<_> = found.filter_map(|entry| Hit::new(entry, &root, &words)).collect();
                if !found.is_empty() {
                    self.hits.try_update(|hits| hits.extend(found));
                }
                self.next.try_set_value(page.continuation_token);
                if let Some(allowance) = answer.allowance {
                    allowance.keep_reserve(waiting).await;
                }
            }
            self.progress.try_set(Progress::Complete);
        });
    }
}

fn words_of(address: &Address) -> Words {
    Words::of(address.search.as_deref().unwrap_or_default())
}
