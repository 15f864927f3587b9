//! Picked files on their way into the engine.

use std::rc::Rc;

use leptos::task::spawn_local;

use super::{
    Driver, PickedFile, Source,
    forms::{self, Decomposed, Forms},
    pick,
};
use crate::{
    features::uploads::{
        engine::{Event, FileId, NewFile},
        handle::{Target, UploadHandler},
        held::Held,
    },
    format,
};

impl Driver {
    /// Files that belong to an unfinished upload of the same place and size go on with it; the rest is new.
    fn add(self: &Rc<Self>, target: &Target, picked: Vec<PickedFile>, known: &Decomposed) {
        let mut fresh = Vec::new();
        for picked in picked {
            let file = self.admit(target, picked, known);
            match self.unfinished_for(&file) {
                Some(record) => self.reopen(record, file),
                None => fresh.push(file),
            }
        }
        if !fresh.is_empty() {
            self.tell(Event::Added(fresh));
        }
    }

    /// Keeps the file's bytes in reach under a new id.
    pub(super) fn admit(&self, target: &Target, picked: PickedFile, known: &Decomposed) -> NewFile {
        let id = FileId(self.given.get());
        self.given.set(id.0 + 1);
        let Forms { path, also } = known.forms_of(&picked.path);
        let whole_key = |path: &str| format!("{}{path}", target.prefix);
        let file = NewFile {
            id,
            key: whole_key(&path),
            also_as: also.iter().map(|path| whole_key(path)).collect(),
            bucket: target.bucket.clone(),
            folder: path.split_once('/').map(|(folder, _)| folder.to_owned()),
            name: path,
            size: whole(picked.file.size()),
            last_modified: moment(picked.file.last_modified()),
            content_type: Some(picked.file.type_()).filter(|kind| !kind.is_empty()),
        };
        let source = Source {
            file: picked.file,
            handle: picked.handle,
        };
        self.sources.borrow_mut().insert(id, source);
        file
    }

    fn tell_unreadable(&self, paths: &[String]) {
        let text = match paths {
            [] => return,
            [path] => format!("“{path}” could not be read, so it was left out."),
            [path, ..] => format!(
                "“{path}” and {} could not be read, so they were left out.",
                format::count(paths.len() as u64 - 1, "other", "others")
            ),
        };
        self.toasts.error(text);
    }
}

impl UploadHandler for Driver {
    fn pick(self: Rc<Self>, folder: bool, target: Target) {
        pick::pick(folder, true, move |picked| {
            spawn_local(async move {
                let known = Decomposed::look(&target, forms::paths(&picked)).await;
                self.add(&target, picked, &known);
            });
        });
    }

    fn take(self: Rc<Self>, held: Held, target: Target) {
        spawn_local(async move {
            let dropped = pick::unpacked(held).await;
            let empty = dropped.empty_folders.iter().map(|path| format!("{path}/"));
            let empty: Vec<_> = empty.collect();
            let paths = forms::paths(&dropped.files).chain(empty.iter().map(String::as_str));
            let known = Decomposed::look(&target, paths).await;
            self.add(&target, dropped.files, &known);
            self.tell_unreadable(&dropped.unreadable);
            let empty = empty.iter().map(|path| known.forms_of(path).path);
            self.make_folders(&target, empty.collect()).await;
        });
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a file's size, below 2^53"
)]
const fn whole(size: f64) -> u64 {
    size as u64
}

#[expect(clippy::cast_possible_truncation, reason = "milliseconds since the epoch")]
const fn moment(milliseconds: f64) -> i64 {
    milliseconds as i64
}
