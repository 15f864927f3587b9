//! A model of everything outside the engine. It answers jobs when told to, and objects to whatever the real world
//! would object to: a part of the wrong bytes, an upload put together with a hole, a bound that is exceeded.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{
    Answer, CallError, Config, Effect, Engine, Event, FileId, JobId, Millis, NewFile, ReadError, Receipt,
    Record, Request, SendError, Status,
};
use crate::{
    contract::{ApiError, ErrorCode, Timestamp},
    features::{
        files::types::{Checksum, ChecksumAlgorithm},
        uploads::types::{
            CompleteRequest, MAX_PLANNED_FILES, MAX_SIGNED_PARTS, MAX_SINGLE_PUT, OnConflict, PlanRequest,
            PlanResponse, PlannedUpload, SignPartsRequest, SignPartsResponse, SignedPart, StoredPart,
            StoredPartsResponse, UploadPlan, UploadRef, UploadedResponse,
        },
    },
};

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
    /// 500 or 503.
    Failing,
    /// 403 from storage, 401 from the API.
    Denied,
    /// 404 from storage or API: the upload is gone.
    Gone,
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
        }
    }

    pub(super) fn file(id: u32, name: &str, size: u64) -> NewFile {
        NewFile {
            id: FileId(id),
            key: format!("users/ada/{name}"),
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

    fn store(
        &mut self,
        url: &str,
        headers: &[(String, String)],
        bytes: Bytes,
        reply: Reply,
    ) -> Result<Receipt, SendError> {
        let status = |status, code: &str| {
            Err(SendError::Status {
                status,
                code: Some(code.to_owned()),
            })
        };
        match reply {
            Reply::Network | Reply::TooMany => return Err(SendError::Network),
            Reply::Failing => return status(503, "SlowDown"),
            Reply::Denied => return status(403, "AccessDenied"),
            Reply::Unreadable => return Err(SendError::Unreadable),
            Reply::Gone | Reply::Well | Reply::LostAnswer => {}
        }
        let mut fields = url.split('|');
        let (kind, target) = (fields.next().unwrap(), fields.next().unwrap());
        let expires: Millis = fields.next().unwrap().parse().unwrap();
        if expires <= self.now {
            return status(403, "AccessDenied");
        }
        let header = |name: &str| {
            headers
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value)
        };
        if header("x-checksum").is_some_and(|signed| *signed != sum(bytes, ChecksumAlgorithm::Sha256).value) {
            return status(400, "BadDigest");
        }
        self.taken += bytes.2 - bytes.1;
        if kind == "put" {
            if header("if-none-match").is_some() && self.objects.contains_key(target) {
                return status(412, "PreconditionFailed");
            }
            self.objects.insert(target.to_owned(), bytes);
        } else {
            if reply == Reply::Gone {
                self.uploads.remove(target);
            }
            let number: u32 = fields.next().unwrap().parse().unwrap();
            let Some(upload) = self.uploads.get_mut(target) else {
                return status(404, "NoSuchUpload");
            };
            assert_eq!(
                bytes.1,
                u64::from(number - 1) * PART,
                "part {number} is of other bytes"
            );
            upload.parts.insert(number, bytes);
        }
        if reply == Reply::LostAnswer {
            return Err(SendError::Network);
        }
        Ok(Receipt {
            etag: (!self.hides_etag).then(|| format!("{bytes:?}")),
        })
    }

    fn call(&mut self, request: Request, reply: Reply) -> Result<Answer, CallError> {
        match reply {
            Reply::Network => return Err(CallError::Network),
            Reply::Failing | Reply::Unreadable => return Err(CallError::Unavailable),
            Reply::Denied => return Err(CallError::SignedOut),
            Reply::TooMany => return Err(CallError::RateLimited { retry_after: 5_000 }),
            Reply::Well | Reply::LostAnswer | Reply::Gone => {}
        }
        let answer = match request {
            Request::Plan(request) => Ok(Answer::Plan(self.plan(&request))),
            Request::Sign(request) => self.sign(&request, reply),
            Request::ListParts(reference) => self.list(&reference, reply),
            Request::Complete(request) => self.complete(&request),
            Request::Discard(reference) => {
                self.uploads.remove(&reference.upload_id);
                Ok(Answer::Discarded)
            }
        };
        if reply == Reply::LostAnswer {
            return Err(CallError::Network);
        }
        answer
    }

    fn plan(&mut self, request: &PlanRequest) -> PlanResponse {
        assert!((1..=MAX_PLANNED_FILES).contains(&request.files.len()));
        let mut uploads = Vec::new();
        for file in &request.files {
            let report = request.on_conflict == OnConflict::Report;
            let there = self.objects.get(&file.key).filter(|_| report);
            let plan = if let Some(there) = there {
                UploadPlan::Conflict {
                    size: there.2,
                    last_modified: Timestamp::from_unix(0).unwrap(),
                    etag: String::new(),
                    checksum: (there.2 <= MAX_SINGLE_PUT).then(|| sum(*there, ChecksumAlgorithm::Sha256)),
                }
            } else if file.size <= MAX_SINGLE_PUT {
                let mut headers = BTreeMap::new();
                if report {
                    headers.insert("if-none-match".to_owned(), "*".to_owned());
                }
                let checksum = file.checksum.as_ref().unwrap();
                headers.insert("x-checksum".to_owned(), checksum.value.clone());
                UploadPlan::Put {
                    url: format!("put|{}|{}", file.key, self.expiry()),
                    headers,
                }
            } else {
                assert_eq!(file.checksum_algorithm, Some(ChecksumAlgorithm::Sha256));
                self.made += 1;
                let upload_id = format!("upload-{}", self.made);
                self.uploads.insert(
                    upload_id.clone(),
                    Upload {
                        key: file.key.clone(),
                        size: file.size,
                        only_if_absent: report,
                        parts: BTreeMap::new(),
                    },
                );
                UploadPlan::Multipart {
                    upload_id,
                    part_size: PART,
                    parts: Vec::new(),
                }
            };
            uploads.push(PlannedUpload {
                key: file.key.clone(),
                plan,
            });
        }
        PlanResponse {
            uploads,
            expires_in: URL_SECONDS,
        }
    }

    fn expiry(&self) -> Millis {
        self.now + u64::from(URL_SECONDS) * 1000
    }

    fn sign(&mut self, request: &SignPartsRequest, reply: Reply) -> Result<Answer, CallError> {
        assert!((1..=MAX_SIGNED_PARTS).contains(&request.parts.len()));
        let upload = self.upload(&request.upload_id, reply)?;
        assert_eq!(upload.key, request.key);
        let expires = self.expiry();
        let parts = request
            .parts
            .iter()
            .map(|part| SignedPart {
                part_number: part.part_number,
                url: format!("part|{}|{expires}|{}", request.upload_id, part.part_number),
                headers: BTreeMap::from([(
                    "x-checksum".to_owned(),
                    part.checksum.clone().expect("a part without a checksum").value,
                )]),
            })
            .collect();
        Ok(Answer::Sign(SignPartsResponse {
            parts,
            expires_in: URL_SECONDS,
        }))
    }

    fn list(&mut self, reference: &UploadRef, reply: Reply) -> Result<Answer, CallError> {
        let upload = self.upload(&reference.upload_id, reply)?;
        let parts = upload
            .parts
            .iter()
            .map(|(number, bytes)| StoredPart {
                part_number: *number,
                size: bytes.2 - bytes.1,
                etag: format!("{bytes:?}"),
                checksum: Some(sum(*bytes, ChecksumAlgorithm::Sha256)),
            })
            .collect();
        Ok(Answer::ListParts(StoredPartsResponse { parts }))
    }

    fn complete(&mut self, request: &CompleteRequest) -> Result<Answer, CallError> {
        let uploaded = || {
            Ok(Answer::Complete(UploadedResponse {
                key: request.key.clone(),
                etag: String::new(),
                version_id: None,
                message: String::new(),
            }))
        };
        let Some(upload) = self.uploads.get(&request.upload_id) else {
            // Completed before, and the answer was lost: the same answer again.
            let joined = self
                .objects
                .get(&request.key)
                .is_some_and(|bytes| bytes.2 > MAX_SINGLE_PUT);
            return if joined { uploaded() } else { Err(gone()) };
        };
        let overwrite = request.on_conflict == Some(OnConflict::Overwrite);
        if upload.only_if_absent && !overwrite && self.objects.contains_key(&request.key) {
            return Err(CallError::Refused {
                status: 409,
                error: ApiError::new(ErrorCode::Conflict, "taken"),
            });
        }
        let mut at = 0;
        let mut content = None;
        for (index, part) in request.parts.iter().enumerate() {
            assert_eq!(
                part.part_number as usize,
                index + 1,
                "a hole or a part named twice"
            );
            let stored = upload.parts[&part.part_number];
            assert_eq!(
                part.etag,
                format!("{stored:?}"),
                "an ETag that storage did not give"
            );
            assert_eq!(stored.1, at);
            assert!(
                content.is_none_or(|content| content == stored.0),
                "two files mixed in one"
            );
            content = Some(stored.0);
            at = stored.2;
        }
        assert_eq!(at, upload.size, "put together short");
        self.objects
            .insert(request.key.clone(), (content.unwrap(), 0, upload.size));
        self.uploads.remove(&request.upload_id);
        uploaded()
    }

    fn upload(&mut self, upload_id: &str, reply: Reply) -> Result<&Upload, CallError> {
        if reply == Reply::Gone {
            self.uploads.remove(upload_id);
        }
        self.uploads.get(upload_id).ok_or_else(gone)
    }

    /// Lets time pass; the driver's timer goes off on the way.
    pub(super) fn pass(&mut self, by: Millis) {
        let end = self.now + by;
        while let Some(moment) = self.wake.filter(|moment| *moment <= end) {
            self.now = self.now.max(moment);
            self.wake = None;
            self.tell(Event::Woken);
        }
        self.now = end;
    }

    /// From now on everything works, until nothing is left to do. Answers how long that took.
    pub(super) fn calm(&mut self) -> Millis {
        let start = self.now;
        self.tell(Event::Online);
        for _ in 0..200_000 {
            if self.engine.needs_sign_in() {
                self.tell(Event::SignedIn);
            }
            if let Some(job) = self.pending.keys().next().copied() {
                self.now += 5;
                self.reply(job, Reply::Well);
            } else if let Some(moment) = self.wake.take() {
                self.now = self.now.max(moment);
                self.tell(Event::Woken);
            } else {
                return self.now - start;
            }
        }
        panic!("it never comes to rest: {:?}", self.pending);
    }

    /// The page is reloaded: the engine and its jobs are gone, records and storage are not. Every file whose
    /// upload is recorded is picked again; the others are new.
    pub(super) fn reload(&mut self, seed: u64) {
        let open: BTreeSet<FileId> = self
            .engine
            .files()
            .filter(|(_, file)| {
                !matches!(
                    file.status(self.now),
                    Status::Done | Status::Skipped | Status::Cancelled
                )
            })
            .map(|(id, _)| id)
            .collect();
        self.engine = Engine::new(self.config.clone(), seed);
        self.pending.clear();
        self.wake = None;
        let mut fresh = Vec::new();
        for id in open {
            let file = self.picked[&id].clone();
            let record = self
                .records
                .values()
                .find(|record| record.name == file.name)
                .cloned();
            match record {
                Some(record) => self.tell(Event::Reopened { record, file }),
                None => fresh.push(file),
            }
        }
        self.tell(Event::Added(fresh));
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

fn gone() -> CallError {
    CallError::Refused {
        status: 404,
        error: ApiError::new(ErrorCode::ResourceNotFound, "no such upload"),
    }
}
