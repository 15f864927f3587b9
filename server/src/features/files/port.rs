//! The same use cases for the pages that the server renders.

use std::sync::{Arc, OnceLock};

use app::{
    contract::{ApiError, BucketName},
    features::files::{
        port::FilePort,
        types::{ListQuery, ObjectEntry, ObjectMetadata, ObjectPage, ObjectRef, SearchPage, SearchQuery},
    },
};
use async_trait::async_trait;
use http::{HeaderValue, StatusCode};

use super::{error::FileError, service::Files};
use crate::{features::auth::principal::Principal, http::problem::Problem, platform::rate_limit::Work};

/// Files as one signed-in person sees them, for one page.
pub struct UserFiles {
    files: Files,
    who: Principal,
    /// What searches count as.
    work: Option<Work>,
    failed: OnceLock<PageFailure>,
}

/// What a page's answer says where the page cannot show what its address names.
pub struct PageFailure {
    pub status: StatusCode,
    pub retry_after: Option<HeaderValue>,
}

impl UserFiles {
    #[must_use]
    pub fn new(files: Files, who: Principal, work: Option<Work>) -> Arc<Self> {
        Arc::new(Self {
            files,
            who,
            work,
            failed: OnceLock::new(),
        })
    }

    #[must_use]
    pub fn failure(&self) -> Option<&PageFailure> {
        self.failed.get()
    }

    fn told<T>(&self, outcome: Result<T, FileError>, is_the_page: bool) -> Result<T, ApiError> {
        outcome.map_err(|error| {
            let problem = Problem::from(error);
            if is_the_page || problem.status() == StatusCode::SERVICE_UNAVAILABLE {
                // The first one is the page's.
                let _ = self.failed.set(PageFailure {
                    status: problem.status(),
                    retry_after: problem.retry_after(),
                });
            }
            problem.into_outside().1
        })
    }
}

impl UserFiles {
    /// A page may be read as often as one likes; a search counts as over REST, where the request pays for its beginning.
    async fn found(&self, query: &SearchQuery) -> Result<(Vec<ObjectEntry>, Option<String>), FileError> {
        if let Some(work) = &self.work {
            let verdict = work.take().await?;
            if !verdict.admitted {
                return Err(FileError::Throttled(verdict.wait));
            }
        }
        self.files.search(&self.who, query, self.work.clone()).await
    }
}

#[async_trait]
impl FilePort for UserFiles {
    async fn list(&self, query: ListQuery) -> Result<ObjectPage, ApiError> {
        self.told(self.files.list(&self.who, &query).await, true)
    }

    async fn search(&self, query: SearchQuery) -> Result<SearchPage, ApiError> {
        let (objects, continuation_token) = self.told(self.found(&query).await, true)?;
        Ok(SearchPage {
            objects,
            continuation_token,
        })
    }

    async fn metadata(&self, key: String, bucket: Option<BucketName>) -> Result<ObjectMetadata, ApiError> {
        let named = ObjectRef {
            key,
            version_id: None,
            bucket,
        };
        // That a file is gone is part of a page that is there.
        self.told(self.files.metadata(&self.who, &named).await, false)
    }
}
