//! Which files are planned together, and when.

use std::collections::{BTreeMap, HashSet};

use super::super::{Engine, FileId, Millis, Phase, Request, jobs::JobKind};
use crate::features::uploads::types::{FileToUpload, MAX_PLANNED_FILES, MAX_SINGLE_PUT, PlanRequest};

/// With fewer small files than this ready to go, the next batch is planned even if it is not full.
const PUTS_LOW: usize = 24;
/// How long the second batch of a run is gathered; each further one twice as long, up to eight times.
const GATHER: Millis = 400;

impl Engine {
    pub(super) fn plan(&mut self) {
        if self.jobs.is_planning() {
            return;
        }
        let first = self.first_ready(|queues| &queues.to_plan, 1).pop();
        let Some(first) = first.and_then(|id| self.files.get(&id)) else {
            return;
        };
        let (bucket, on_conflict) = (first.file.bucket.clone(), first.on_conflict);
        if !self.is_time_to_plan() || !self.may_call() {
            return;
        }
        let candidates = self.first_ready(|queues| &queues.to_plan, MAX_PLANNED_FILES);
        // One key once: the second of two files for one place finds it taken by the first.
        let mut keys = HashSet::new();
        let batch: Vec<_> = candidates
            .into_iter()
            .filter(|id| {
                self.files.get(id).is_some_and(|file| {
                    file.file.bucket == bucket
                        && file.on_conflict == on_conflict
                        && keys.insert(file.file.key.clone())
                })
            })
            .collect();
        let files = batch.iter().filter_map(|id| self.to_upload(*id)).collect();
        self.planned_at = Some(self.now);
        self.planned_in_row += 1;
        let request = Request::Plan(PlanRequest {
            files,
            on_conflict,
            bucket,
        });
        let job = self.call(JobKind::Plan(batch.clone()), request);
        for id in batch {
            self.enter(id, Phase::Planning(job));
        }
    }

    /// A batch goes out when it is full or nothing can be added; else it is gathered for a moment, the longer the
    /// fewer calls are left.
    fn is_time_to_plan(&mut self) -> bool {
        let may_grow = self.queues.to_hash.iter().any(|id| {
            self.files
                .get(id)
                .is_some_and(|file| !file.paused && file.not_before <= self.now)
        }) || self
            .jobs
            .iter()
            .any(|(_, job)| matches!(job.kind, JobKind::HashFile(_)));
        if !may_grow {
            self.planned_in_row = 0;
        }
        if !may_grow || self.is_batch_full() {
            return true;
        }
        if self.queues.to_put.len() + self.jobs.puts_under_way() >= PUTS_LOW {
            return false;
        }
        let gather = GATHER << self.planned_in_row.saturating_sub(1).min(3);
        match self.planned_at.map(|at| at + gather) {
            Some(moment) if moment > self.now => {
                self.wake_at(moment);
                false
            }
            _ => true,
        }
    }

    /// Most events find fewer files than that, and are not to count them.
    fn is_batch_full(&mut self) -> bool {
        self.queues.to_plan.len() >= MAX_PLANNED_FILES
            && self
                .first_ready(|queues| &queues.to_plan, MAX_PLANNED_FILES)
                .len()
                == MAX_PLANNED_FILES
    }

    fn to_upload(&self, id: FileId) -> Option<FileToUpload> {
        let file = self.files.get(&id)?;
        let in_parts = file.file.size > MAX_SINGLE_PUT;
        Some(FileToUpload {
            key: file.file.key.clone(),
            also_as: file.file.also_as.clone(),
            size: file.file.size,
            content_type: file.file.content_type.clone(),
            checksum: file.checksum.clone(),
            checksum_algorithm: in_parts.then_some(self.config.part_algorithm),
            metadata: BTreeMap::new(),
        })
    }
}
