//! What the API answers.

use std::collections::BTreeMap;

use super::{PART, Reply, URL_SECONDS, Upload, World, sum};
use crate::{
    contract::{ApiError, ChecksumAlgorithm, ErrorCode, StoredPart, Timestamp},
    features::uploads::{
        engine::{Answer, Millis, Request},
        types::{
            CompleteRequest, MAX_PLANNED_FILES, MAX_SIGNED_PARTS, MAX_SINGLE_PUT, OnConflict, PlanRequest,
            PlanResponse, PlannedUpload, Replaced, SignPartsRequest, SignPartsResponse, SignedPart,
            StoredPartsResponse, UploadPlan, UploadRef, UploadedResponse,
        },
    },
    rest::CallError,
};

impl World {
    pub(super) fn call(&mut self, request: Request, reply: Reply) -> Result<Answer, CallError> {
        match reply {
            Reply::Network => return Err(CallError::Unreachable),
            Reply::Failing | Reply::Unreadable => return Err(CallError::Unavailable(None)),
            Reply::Full => {
                return Err(CallError::Refused {
                    status: 507,
                    error: ApiError::new(ErrorCode::StorageFull, "The server's disk is full."),
                });
            }
            Reply::Broken => {
                let error = ApiError::new(
                    ErrorCode::InternalError,
                    "Storage refused the upload (InvalidRequest).",
                );
                return Err(CallError::Unavailable(Some(error)));
            }
            Reply::Denied => return Err(CallError::SignedOut),
            Reply::Refused => {
                return Err(CallError::Refused {
                    status: 400,
                    error: ApiError::field("parts", "do not make an object"),
                });
            }
            Reply::TooMany => return Err(CallError::Throttled(5)),
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
            return Err(CallError::Unreachable);
        }
        answer
    }

    fn plan(&mut self, request: &PlanRequest) -> PlanResponse {
        assert!((1..=MAX_PLANNED_FILES).contains(&request.files.len()));
        let mut uploads = Vec::new();
        for file in &request.files {
            let report = request.on_conflict == OnConflict::Report;
            let mut keys = std::iter::once(&file.key).chain(&file.also_as);
            let there = keys.find_map(|key| Some((key, self.objects.get(key)?)));
            let plan = if let Some((key, there)) = there.filter(|_| report) {
                UploadPlan::Conflict {
                    existing_key: (*key != file.key).then(|| key.clone()),
                    size: there.2,
                    last_modified: Timestamp::from_unix(0),
                    etag: String::new(),
                    checksum: (there.2 <= MAX_SINGLE_PUT).then(|| sum(*there, ChecksumAlgorithm::Sha256)),
                }
            } else if file.size <= MAX_SINGLE_PUT {
                let mut headers = BTreeMap::new();
                let replaced = self.objects.get(&file.key).copied();
                match replaced {
                    Some(there) => headers.insert("if-match".to_owned(), format!("{there:?}")),
                    None => headers.insert("if-none-match".to_owned(), "*".to_owned()),
                };
                let checksum = file.checksum.as_ref().unwrap();
                headers.insert("x-checksum".to_owned(), checksum.value.clone());
                UploadPlan::Put {
                    url: format!("put|{}|{}", file.key, self.expiry()),
                    headers,
                    replaces: replaced.map(|there| Replaced {
                        size: there.2,
                        etag: format!("{there:?}"),
                        checksum: Some(sum(there, ChecksumAlgorithm::Sha256)),
                    }),
                }
            } else {
                assert_eq!(file.checksum_algorithm, Some(ChecksumAlgorithm::Crc32C));
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
        let upload = self.upload(&reference.upload_id, reply)?.clone();
        let parts = upload
            .parts
            .iter()
            .map(|(number, bytes)| StoredPart {
                part_number: *number,
                size: bytes.2 - bytes.1,
                etag: format!("{bytes:?}"),
                checksum: (!self.hides_checksums).then(|| sum(*bytes, ChecksumAlgorithm::Crc32C)),
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
}

fn gone() -> CallError {
    CallError::Refused {
        status: 404,
        error: ApiError::new(ErrorCode::ResourceNotFound, "no such upload"),
    }
}
