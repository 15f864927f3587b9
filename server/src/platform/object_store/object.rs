//! One object: what storage keeps of it beside its bytes, how it is read, and what a write demands.

use std::{collections::BTreeMap, io};

use app::contract::{Checksum, Timestamp};
use bytes::Bytes;
use futures::stream::BoxStream;

/// The metadata that every object bears which went up in parts: the id of its upload. A completion whose answer was lost
/// is recognised by it. Not shown to anyone.
pub const UPLOAD_MARK: &str = "forepeak-upload";

/// What is stored beside the bytes, as the writer gave it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectHeaders {
    pub content_type: Option<String>,
    pub content_encoding: Option<String>,
    pub content_language: Option<String>,
    pub content_disposition: Option<String>,
    pub cache_control: Option<String>,
    /// As it was given: S3 keeps it verbatim, whether or not it is a date.
    pub expires: Option<String>,
    /// Names without `x-amz-meta-`.
    pub metadata: BTreeMap<String, String>,
}

/// What storage knows of an object beside its bytes.
#[derive(Clone, Debug, Default)]
pub struct ObjectHead {
    pub headers: ObjectHeaders,
    /// Bytes of the whole object, also when a range is read.
    pub size: u64,
    pub last_modified: Option<Timestamp>,
    /// Without quotes; empty where storage names none.
    pub etag: String,
    pub version_id: Option<String>,
    pub storage_class: Option<String>,
    pub checksum: Option<Checksum>,
    /// The version asked for is a delete marker: it exists, but has no bytes.
    pub is_delete_marker: bool,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct GetRequest<'a> {
    pub version: Option<&'a str>,
    /// As in the `Range` header: `bytes=0-99`.
    pub range: Option<&'a str>,
    /// Only the object with this ETag (without quotes), else [`StoreError::PreconditionFailed`](super::StoreError). Not
    /// every server holds to it.
    pub if_match: Option<&'a str>,
}

/// An object opened for reading.
pub struct ObjectBytes {
    pub head: ObjectHead,
    /// `bytes 0-99/1000` when a range was asked for and granted.
    pub content_range: Option<String>,
    /// Bytes that will come; `None` where storage does not say.
    pub length: Option<u64>,
    pub stream: BoxStream<'static, io::Result<Bytes>>,
}

/// What must be true of the key before something is written to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    None,
    /// `If-None-Match: *`: no object of this key is there.
    Absent,
    /// `If-Match`: the object that is there has this ETag (without quotes).
    Matches(String),
}

/// Which conditions on writes a server holds to; others ignore them, or refuse the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConditionalWrites {
    /// [`Precondition::Absent`]
    pub if_none_match: bool,
    /// [`Precondition::Matches`]
    pub if_match: bool,
    /// Both of a copy's destination.
    pub copy: bool,
    /// [`DeleteTarget::etag`](super::DeleteTarget::etag)
    pub delete: bool,
}

impl ConditionalWrites {
    /// The condition under which exactly what is there now is replaced; none where storage would not hold to it.
    #[must_use]
    pub fn replacing(self, there: Option<&ObjectHead>) -> Precondition {
        match there {
            None => self.absent(),
            Some(there) if self.if_match && !there.etag.is_empty() => {
                Precondition::Matches(there.etag.clone())
            }
            Some(_) => Precondition::None,
        }
    }

    /// The condition that nothing is there; none where storage would not hold to it.
    #[must_use]
    pub fn absent(self) -> Precondition {
        if self.if_none_match {
            Precondition::Absent
        } else {
            Precondition::None
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Without quotes; empty where storage names none.
    pub etag: String,
    pub version_id: Option<String>,
}
