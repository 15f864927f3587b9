//! Loading the entries that did not come with the page.

use leptos::{prelude::*, task::spawn_local};

use super::Folder;
use crate::{
    contract::MaxKeys,
    features::files::{
        client,
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

    /// Reads the folder again from its beginning; listed entries stay.
    pub(super) fn reload(self) {
        spawn_local(async move {
            match self.load_page(None).await {
                Ok(_) => self.load_rest(),
                Err(error) => {
                    self.load_state.try_set(LoadState::Stopped(error));
                }
            }
        });
    }

    async fn load_pages(self) -> Result<(), CallError> {
        while let Some(Some(token)) = self.next.try_get_value() {
            self.load_state.try_set(LoadState::Loading);
            let allowance = self.load_page(Some(token)).await?;
            // A folder of 100,000 entries must leave some of the rate limit for the reader's next click.
            if let Some(allowance) = allowance {
                allowance.keep_reserve(|| self.show_waiting()).await;
            }
        }
        Ok(())
    }

    async fn load_page(self, continuation_token: Option<String>) -> Result<Option<Allowance>, CallError> {
        let prefix = self
            .listing
            .try_with_untracked(|listing| listing.prefix().to_owned());
        let query = ListQuery {
            prefix: Some(prefix.ok_or(CallError::Cancelled)?),
            continuation_token,
            max_keys: Some(MaxKeys::MAX),
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
        self.listing
            .try_update(|listing| listing.extend(objects))
            .ok_or(CallError::Cancelled)?;
        self.next.try_set_value(continuation_token);
        Ok(answer.allowance)
    }

    fn show_waiting(self) {
        self.load_state.try_set(LoadState::Waiting);
    }
}
