//! A model of everything outside the engine. It answers jobs when told to, and objects to whatever the real world
//! would object to: a part of the wrong bytes, an upload put together with a hole, a bound that is exceeded.

use std::collections::BTreeMap;

use super::super::{
    Config, Effect, Engine, Event, FileId, JobId, Millis, NewFile, ReadError, Record, Request, Status,
};
use crate::contract::{Checksum, ChecksumAlgorithm};

mod api;
mod course;
mod storage;

pub(super) const MIB: u64 = 1024 * 1024;
pub(super) const PART: u64 = 8 * MIB;
const URL_SECONDS: u32 = 900;

/// The bytes of a range of a file, as a name. `content` tells files apart.
type Bytes = (u32, u64, u64);

#[derive(Clone, Debug)]
struct Upload {
    key: String,
    size: u64,
    only_if_absent: bool,
    parts: BTreeMap<u32, Bytes>,
}

/// How the world answers a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Well,
    /// It works, but the answer is lost.
    LostAnswer,
    Network,
    /// 503.
    Failing,
    /// 507.
    Full,
    /// 500, with what went wrong.
    Broken,
    /// 403 from storage, 401 from the API.
    Denied,
    /// 404 from storage or API: the upload is gone.
    Gone,
    /// 400.
    Refused,
    /// 429 with 5 seconds.
    TooMany,
    Unreadable,
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) engine: Engine,
    pub(super) now: Millis,
    config: Config,
    pending: BTreeMap<JobId, Effect>,
    wake: Option<Millis>,
    /// What each file holds; the same number is the same content.
    pub(super) contents: BTreeMap<FileId, u32>,
    picked: BTreeMap<FileId, NewFile>,
    pub(super) objects: BTreeMap<String, Bytes>,
    /// How often a single PUT was stored under each key.
    pub(super) written: BTreeMap<String, u32>,
    uploads: BTreeMap<String, Upload>,
    made: u32,
    pub(super) records: BTreeMap<String, Record>,
    pub(super) finished: Vec<String>,
    pub(super) calls: Vec<(Millis, &'static str)>,
    /// Bytes storage took in, and the most transfers at once.
    pub(super) taken: u64,
    pub(super) most_transfers: usize,
    pub(super) most_hashes: usize,
    told: u32,
    /// The bucket's CORS rules do not expose ETag.
    pub(super) hides_etag: bool,
    /// Storage lists no checksums of parts, and the server has none either.
    pub(super) hides_checksums: bool,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let config = Config::default();
        Self {
            engine: Engine::new(config.clone(), seed),
            now: 1_000,
            config,
            pending: BTreeMap::new(),
            wake: None,
            contents: BTreeMap::new(),
            picked: BTreeMap::new(),
            objects: BTreeMap::new(),
            written: BTreeMap::new(),
            uploads: BTreeMap::new(),
            made: 0,
            records: BTreeMap::new(),
            finished: Vec::new(),
            calls: Vec::new(),
            taken: 0,
            most_transfers: 0,
            most_hashes: 0,
            told: 0,
            hides_etag: false,
            hides_checksums: false,
        }
    }

    pub(super) fn file(id: u32, name: &str, size: u64) -> NewFile {
        NewFile {
            id: FileId(id),
            key: format!("users/ada/{name}"),
            also_as: Vec::new(),
            bucket: None,
            name: name.to_owned(),
            size,
            last_modified: 1_700_000_000_000,
            content_type: None,
            folder: name.split_once('/').map(|(folder, _)| folder.to_owned()),
        }
    }

    pub(super) fn add(&mut self, files: Vec<NewFile>) {
        for file in &files {
            self.contents.insert(file.id, file.id.0);
            self.picked.insert(file.id, file.clone());
        }
        self.tell(Event::Added(files));
    }

    pub(super) fn tell(&mut self, event: Event) {
        let effects = self.engine.handle(self.now, event);
        for effect in effects {
            self.carry_out(effect);
        }
        self.check_bounds();
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Hash { job, .. } | Effect::Send { job, .. } => {
                self.pending.insert(job, effect);
            }
            Effect::Call { job, ref request } => {
                let name = match request {
                    Request::Plan(_) => "plan",
                    Request::Sign(_) => "sign",
                    Request::ListParts(_) => "list",
                    Request::Complete(_) => "complete",
                    Request::Discard(_) => "discard",
                };
                self.calls.push((self.now, name));
                self.pending.insert(job, effect);
            }
            Effect::Stop(job) => {
                self.pending.remove(&job);
            }
            Effect::Save(record) => {
                self.records.insert(record.upload_id.clone(), record);
            }
            Effect::Forget { upload_id } => {
                self.records.remove(&upload_id);
            }
            Effect::WakeAt(moment) => self.wake = Some(moment),
            Effect::Finished { key, .. } => self.finished.push(key),
            Effect::Release(_) => {}
        }
    }

    fn check_bounds(&mut self) {
        let count = |which: fn(&Effect) -> bool| self.pending.values().filter(|effect| which(effect)).count();
        let transfers = count(|effect| matches!(effect, Effect::Send { .. }));
        let hashes = count(|effect| matches!(effect, Effect::Hash { .. }));
        self.most_transfers = self.most_transfers.max(transfers);
        self.most_hashes = self.most_hashes.max(hashes);
        assert!(
            transfers <= self.config.transfers,
            "{transfers} transfers at once"
        );
        assert!(hashes <= self.config.hashes, "{hashes} hashes at once");
        // Sums over thousands of files are compared now and then.
        self.told += 1;
        if self.picked.len() > 100 && !self.told.is_multiple_of(500) {
            return;
        }
        let totals = self.engine.totals(self.now);
        assert!(totals.sent <= totals.size, "{totals:?}");
        let each: u64 = self
            .engine
            .files()
            .filter(|(_, file)| !matches!(file.status(self.now), Status::Skipped | Status::Cancelled))
            .map(|(id, _)| self.engine.progress(id).sent)
            .sum();
        assert_eq!(each, totals.sent, "the files' bytes and the total differ");
    }

    pub(super) fn pending(&self) -> Vec<JobId> {
        self.pending.keys().copied().collect()
    }

    pub(super) fn pending_where(&self, which: impl Fn(&Effect) -> bool) -> Vec<JobId> {
        self.pending
            .iter()
            .filter(|(_, effect)| which(effect))
            .map(|(job, _)| *job)
            .collect()
    }

    pub(super) fn is_pending(&self, which: impl Fn(&Effect) -> bool) -> bool {
        self.pending.values().any(which)
    }

    pub(super) fn pending_parts(&self) -> usize {
        self.pending
            .values()
            .filter(|effect| matches!(effect, Effect::Send { .. }))
            .count()
    }

    /// Answers one job.
    pub(super) fn reply(&mut self, job: JobId, reply: Reply) {
        let Some(effect) = self.pending.remove(&job) else {
            return;
        };
        let event = match effect {
            Effect::Hash {
                file,
                range,
                algorithm,
                ..
            } => Event::Hashed {
                job,
                outcome: match reply {
                    Reply::Unreadable => Err(ReadError),
                    _ => Ok(self.checksum(file, range.start, range.end, algorithm)),
                },
            },
            Effect::Call { request, .. } => Event::Answered {
                job,
                outcome: self.call(request, reply),
            },
            Effect::Send {
                file,
                range,
                url,
                headers,
                ..
            } => {
                self.tell(Event::Progressed {
                    job,
                    sent: (range.end - range.start) / 2,
                });
                let bytes = (self.contents[&file], range.start, range.end);
                Event::Sent {
                    job,
                    outcome: self.store(&url, &headers, bytes, reply),
                }
            }
            other => unreachable!("{other:?} is not a job"),
        };
        self.tell(event);
    }

    fn checksum(&self, file: FileId, start: u64, end: u64, algorithm: ChecksumAlgorithm) -> Checksum {
        sum((self.contents[&file], start, end), algorithm)
    }

    pub(super) fn status(&self, id: u32) -> Status {
        self.engine.file(FileId(id)).unwrap().status(self.now)
    }

    pub(super) fn unfinished(&self) -> usize {
        self.uploads.len()
    }

    pub(super) fn lose_uploads(&mut self) {
        self.uploads.clear();
    }

    pub(super) fn stored_parts(&self) -> usize {
        self.uploads.values().map(|upload| upload.parts.len()).sum()
    }

    /// The most calls within any minute.
    pub(super) fn busiest_minute(&self) -> usize {
        self.calls
            .iter()
            .enumerate()
            .map(|(index, (start, _))| {
                self.calls[index..]
                    .iter()
                    .take_while(|(at, _)| *at < start + 60_000)
                    .count()
            })
            .max()
            .unwrap_or(0)
    }
}

fn sum(bytes: Bytes, algorithm: ChecksumAlgorithm) -> Checksum {
    Checksum {
        algorithm,
        value: format!("{bytes:?}"),
    }
}
