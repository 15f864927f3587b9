//! Archives: downloads folders and selections as one ZIP, made while it is sent, and reads stored ZIPs.
//!
//! The steps of a download: the [`Selection`] names what is packed, the [`Plan`](plan::Plan) lists it and knows the
//! exact length, and the [`body`](body::body) writes it while the [reader](contents::Reader) opens the next objects. An
//! archive needs memory for its list, out of a [`Budget`], and a few megabytes.

mod body;
mod budget;
mod contents;
mod inside;
mod inventory;
mod link;
mod names;
mod plan;
mod selection;

use std::io;

use app::features::files::types_archive::{ArchiveQuery, ArchiveRequest};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use url::Url;

pub use inside::UnpackedEntry;

use budget::{AT_ONCE, Budget, NoRoom};
use contents::Origin;
use selection::Selection;

use super::Files;
use crate::{
    features::{auth::principal::Principal, files::error::FileError},
    http::serving::ServedAs,
    platform::Platform,
};

#[derive(Clone)]
pub struct Archives {
    files: Files,
    platform: Platform,
    public_url: Url,
    budget: Budget,
}

/// Whether the bytes are wanted, or the headers alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    Head,
    Bytes,
}

/// An archive that is being sent.
pub struct Archive {
    /// Bytes; exactly as many come, or an error.
    pub length: u64,
    pub content_disposition: String,
    pub bytes: BoxStream<'static, io::Result<Bytes>>,
}

impl Archives {
    #[must_use]
    pub fn new(files: Files, platform: Platform, public_url: Url) -> Self {
        Self {
            files,
            platform,
            public_url,
            budget: Budget::default(),
        }
    }

    /// Lists what is to be packed, and begins the archive.
    ///
    /// # Errors
    /// [`FileError::NoSelection`] for a URL that is not good (any more); [`FileError::Missing`] for what is not there.
    #[tracing::instrument(level = "debug", name = "files.archive.open", skip_all, fields(user = %who.user_id))]
    pub async fn open(
        &self,
        who: &Principal,
        query: &ArchiveQuery,
        wanted: Wanted,
    ) -> Result<Archive, FileError> {
        let request = match &query.selection {
            Some(token) => self.selected(who, token, query).await?,
            None => named(query)?,
        };
        let scope = self.files.scope(who, request.bucket.as_ref()).await?;
        let selection = Selection::read(&scope, &request)?;
        let memory = self.budget.reserve(who.user_id)?;
        let plan = plan::plan(&scope, &selection, memory).await?;
        if let (Some(token), Wanted::Bytes) = (&query.selection, wanted) {
            // Used up only now: a URL whose archive could not be listed is good for another try.
            self.spend(who, token).await?;
        }
        let served = ServedAs::attachment(&format!("{}.zip", selection.title));
        let length = plan.length;
        let origin = Origin {
            scope,
            base: selection.base,
        };
        let bytes = body::body(plan, origin)
            .inspect_err(|error| tracing::warn!(%error, "an archive was cut off"))
            .boxed();
        Ok(Archive {
            length,
            content_disposition: served.content_disposition,
            bytes,
        })
    }
}

impl From<NoRoom> for FileError {
    fn from(why: NoRoom) -> Self {
        match why {
            NoRoom::Full => Self::Busy,
            NoRoom::TooManyAtOnce => Self::TooManyArchives(AT_ONCE),
        }
    }
}

/// The folder or the objects that the query names.
fn named(query: &ArchiveQuery) -> Result<ArchiveRequest, FileError> {
    let prefixes: Vec<String> = query.prefix.iter().cloned().collect();
    match (prefixes.is_empty(), query.keys.is_empty()) {
        (true, true) => Err(FileError::invalid(
            "prefix",
            "must name a folder, or keys objects",
        )),
        (false, false) => Err(FileError::invalid(
            "prefix",
            "must not be given together with keys; POST takes both",
        )),
        _ => Ok(ArchiveRequest {
            keys: query.keys.clone(),
            prefixes,
            except: Vec::new(),
            bucket: query.bucket.clone(),
        }),
    }
}
