//! URLs that answer one archive once, for selections that are too long for a query.
//!
//! Such a URL opens nothing by itself: the reader must be the person who asked for it, by their cookie or token, and
//! gets what they may read at that moment. So a disabled account gets nothing, and a leaked URL is worth nothing.

use app::features::files::types_archive::{ArchiveQuery, ArchiveRequest, ArchiveUrl};
use secrecy::ExposeSecret;

use super::{Archives, selection::Selection};
use crate::{
    features::{
        auth::principal::Principal,
        files::{
            error::FileError,
            repo::{self, NewSelection},
        },
    },
    platform::tokens::{digest, opaque},
};

const PATH: &str = "/api/s3/archive";
const LIFETIME_SECONDS: u32 = 300;
/// How many unused URLs one user may have; one more replaces the oldest.
const WAITING: i64 = 10;

impl Archives {
    /// Stores a selection for a URL, if the caller may read all of it.
    ///
    /// # Errors
    /// [`FileError`]: the same refusals as the archive's, save for what is not there.
    #[tracing::instrument(level = "debug", name = "files.archive.link", skip_all, fields(user = %who.user_id))]
    pub async fn link(&self, who: &Principal, request: &ArchiveRequest) -> Result<ArchiveUrl, FileError> {
        let scope = self.files.scope(who, request.bucket.as_ref()).await?;
        Selection::read(&scope, request)?;
        let selection = serde_json::to_string(request)
            .map_err(|_| FileError::invalid("keys", "must be text that JSON can hold"))?;
        let token = opaque("fpk_zip_", self.platform.rng.as_ref());
        let now = self.platform.now();
        let new = NewSelection {
            token_hash: &digest(token.expose_secret()),
            user: who.user_id,
            selection: &selection,
            created_at: now,
            expires_at: now + i64::from(LIFETIME_SECONDS),
        };
        let mut transaction = self.platform.db.begin().await?;
        repo::insert(&mut transaction, &new, WAITING - 1).await?;
        transaction.commit().await?;
        let mut url = self.public_url.clone();
        url.set_path(PATH);
        url.query_pairs_mut()
            .append_pair("selection", token.expose_secret());
        Ok(ArchiveUrl {
            url: url.into(),
            expires_in: LIFETIME_SECONDS,
        })
    }

    /// Reads a selection without using up its URL.
    pub(super) async fn selected(
        &self,
        who: &Principal,
        token: &str,
        query: &ArchiveQuery,
    ) -> Result<ArchiveRequest, FileError> {
        if query.prefix.is_some() || !query.keys.is_empty() || query.bucket.is_some() {
            return Err(FileError::invalid(
                "selection",
                "says all there is to say, so it stands alone",
            ));
        }
        let (pool, now) = (self.platform.db.pool(), self.platform.now());
        let found = repo::find(pool, &digest(token), who.user_id, now).await?;
        let selection = found.ok_or(FileError::NoSelection)?;
        // Another version of this program may have stored it in another form.
        serde_json::from_str(&selection).map_err(|_| FileError::NoSelection)
    }

    pub(super) async fn spend(&self, who: &Principal, token: &str) -> Result<(), FileError> {
        let (pool, now) = (self.platform.db.pool(), self.platform.now());
        if repo::spend(pool, &digest(token), who.user_id, now).await? {
            Ok(())
        } else {
            Err(FileError::NoSelection)
        }
    }

    /// Deletes selections that nobody fetched.
    ///
    /// # Errors
    /// When the database fails.
    #[tracing::instrument(level = "debug", name = "files.archive.sweep", skip_all)]
    pub async fn sweep(&self) -> Result<(), FileError> {
        Ok(repo::sweep(self.platform.db.pool(), self.platform.now()).await?)
    }
}
