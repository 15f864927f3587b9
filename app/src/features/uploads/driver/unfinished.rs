//! Uploads that an earlier page left unfinished: remembered by this browser, by the server, or both.

use std::{collections::HashSet, rc::Rc};

use leptos::task::spawn_local;
use wasm_bindgen::JsValue;

use super::{Driver, PickedFile, claim, forms::Decomposed, pick, records};
use crate::{
    contract::key::name_of,
    features::{
        files::here,
        uploads::{
            board::Unfinished,
            client,
            engine::{Effect, Event, NewFile, Record, Status},
            handle::Target,
            types::UploadRef,
        },
    },
    rest::CallError,
};

/// How far at most so many uploads are is asked for; it takes one call each.
const MEASURED: usize = 5;

pub(super) struct Remembered {
    record: Record,
    handle: Option<JsValue>,
    stored: Option<u64>,
}

impl Driver {
    /// Finds what is unfinished. The server knows what storage still has; this browser knows the file's name and,
    /// at best, the file.
    pub(super) fn recall(self: &Rc<Self>) -> impl Future<Output = ()> + 'static {
        let driver = self.clone();
        async move {
            // Those into other buckets go on where these are shown.
            let bucket = here::bucket();
            let mut kept = records::all(&driver.user).await;
            kept.retain(|kept| kept.record.bucket == bucket);
            let elsewhere = claim::claimed().await;
            let Ok(known) = client::unfinished(bucket.clone()).await else {
                // Without the server nothing can go on either; what is kept stays for the next page.
                return;
            };
            let alive: HashSet<_> = known
                .uploads
                .iter()
                .map(|upload| upload.upload_id.clone())
                .collect();
            let mut handles = Vec::new();
            for kept in kept {
                if alive.contains(&kept.record.upload_id) {
                    handles.push(kept);
                } else {
                    records::forget(&kept.record.upload_id).await;
                }
            }
            for upload in known.uploads {
                if elsewhere.contains(&upload.upload_id) {
                    continue;
                }
                let own = handles
                    .iter()
                    .position(|kept| kept.record.upload_id == upload.upload_id)
                    .map(|index| handles.swap_remove(index));
                let remembered = match (own, upload.size, upload.part_size) {
                    (Some(kept), ..) => Remembered {
                        record: kept.record,
                        handle: kept.handle,
                        stored: None,
                    },
                    (None, Some(size), Some(part_size)) => Remembered {
                        record: Record {
                            name: name_of(&upload.key).to_owned(),
                            key: upload.key,
                            bucket: bucket.clone(),
                            upload_id: upload.upload_id,
                            size,
                            part_size,
                            last_modified: None,
                            algorithm: None,
                        },
                        handle: None,
                        stored: None,
                    },
                    // Begun by a script, which alone knows what it is.
                    _ => continue,
                };
                driver.unfinished.borrow_mut().push(remembered);
            }
            driver.redraw_soon();
            driver.measure().await;
        }
    }

    async fn measure(self: &Rc<Self>) {
        let uploads: Vec<_> = self
            .unfinished
            .borrow()
            .iter()
            .take(MEASURED)
            .map(|remembered| reference(&remembered.record))
            .collect();
        for upload in uploads {
            let upload_id = upload.upload_id.clone();
            let Ok(answer) = client::stored_parts(&upload).await else {
                continue;
            };
            let stored = answer.parts.iter().map(|part| part.size).sum();
            for remembered in self.unfinished.borrow_mut().iter_mut() {
                if remembered.record.upload_id == upload_id {
                    remembered.stored = Some(stored);
                }
            }
            self.redraw_soon();
        }
    }

    pub(super) fn unfinished_to_show(&self) -> Vec<Unfinished> {
        let engine = self.engine.borrow();
        let driven: HashSet<_> = engine.files().filter_map(|(_, file)| file.upload_id()).collect();
        self.unfinished
            .borrow()
            .iter()
            .filter(|remembered| !driven.contains(remembered.record.upload_id.as_str()))
            .map(|remembered| Unfinished {
                upload_id: remembered.record.upload_id.clone(),
                name: remembered.record.name.clone(),
                size: remembered.record.size,
                stored: remembered.stored,
                can_reopen: remembered.handle.is_some(),
            })
            .collect()
    }

    /// The unfinished upload that a newly picked file continues, by its place, its name and its size.
    pub(super) fn unfinished_for(&self, file: &NewFile) -> Option<Record> {
        let engine = self.engine.borrow();
        let mut driven = engine.files().filter_map(|(_, known)| known.upload_id());
        let same = |record: &Record| {
            let is_here = record.key == file.key || file.also_as.contains(&record.key);
            is_here && record.bucket == file.bucket && record.size == file.size
        };
        let refused = |record: &Record| {
            engine.files().any(|(_, known)| {
                known.info().key == record.key && matches!(known.status(0), Status::Failed(_))
            })
        };
        self.unfinished
            .borrow()
            .iter()
            .map(|remembered| &remembered.record)
            .find(|record| same(record) && !refused(record) && !driven.any(|id| id == record.upload_id))
            .cloned()
    }

    pub(super) fn reopen(self: &Rc<Self>, record: Record, file: NewFile) {
        self.hold(&record.upload_id);
        self.tell(Event::Reopened { record, file });
    }

    /// Goes on with an unfinished upload: with its kept handle if there is one, else by asking for the file.
    pub(super) fn go_on(self: &Rc<Self>, upload_id: &str) {
        let found = self
            .unfinished
            .borrow()
            .iter()
            .find(|remembered| remembered.record.upload_id == upload_id)
            .map(|remembered| (remembered.record.clone(), remembered.handle.clone()));
        let Some((record, handle)) = found else { return };
        let driver = self.clone();
        match handle {
            None => pick::pick(false, false, move |picked| driver.go_on_with(record, picked)),
            Some(handle) => spawn_local(async move {
                let Some(file) = pick::reopened(&handle).await else {
                    // Moved, deleted, or not permitted: the file is asked for next time.
                    return driver.lose_handle(&record.upload_id);
                };
                let picked = PickedFile {
                    path: file.name(),
                    file,
                    handle: Some(handle),
                };
                driver.go_on_with(record, vec![picked]);
            }),
        }
    }

    fn go_on_with(self: &Rc<Self>, record: Record, picked: Vec<PickedFile>) {
        let target = Target {
            prefix: String::new(),
            bucket: record.bucket.clone(),
        };
        for picked in picked.into_iter().take(1) {
            let mut file = self.admit(&target, picked, &Decomposed::default());
            file.name.clone_from(&record.name);
            self.reopen(record.clone(), file);
        }
    }

    fn lose_handle(self: &Rc<Self>, upload_id: &str) {
        for remembered in self.unfinished.borrow_mut().iter_mut() {
            if remembered.record.upload_id == upload_id {
                remembered.handle = None;
            }
        }
        self.redraw_soon();
    }

    /// Throws an unfinished upload away, in storage too.
    pub(super) fn discard(self: &Rc<Self>, upload_id: &str) {
        let found = self
            .unfinished
            .borrow()
            .iter()
            .find(|remembered| remembered.record.upload_id == upload_id)
            .map(|remembered| reference(&remembered.record));
        let Some(upload) = found else { return };
        let driver = self.clone();
        spawn_local(async move {
            match client::discard(&upload, None).await {
                Ok(()) | Err(CallError::Refused { status: 404, .. }) => {
                    let upload_id = upload.upload_id;
                    driver.carry_out(Effect::Forget { upload_id });
                    driver.redraw_soon();
                }
                // It stays in the list, to be tried again.
                Err(_) => {}
            }
        });
    }

    pub(super) fn remember(self: &Rc<Self>, record: Record) {
        self.hold(&record.upload_id);
        let engine = self.engine.borrow();
        let handle = engine
            .files()
            .find(|(_, file)| file.upload_id() == Some(&record.upload_id))
            .and_then(|(id, _)| self.sources.borrow().get(&id)?.handle.clone());
        self.unfinished.borrow_mut().push(Remembered {
            record: record.clone(),
            handle: handle.clone(),
            stored: None,
        });
        let user = self.user.clone();
        spawn_local(async move { records::save(&user, &record, handle.as_ref()).await });
    }

    pub(super) fn forget(&self, upload_id: &str) {
        self.unfinished
            .borrow_mut()
            .retain(|remembered| remembered.record.upload_id != upload_id);
        self.claims.borrow_mut().remove(upload_id);
        let upload_id = upload_id.to_owned();
        spawn_local(async move { records::forget(&upload_id).await });
    }

    fn hold(&self, upload_id: &str) {
        if let Some(claim) = claim::claim(upload_id) {
            self.claims
                .borrow_mut()
                .entry(upload_id.to_owned())
                .or_insert(claim);
        }
    }
}

fn reference(record: &Record) -> UploadRef {
    UploadRef {
        key: record.key.clone(),
        upload_id: record.upload_id.clone(),
        bucket: record.bucket.clone(),
    }
}
