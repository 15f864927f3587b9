//! Files whose place is taken.

use super::{Choice, Engine, FileId, Phase, file::Existing};
use crate::{contract::naming::numbered, features::uploads::types::OnConflict};

/// After so many taken names in a row somebody is asked again.
const COPIES: u32 = 100;

impl Engine {
    pub(super) fn decide(&mut self, id: FileId, choice: Choice, for_all: bool) {
        if !for_all {
            self.apply(id, choice);
            return;
        }
        self.for_all = Some(choice);
        let waiting: Vec<_> = self
            .files
            .iter()
            .filter(|(_, file)| matches!(file.phase, Phase::Conflict { .. }))
            .map(|(id, _)| *id)
            .collect();
        for id in waiting {
            self.apply(id, choice);
        }
    }

    /// The file's place is taken: found by the plan, or by storage when another writer was quicker.
    pub(super) fn conflict(&mut self, id: FileId, existing: Option<Existing>) {
        self.halt(id);
        let Some(parts) = self.enter(id, Phase::ToHash).map(Phase::into_parts) else {
            return;
        };
        let numbering = self
            .files
            .get(&id)
            .is_some_and(|file| (1..COPIES).contains(&file.copies));
        self.enter(id, Phase::Conflict { existing, parts });
        if numbering {
            self.apply(id, Choice::KeepBoth);
        } else if let Some(choice) = self.for_all {
            self.apply(id, choice);
        }
    }

    fn apply(&mut self, id: FileId, choice: Choice) {
        let Some(file) = self.files.get_mut(&id) else {
            return;
        };
        let Phase::Conflict { existing, .. } = &file.phase else {
            return;
        };
        let there = existing.as_ref().and_then(|existing| existing.key.clone());
        match choice {
            Choice::Skip => self.drop_upload(id, Phase::Skipped),
            Choice::Overwrite => {
                file.on_conflict = OnConflict::Overwrite;
                // A replaced object keeps the form of its name: otherwise there would be two objects that look alike.
                if let Some(there) = there {
                    file.file.key = there;
                }
                // Parts that are all in storage already are put together as they are.
                let parts = self.enter(id, Phase::ToPlan).and_then(Phase::into_parts);
                if let Some(parts) = parts {
                    self.enter(id, Phase::Parts(parts));
                }
            }
            Choice::KeepBoth => {
                file.copies += 1;
                let copies = file.copies;
                let key = numbered(&file.wanted_key, copies);
                let also_as = file.wanted_also_as.iter().map(|key| numbered(key, copies));
                let also_as = also_as.collect();
                // An upload in parts belongs to its key.
                self.drop_upload(id, Phase::ToPlan);
                if let Some(file) = self.files.get_mut(&id) {
                    file.file.key = key;
                    file.file.also_as = also_as;
                }
            }
        }
    }
}
