//! The engine's input (events) and output (effects): its whole contact with the world.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{FileId, JobId, Millis};
use crate::{
    contract::{BucketName, Checksum, ChecksumAlgorithm},
    features::uploads::types::{
        CompleteRequest, PlanRequest, PlanResponse, SignPartsRequest, SignPartsResponse, StoredPartsResponse,
        UploadRef, UploadedResponse,
    },
    rest::CallError,
};

/// A file that somebody picked. Its bytes stay with the driver, under the id that the driver gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    pub id: FileId,
    /// Where it goes, in full.
    pub key: String,
    /// Keys of the same name in other Unicode normal forms.
    pub also_as: Vec<String>,
    pub bucket: Option<BucketName>,
    /// What a person calls it: the file's name, or its path in the picked folder.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Milliseconds since the Unix epoch, as the browser reports it.
    pub last_modified: i64,
    pub content_type: Option<String>,
    /// The picked folder it came with.
    pub folder: Option<String>,
}

/// What is kept of an unfinished upload over a reload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub key: String,
    #[serde(default)]
    pub bucket: Option<BucketName>,
    pub upload_id: String,
    pub name: String,
    /// Bytes of the whole file and of each part.
    pub size: u64,
    pub part_size: u64,
    /// Of the file that was picked; `None` when only the server remembers the upload.
    pub last_modified: Option<i64>,
    pub algorithm: Option<ChecksumAlgorithm>,
}

/// Which files a command is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    One(FileId),
    /// Those that came with one picked folder.
    Folder(String),
    All,
}

/// What to do with a file whose place is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Skip,
    Overwrite,
    /// Upload beside it, as `name (1).ext`.
    KeepBoth,
}

#[derive(Clone, Debug)]
pub enum Event {
    Added(Vec<NewFile>),
    /// The file of an unfinished upload was picked again.
    Reopened {
        record: Record,
        file: NewFile,
    },
    Hashed {
        job: JobId,
        outcome: Result<Checksum, ReadError>,
    },
    Answered {
        job: JobId,
        outcome: Result<Answer, CallError>,
    },
    /// So many bytes of the job's range are out.
    Progressed {
        job: JobId,
        sent: u64,
    },
    Sent {
        job: JobId,
        outcome: Result<Receipt, SendError>,
    },
    Paused(Scope),
    Resumed(Scope),
    Cancelled(Scope),
    Retried(Scope),
    Decided {
        file: FileId,
        choice: Choice,
        /// Also for every other conflict of this run.
        for_all: bool,
    },
    /// Somebody signed in again after [`super::Engine::needs_sign_in`].
    SignedIn,
    Online,
    Offline,
    /// The moment asked for by [`Effect::WakeAt`] has come.
    Woken,
    /// Rows of files that are done, skipped or cancelled may go.
    Tidied,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Compute the checksum of the file's bytes in `range`; answer [`Event::Hashed`].
    Hash {
        job: JobId,
        file: FileId,
        range: Range<u64>,
        algorithm: ChecksumAlgorithm,
    },
    /// Ask the API; answer [`Event::Answered`].
    Call { job: JobId, request: Request },
    /// PUT the file's bytes in `range`; answer [`Event::Progressed`] as they go and [`Event::Sent`] at the end.
    Send {
        job: JobId,
        file: FileId,
        range: Range<u64>,
        url: String,
        headers: Vec<(String, String)>,
    },
    /// Break the job off. Whatever it still reports is ignored.
    Stop(JobId),
    /// Keep this over a reload.
    Save(Record),
    /// The upload is over; forget its record.
    Forget { upload_id: String },
    /// Send [`Event::Woken`] then, and forget earlier wishes.
    WakeAt(Millis),
    /// An object of this key is in storage.
    Finished { file: FileId, key: String },
    /// The file's bytes are no longer needed.
    Release(FileId),
}

/// One API call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    Plan(PlanRequest),
    Sign(SignPartsRequest),
    ListParts(UploadRef),
    Complete(CompleteRequest),
    Discard(UploadRef),
}

/// The answer to the [`Request`] of the same kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Plan(PlanResponse),
    Sign(SignPartsResponse),
    ListParts(StoredPartsResponse),
    Complete(UploadedResponse),
    Discarded,
}

/// What storage answered to a PUT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Without quotes; `None` when the bucket's CORS rules do not expose it.
    pub etag: Option<String>,
}

/// Why a PUT failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    Network,
    /// The file cannot be read any more.
    Unreadable,
    /// Storage refused, with the `Code` of its XML answer.
    Status {
        status: u16,
        code: Option<String>,
    },
}

/// The file cannot be read any more: it changed, moved, or the permission ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadError;
