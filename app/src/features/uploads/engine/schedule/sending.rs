//! Which bytes go to storage next.

use std::{collections::BTreeMap, ops::Range};

use super::super::{
    Effect, Engine, FileId, Phase,
    jobs::{Job, JobKind},
    parts::{Parts, Slot},
};

impl Engine {
    pub(super) fn send_puts(&mut self) {
        if !self.online {
            return;
        }
        let room = self.config.transfers.saturating_sub(self.jobs.transfers());
        for id in self.first_ready(|queues| &queues.to_put, room) {
            let Some(file) = self.files.get(&id) else { continue };
            let (range, Phase::ToPut(put)) = (file.whole(), &file.phase) else {
                continue;
            };
            let put = put.clone();
            if put.expires_at <= self.now + self.config.expiry_margin {
                self.enter(id, Phase::ToPlan);
                self.wake_at(self.now + 1);
                continue;
            }
            let (url, headers) = (put.url.clone(), put.headers.clone());
            self.enter(id, Phase::Putting(put));
            self.send(JobKind::Put { file: id, sent: 0 }, id, range, url, headers);
        }
    }

    pub(super) fn send_parts(&mut self, id: FileId) {
        if !self.online {
            return;
        }
        let bound = if self.queues.to_put.is_empty() {
            self.config.parts
        } else {
            self.config.parts_beside_puts
        };
        let room = bound
            .saturating_sub(self.jobs.parts_under_way())
            .min(self.config.transfers.saturating_sub(self.jobs.transfers()));
        let signed: Vec<_> = self
            .parts(id)
            .into_iter()
            .flat_map(|parts| {
                parts
                    .open()
                    .map(move |(index, slot)| (index, slot, parts.range(index)))
            })
            .filter_map(|(index, slot, range)| match slot {
                Slot::Signed(signed) => Some((index, signed.clone(), range)),
                _ => None,
            })
            .take(room)
            .collect();
        for (index, signed, range) in signed {
            let (url, headers) = (signed.url.clone(), signed.headers.clone());
            self.set_slot(id, index, Slot::Sending(signed));
            self.send(
                JobKind::Part {
                    file: id,
                    index,
                    sent: 0,
                },
                id,
                range,
                url,
                headers,
            );
        }
    }

    pub(super) fn unsign_expired(&mut self, id: FileId) {
        let limit = self.now + self.config.expiry_margin;
        let expired: Vec<_> = self
            .parts(id)
            .into_iter()
            .flat_map(Parts::open)
            .filter(|(_, slot)| matches!(slot, Slot::Signed(signed) if signed.expires_at <= limit))
            .map(|(index, _)| index)
            .collect();
        if let Some(Phase::Parts(parts)) = self.files.get_mut(&id).map(|file| &mut file.phase) {
            for index in expired {
                parts.unsign(index);
            }
        }
    }

    fn send(
        &mut self,
        kind: JobKind,
        file: FileId,
        range: Range<u64>,
        url: String,
        headers: BTreeMap<String, String>,
    ) {
        let job = self.jobs.next();
        self.jobs.start(
            job,
            Job {
                kind,
                deadline: Some(self.now + self.config.stall),
                bytes: 0,
            },
        );
        self.effects.push(Effect::Send {
            job,
            file,
            range,
            url,
            headers: headers.into_iter().collect(),
        });
    }
}
