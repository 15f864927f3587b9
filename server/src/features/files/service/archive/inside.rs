//! Reads a stored ZIP by ranges: its end, its directory, one file. Nothing else of it is read, however large it is, and
//! all ranges come from the same object.

use std::io;

use app::{
    contract::UserKey,
    features::files::{
        types::ObjectRef,
        types_archive::{ArchiveEntry, ArchiveEntryQuery},
    },
};
use async_stream::try_stream;
use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt, TryStreamExt, stream::BoxStream};

use super::{Archives, budget::Reservation, plan::MAX_ENTRIES};
use crate::{
    features::{
        auth::principal::Principal,
        files::{
            error::FileError,
            service::version_of,
            zip::{
                inflate::Unpacking,
                read::{End, LOCAL_BYTES, Record, TAIL_BYTES, ZipError, local_length},
            },
        },
        scopes::{Access, Scope},
    },
    http::serving::ServedAs,
    platform::object_store::{GetRequest, ObjectBytes, StoreError},
};

/// The largest directory that is read: room for as many entries as our own archives may have.
const MAX_DIRECTORY_BYTES: u64 = 32 << 20;
/// Entries in one piece of the answer.
const BATCH: usize = 500;

/// One file out of a ZIP.
pub struct UnpackedEntry {
    /// Bytes, as the archive says; exactly as many come, or an error.
    pub length: u64,
    pub served: ServedAs,
    pub bytes: BoxStream<'static, io::Result<Bytes>>,
}

/// A ZIP, and the object that holds it.
struct Zip {
    scope: Scope,
    key: UserKey,
    version: Option<String>,
    etag: String,
}

/// The directory of a ZIP, all of whose entries were checked.
struct Directory {
    bytes: Bytes,
    end: End,
    _memory: Reservation,
}

impl Archives {
    /// Lists a ZIP as the JSON of
    /// [`ArchiveEntries`](app::features::files::types_archive::ArchiveEntries), a piece at a time.
    ///
    /// # Errors
    /// [`FileError::Zip`] for what is no ZIP, or a damaged one.
    #[tracing::instrument(level = "debug", name = "files.archive.entries", skip_all, fields(user = %who.user_id))]
    pub async fn entries(
        &self,
        who: &Principal,
        named: &ObjectRef,
    ) -> Result<impl Stream<Item = io::Result<Bytes>> + Send + 'static, FileError> {
        let (zip, tail) = self.find(who, named).await?;
        let memory = self.budget.reserve(who.user_id)?;
        let directory = self.directory(&zip, tail, memory).await?;
        Ok(json(directory))
    }

    /// Opens one file of a ZIP.
    ///
    /// # Errors [`FileError::Missing`] where the ZIP has none of this name; [`FileError::Zip`] for one that cannot be
    /// unpacked here.
    #[tracing::instrument(level = "debug", name = "files.archive.unpack", skip_all, fields(user = %who.user_id))]
    pub async fn unpack(
        &self,
        who: &Principal,
        query: &ArchiveEntryQuery,
    ) -> Result<UnpackedEntry, FileError> {
        let named = ObjectRef {
            key: query.key.clone(),
            version_id: query.version_id.clone(),
            bucket: query.bucket.clone(),
        };
        let (zip, tail) = self.find(who, &named).await?;
        let memory = self.budget.reserve(who.user_id)?;
        let directory = self.directory(&zip, tail, memory).await?;
        // Of two files with this name the later one counts.
        let record = directory
            .records()
            .filter(|record| record.name() == query.name)
            .last()
            .ok_or_else(|| FileError::Missing(query.name.clone()))?;
        if record.is_folder() {
            return Err(FileError::invalid("name", "is a folder of the archive"));
        }
        let method = record.method()?;
        let served = ServedAs::attachment(&query.name);
        let mut unpacking = Unpacking::new(method, record.size, record.crc);
        let input = zip.contents(&record, &directory.end).await?;
        let length = record.size;
        let bytes = try_stream! {
            if let Some(mut input) = input {
                while let Some(mut packed) = input.try_next().await? {
                    loop {
                        let unpacked = unpacking.take(&mut packed).map_err(io::Error::other)?;
                        if unpacked.is_empty() {
                            break;
                        }
                        yield unpacked;
                    }
                }
            }
            unpacking.finish().map_err(io::Error::other)?;
        };
        let bytes = bytes
            .inspect_err(|error: &io::Error| tracing::warn!(%error, "a file out of an archive was cut off"));
        Ok(UnpackedEntry {
            length,
            served,
            bytes: bytes.boxed(),
        })
    }

    /// The ZIP and its last bytes, in one request.
    async fn find(&self, who: &Principal, named: &ObjectRef) -> Result<(Zip, Tail), FileError> {
        let scope = self.files.scope(who, named.bucket.as_ref()).await?;
        let mut zip = Zip {
            key: scope.key("key", &named.key, Access::READ)?,
            scope,
            version: version_of(named.version_id.as_deref())?.map(str::to_owned),
            etag: String::new(),
        };
        let found = match zip.get(&format!("bytes=-{TAIL_BYTES}")).await {
            // An empty object has no last bytes.
            Err(FileError::Store(StoreError::RangeNotSatisfiable)) => return Err(ZipError::NotZip.into()),
            found => found?,
        };
        zip.etag.clone_from(&found.head.etag);
        let size = found.head.size;
        let expected = size.min(TAIL_BYTES);
        let bytes = collected(found, expected).await?;
        Ok((
            zip,
            Tail {
                at: size - expected,
                bytes,
            },
        ))
    }

    async fn directory(
        &self,
        zip: &Zip,
        tail: Tail,
        mut memory: Reservation,
    ) -> Result<Directory, FileError> {
        let end = End::find(&tail.bytes, tail.at)?;
        if end.size > MAX_DIRECTORY_BYTES || end.entries > MAX_ENTRIES as u64 {
            return Err(too_much());
        }
        let length = usize::try_from(end.size).map_err(|_| too_much())?;
        memory.grow_to(length)?;
        let in_tail = end
            .offset
            .checked_sub(tail.at)
            .and_then(|at| usize::try_from(at).ok());
        let bytes = match in_tail {
            Some(at) => tail.bytes.slice(at..at + length),
            None => zip.range(end.offset, end.size).await?,
        };
        let mut entries = 0;
        for record in Record::all(&bytes) {
            record?;
            entries += 1;
            if entries > MAX_ENTRIES {
                return Err(too_much());
            }
        }
        if !end.counts(entries as u64) {
            return Err(ZipError::Damaged("its directory has not as many entries as it says").into());
        }
        Ok(Directory {
            bytes,
            end,
            _memory: memory,
        })
    }
}

/// The last bytes of an object, and where they begin.
struct Tail {
    bytes: Bytes,
    at: u64,
}

fn too_much() -> FileError {
    FileError::invalid(
        "key",
        format!(
            "has a directory of more than {MAX_ENTRIES} entries or {} MiB, which is not read here",
            MAX_DIRECTORY_BYTES >> 20
        ),
    )
}

impl Directory {
    fn records(&self) -> impl Iterator<Item = Record<'_>> {
        Record::all(&self.bytes).filter_map(Result::ok)
    }
}

impl Zip {
    /// Reads a range of the object, the same object each time.
    async fn get(&self, range: &str) -> Result<ObjectBytes, FileError> {
        let etag = Some(self.etag.as_str()).filter(|etag| !etag.is_empty());
        let request = GetRequest {
            version: self.version.as_deref(),
            range: Some(range),
            if_match: etag,
        };
        let found = match self.scope.store.get(&self.scope.bucket, &self.key, request).await {
            Err(StoreError::NotFound) => return Err(FileError::NotFound),
            Err(StoreError::PreconditionFailed) => return Err(FileError::Changed),
            found => found?,
        };
        if etag.is_some_and(|etag| found.head.etag != etag) {
            return Err(FileError::Changed);
        }
        if found.content_range.is_none() {
            return Err(StoreError::Unsupported("ranges of an object".to_owned()).into());
        }
        Ok(found)
    }

    async fn open(&self, offset: u64, length: u64) -> Result<ObjectBytes, FileError> {
        self.get(&format!("bytes={offset}-{}", offset + length - 1)).await
    }

    /// Reads a whole range into memory, at most the few megabytes of a directory.
    async fn range(&self, offset: u64, length: u64) -> Result<Bytes, FileError> {
        if length == 0 {
            return Ok(Bytes::new());
        }
        collected(self.open(offset, length).await?, length).await
    }

    /// The packed bytes of an entry; `None` where there are none. They must end before the directory.
    async fn contents(
        &self,
        record: &Record<'_>,
        end: &End,
    ) -> Result<Option<BoxStream<'static, io::Result<Bytes>>>, FileError> {
        const OUTSIDE: ZipError = ZipError::Damaged("a file lies outside of it");
        let fits = |at: u64, length: u64| at.checked_add(length).filter(|ends| *ends <= end.offset);
        let header = record.offset.checked_add(end.shift).ok_or(OUTSIDE)?;
        fits(header, LOCAL_BYTES).ok_or(OUTSIDE)?;
        let local = local_length(&self.range(header, LOCAL_BYTES).await?)?;
        let begins = fits(header, local).ok_or(OUTSIDE)?;
        fits(begins, record.compressed_size).ok_or(OUTSIDE)?;
        if record.compressed_size == 0 {
            return Ok(None);
        }
        let found = self.open(begins, record.compressed_size).await?;
        Ok(Some(found.stream))
    }
}

/// Fails unless exactly the expected number of bytes comes.
async fn collected(found: ObjectBytes, expected: u64) -> Result<Bytes, FileError> {
    let broken = |why: String| FileError::Store(StoreError::Unavailable(why));
    let mut stream = found.stream;
    let mut bytes = BytesMut::new();
    while let Some(chunk) = stream
        .try_next()
        .await
        .map_err(|error| broken(error.to_string()))?
    {
        bytes.extend_from_slice(&chunk);
        if bytes.len() as u64 > expected {
            break;
        }
    }
    if bytes.len() as u64 == expected {
        Ok(bytes.freeze())
    } else {
        Err(broken("a range of another length came".to_owned()))
    }
}

/// Writes `{"entries": […]}` as a stream; each piece holds some of the entries.
fn json(directory: Directory) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    try_stream! {
        let mut out = b"{\"entries\":[".to_vec();
        let mut at = 0;
        let mut count = 0_usize;
        while let Some(record) = Record::next(&directory.bytes, &mut at).transpose().map_err(io::Error::other)? {
            if count > 0 {
                out.push(b',');
            }
            count += 1;
            serde_json::to_writer(&mut out, &entry(&record))?;
            if count.is_multiple_of(BATCH) {
                yield std::mem::take(&mut out).into();
            }
        }
        out.extend_from_slice(b"]}");
        yield out.into();
    }
}

fn entry(record: &Record<'_>) -> ArchiveEntry {
    ArchiveEntry {
        name: record.name().into_owned(),
        size: record.size,
        compressed_size: record.compressed_size,
        last_modified: record.modified(),
        is_folder: record.is_folder(),
    }
}
