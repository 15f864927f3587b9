//! Loading the entries that did not come with the page.

use std::collections::HashSet;

use leptos::{prelude::*, task::spawn_local};

use super::Folder;
use crate::{
    contract::MaxKeys,
    features::files::{
        client,
        model::listing::Listing,
        types::{ListQuery, ObjectPage},
    },
    rest::{Allowance, CallError, retry_when_throttled},
};

/// How much of the folder is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadState {
    Complete,
    Loading,
    /// Waiting for the rate limit, or to spare its reserve.
    Waiting,
    Stopped(CallError),
}

/// A page of the listing that was taken in.
struct Page {
    names: Vec<String>,
    next: Option<String>,
    allowance: Option<Allowance>,
}

impl Folder {
    /// Loads the pages that are missing; after a failure it goes on where it stopped.
    pub fn load_rest(self) {
        spawn_local(async move {
            let outcome = self.load_pages().await;
            // Does nothing once the folder has ended.
            self.load_state.try_set(match outcome {
                Ok(()) => LoadState::Complete,
                Err(error) => LoadState::Stopped(error),
            });
        });
    }

    /// Reads the folder again from its beginning: entries that are not there any more go.
    pub fn refresh(self) {
        if self.address.with_untracked(|address| address.after.is_some()) {
            return;
        }
        let turn = self.refreshes.get_value() + 1;
        self.refreshes.set_value(turn);
        spawn_local(async move {
            match self.read_again(turn).await {
                Ok(Some(gone)) => self.remove(&gone),
                // Another one has begun meanwhile, or the folder has ended.
                Ok(None) | Err(CallError::Cancelled) => {}
                Err(error) => {
                    self.load_state.try_set(LoadState::Stopped(error));
                }
            }
        });
    }

    /// Answers the names that were listed before and are not there.
    async fn read_again(self, turn: u32) -> Result<Option<Vec<String>>, CallError> {
        // What is added meanwhile has a higher number.
        let before = self
            .listing
            .try_with_untracked(Listing::issued)
            .ok_or(CallError::Cancelled)?;
        let mut seen = HashSet::new();
        let mut token = None;
        loop {
            let page = self.load_page(token).await?;
            if self.refreshes.try_get_value() != Some(turn) {
                return Ok(None);
            }
            let ids = self.listing.try_with_untracked(|listing| {
                let ids = page.names.iter().filter_map(|name| listing.id_of(name));
                ids.collect::<Vec<_>>()
            });
            seen.extend(ids.unwrap_or_default());
            token = page.next;
            if token.is_none() {
                break;
            }
            if let Some(allowance) = page.allowance {
                allowance.keep_reserve(|| ()).await;
            }
        }
        self.next.try_set_value(None);
        self.load_state.try_set(LoadState::Complete);
        Ok(self.listing.try_with_untracked(|listing| {
            let gone = listing
                .live()
                .filter(|(id, _)| *id < before && !seen.contains(id));
            gone.map(|(_, entry)| entry.name.to_string()).collect()
        }))
    }

    async fn load_pages(self) -> Result<(), CallError> {
        while let Some(Some(token)) = self.next.try_get_value() {
            self.load_state.try_set(LoadState::Loading);
            let page = self.load_page(Some(token)).await?;
            self.next.try_set_value(page.next);
            // A folder of 100,000 entries must leave some of the rate limit for the reader's next click.
            if let Some(allowance) = page.allowance {
                allowance.keep_reserve(|| self.show_waiting()).await;
            }
        }
        Ok(())
    }

    async fn load_page(self, continuation_token: Option<String>) -> Result<Page, CallError> {
        let prefix = self
            .listing
            .try_with_untracked(|listing| listing.prefix().to_owned())
            .ok_or(CallError::Cancelled)?;
        let query = ListQuery {
            prefix: Some(prefix.clone()),
            continuation_token,
            max_keys: Some(MaxKeys::MAX),
            bucket: self
                .address
                .try_with_untracked(|address| address.drive.bucket().cloned())
                .ok_or(CallError::Cancelled)?,
            ..ListQuery::default()
        };
        let list = async || {
            if self.listing.is_disposed() {
                return Err(CallError::Cancelled);
            }
            client::list(&query).await
        };
        let answer = retry_when_throttled(list, || self.show_waiting()).await?;
        let ObjectPage {
            objects,
            continuation_token,
            ..
        } = answer.body;
        let names = objects
            .iter()
            .filter_map(|object| object.key.strip_prefix(&prefix));
        let names = names.map(str::to_owned).collect();
        self.listing
            .try_update(|listing| listing.extend(objects))
            .ok_or(CallError::Cancelled)?;
        Ok(Page {
            names,
            next: continuation_token,
            allowance: answer.allowance,
        })
    }

    fn show_waiting(self) {
        self.load_state.try_set(LoadState::Waiting);
    }
}
