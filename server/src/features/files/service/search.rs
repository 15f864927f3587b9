//! Finding objects by name. There is no index: keys are read page by page and compared, a bounded number for each
//! request, and the token says where to go on. So every key is looked at in the end, however many there are.

use app::{
    contract::{UserPrefix, text::folded},
    features::files::types::{ObjectEntry, SearchQuery},
};
use serde::{Deserialize, Serialize};

use super::{Files, listing::entry};
use crate::{
    features::{auth::principal::Principal, files::error::FileError},
    platform::object_store::ListRequest,
};

/// Pages of 1,000 keys that one request reads at most.
const PAGES: usize = 20;
const PAGE: u16 = 1000;
const MAX_QUERY_CHARS: usize = 256;

/// Where a search stopped: on the page that begins at `page`, behind the key `after`.
#[derive(Default, Serialize, Deserialize)]
struct Position {
    page: Option<String>,
    after: Option<String>,
}

impl Files {
    /// Some of the matches, in the order of their keys, and the token to go on with while there are keys unseen.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn search(
        &self,
        who: &Principal,
        query: &SearchQuery,
    ) -> Result<(Vec<ObjectEntry>, Option<String>), FileError> {
        let wanted = folded(query.query.trim());
        if wanted.is_empty() {
            return Err(FileError::invalid("query", "must not be empty"));
        }
        if query.query.chars().count() > MAX_QUERY_CHARS {
            return Err(FileError::invalid(
                "query",
                format!("must not be longer than {MAX_QUERY_CHARS} characters"),
            ));
        }
        let place = self.place(who, query.bucket.as_ref())?;
        let prefix = place.prefix(query.prefix.as_deref())?;
        let caller = who.user_id.to_string();
        let scope = ["search", &caller, place.bucket.as_str(), prefix.as_str(), &wanted];
        let mut position = match &query.continuation_token {
            None => Position::default(),
            Some(token) => serde_json::from_str(&self.cursors.open(&scope, token)?).unwrap_or_default(),
        };
        let limit = usize::from(query.max_keys.unwrap_or_default().get());
        let mut found = Vec::new();
        for _ in 0..PAGES {
            let page = self
                .store
                .list(
                    &place.bucket,
                    ListRequest {
                        prefix: &prefix,
                        folders: false,
                        token: position.page.as_deref(),
                        limit: PAGE,
                    },
                )
                .await?;
            for object in page.objects {
                if position.after.as_ref().is_some_and(|after| object.key <= *after)
                    || !matches(&object.key, &prefix, &wanted)
                {
                    continue;
                }
                position.after = Some(object.key.clone());
                found.push(entry(object));
                if found.len() == limit {
                    return Ok((found, self.sealed(&scope, &position)));
                }
            }
            if page.next.is_none() {
                return Ok((found, None));
            }
            position = Position {
                page: page.next,
                after: None,
            };
        }
        Ok((found, self.sealed(&scope, &position)))
    }

    fn sealed(&self, scope: &[&str], position: &Position) -> Option<String> {
        let position = serde_json::to_string(position).ok()?;
        Some(self.cursors.seal(scope, &position))
    }
}

/// Whether the name, or the path below the prefix, contains the wanted text, which is folded.
fn matches(key: &str, prefix: &UserPrefix, wanted: &str) -> bool {
    // A prefix may end inside a name, which counts as a whole.
    let below = prefix.as_str().rfind('/').map_or(0, |slash| slash + 1);
    key.get(below..).is_some_and(|path| folded(path).contains(wanted))
}
