//! The same use cases for the pages that the server renders.

use std::sync::{Arc, OnceLock};

use app::{
    contract::ApiError,
    features::files::{
        port::FilePort,
        types::{ListQuery, ObjectMetadata, ObjectPage, ObjectRef, SearchPage, SearchQuery},
    },
};
use async_trait::async_trait;

use super::{error::FileError, service::Files};
use crate::{features::auth::principal::Principal, http::problem::Problem};

/// Files as one signed-in person sees them, for one page.
pub struct UserFiles {
    files: Files,
    who: Principal,
    failed: OnceLock<ApiError>,
}

impl UserFiles {
    #[must_use]
    pub fn new(files: Files, who: Principal) -> Arc<Self> {
        Arc::new(Self {
            files,
            who,
            failed: OnceLock::new(),
        })
    }

    /// Why the page cannot show what its address names, if it cannot: its status is the error's.
    #[must_use]
    pub fn failure(&self) -> Option<&ApiError> {
        self.failed.get()
    }

    fn told<T>(&self, outcome: Result<T, FileError>, is_the_page: bool) -> Result<T, ApiError> {
        outcome.map_err(|error| {
            let error = Problem::from(error).into_outside().1;
            if is_the_page || error.status() == 503 {
                // The first one is the page's.
                let _ = self.failed.set(error.clone());
            }
            error
        })
    }
}

#[async_trait]
impl FilePort for UserFiles {
    async fn list(&self, query: ListQuery) -> Result<ObjectPage, ApiError> {
        self.told(self.files.list(&self.who, &query).await, true)
    }

    async fn search(&self, query: SearchQuery) -> Result<SearchPage, ApiError> {
        let found = self.files.search(&self.who, &query).await;
        let (objects, continuation_token) = self.told(found, true)?;
        Ok(SearchPage {
            objects,
            continuation_token,
        })
    }

    async fn metadata(&self, key: String) -> Result<ObjectMetadata, ApiError> {
        let named = ObjectRef {
            key,
            version_id: None,
            bucket: None,
        };
        // That a file is gone is part of a page that is there.
        self.told(self.files.metadata(&self.who, &named).await, false)
    }
}
