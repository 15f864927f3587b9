//! The same use cases for the pages that the server renders.

use std::sync::Arc;

use app::{
    contract::ApiError,
    features::files::{
        port::FilePort,
        types::{ListQuery, ObjectMetadata, ObjectPage, ObjectRef},
    },
};
use async_trait::async_trait;

use super::service::Files;
use crate::{features::auth::principal::Principal, http::problem::Problem};

/// Files as one signed-in person sees them.
struct PersonsFiles {
    files: Files,
    who: Principal,
}

/// What a page is given by context while it renders for `who`.
#[must_use]
pub fn for_person(files: Files, who: Principal) -> Arc<dyn FilePort> {
    Arc::new(PersonsFiles { files, who })
}

#[async_trait]
impl FilePort for PersonsFiles {
    async fn list(&self, query: ListQuery) -> Result<ObjectPage, ApiError> {
        self.files
            .list(&self.who, &query)
            .await
            .map_err(|error| Problem::from(error).into_outside().1)
    }

    async fn metadata(&self, key: String) -> Result<ObjectMetadata, ApiError> {
        let named = ObjectRef {
            key,
            version_id: None,
            bucket: None,
        };
        self.files
            .metadata(&self.who, &named)
            .await
            .map_err(|error| Problem::from(error).into_outside().1)
    }
}
