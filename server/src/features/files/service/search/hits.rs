//! Finds the hits under a prefix from a position on, in the order of the listing. There is no index: the listing is
//! read, several ranges of it at a time, and compared with the words.
//!
//! The spacing of the keys that were read suggests where to begin another range. Two ranges are joined only if the
//! second begins with what the first has read beyond its end; otherwise the first goes on alone. So wrong guesses, an
//! unusual order of storage and changes meanwhile neither lose nor double a hit: an entry that exists all the time is
//! given once.

use std::{collections::VecDeque, sync::Arc};

use app::features::files::types::ObjectEntry;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use tracing::Instrument;

use super::{
    budget::Budget,
    page::{Page, Then},
    range::{Joint, Range, State},
    spacing::Spacing,
    wanted::Wanted,
};
use crate::{
    features::files::error::FileError,
    platform::object_store::{ListedPage, StoreError},
};

/// Ranges that are read at a time.
const RANGES: usize = 8;
/// The most pages of one range that are read ahead, so that reading stays near to the hits that are given.
const PAGES_A_RANGE: usize = 8;
/// After so many ranges that did not join, the search goes on page by page: storage has an unusual order, or somebody
/// writes where the search is.
const FAILURES: usize = 3;

/// How many of the latest keys are remembered, to know which folders were met.
const MET: usize = 4;

/// Reads a page by its token, or the first one.
pub(super) type List =
    Arc<dyn Fn(Option<String>) -> BoxFuture<'static, Result<ListedPage, StoreError>> + Send + Sync>;

/// Where a search continues.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// The page's token; the first page has none.
    page: Option<String>,
    /// Keys before that page, whose folders may continue on it.
    before: Vec<String>,
    /// The last finished key of the page.
    after: Option<String>,
    /// A folder that was given though its first key is not finished.
    folder: Option<String>,
}

impl Position {
    /// Continues at the beginning of a page.
    fn turn_to(&mut self, page: Option<String>, before: Vec<String>) {
        *self = Self {
            page,
            before,
            ..Self::default()
        };
    }

    /// Keys whose folders were met already.
    fn met(&self) -> impl Iterator<Item = &String> {
        self.before.iter().chain(&self.after).chain(&self.folder)
    }
}

/// The listing, and what is searched for in it.
pub(super) struct Source {
    pub(super) list: List,
    pub(super) wanted: Arc<Wanted>,
    /// The beginning of all keys.
    pub(super) prefix: Arc<str>,
    /// Keys on a page.
    pub(super) page: usize,
}

pub(super) struct Hits {
    source: Source,
    pub(super) budget: Budget,
    /// In the order of the listing, together up to its end. Hits are taken from the first one.
    ranges: VecDeque<Range>,
    reading: JoinSet<(u64, Result<Page, StoreError>)>,
    begun: u64,
    position: Position,
    /// Keys of the page at the position, whose folders may continue behind it.
    met: Vec<String>,
    is_complete: bool,
    tally: Tally,
}

/// The counts so far, which decide how far to read ahead.
#[derive(Default)]
struct Tally {
    pages: usize,
    keys: usize,
    hits: usize,
    /// Keys that were read twice or in vain.
    wasted: usize,
    failures: usize,
}

impl Hits {
    pub(super) fn new(source: Source, from: Position, budget: Budget) -> Self {
        let spacing = Spacing::new(source.page / 16, &source.prefix);
        let known = from.after.as_ref().or(from.before.first()).cloned();
        let mut first = Range::new(0, known, from.page.clone(), spacing);
        first.resume = from.after.clone();
        Self {
            source,
            budget,
            ranges: VecDeque::from([first]),
            reading: JoinSet::new(),
            begun: 0,
            position: from,
            met: Vec::new(),
            is_complete: false,
            tally: Tally::default(),
        }
    }

    /// The next hits, at most so many and perhaps none. `None` at the end, or when the budget is used up.
    pub(super) async fn next(&mut self, at_most: usize) -> Result<Option<Vec<ObjectEntry>>, FileError> {
        loop {
            if let Some(found) = self.give(at_most) {
                self.tally.hits += found.len();
                return Ok(Some(found));
            }
            if self.is_complete {
                return Ok(None);
            }
            self.divide(at_most);
            self.read().await?;
            match self.reading.join_next().await {
                None => return Ok(None),
                Some(Ok((id, page))) => match self.ranges.iter_mut().find(|range| range.id == id) {
                    Some(range) => range.arrived(page?),
                    // The range was dropped meanwhile.
                    None => self.tally.wasted += page.map_or(0, |page| page.keys.len()),
                },
                Some(Err(error)) => match error.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    Err(_) => {
                        return Err(StoreError::Unavailable("the program is ending".to_owned()).into());
                    }
                },
            }
        }
    }

    /// Where to continue behind the last hit; `None` at the end of the listing.
    pub(super) fn position(&self) -> Option<&Position> {
        (!self.is_complete).then_some(&self.position)
    }

    /// Takes hits from the first range, and joins it with the next one where it has ended.
    fn give(&mut self, at_most: usize) -> Option<Vec<ObjectEntry>> {
        loop {
            let (first, next) = {
                let mut ranges = self.ranges.iter_mut();
                (ranges.next()?, ranges.next())
            };
            if let Some(part) = first.parts.front_mut() {
                if part.token != self.position.page {
                    let mut before = std::mem::take(&mut self.position.before);
                    remember(&mut before, std::mem::take(&mut self.met));
                    self.position.turn_to(part.token.clone(), before);
                }
                for entry in self.position.met().chain(&self.met) {
                    part.forget_folders_of(entry);
                }
                let given: Vec<_> = part.found.drain(..at_most.min(part.found.len())).collect();
                if !part.found.is_empty() {
                    if let Some(last) = given.last() {
                        last.pass(&mut self.position.after, &mut self.position.folder);
                    }
                } else if let Some(part) = first.parts.pop_front() {
                    self.tally.pages += 1;
                    self.tally.keys += part.keys;
                    remember(&mut self.met, part.met);
                    self.position.folder = None;
                    self.position.after = part.last.or_else(|| self.position.after.take());
                    match part.then {
                        Then::Rest => {}
                        Then::Page(token) => {
                            if self.met.is_empty() {
                                self.met.append(&mut self.position.before);
                            }
                            let before = std::mem::take(&mut self.met);
                            self.position.turn_to(Some(token), before);
                            self.position.after = part.resume;
                        }
                        Then::End => {
                            // Other ranges have read keys that were added after this one was read.
                            self.ranges.clear();
                            self.is_complete = true;
                        }
                    }
                }
                return Some(given.into_iter().map(|found| found.entry).collect());
            }
            let joint = first.joint(&*next?);
            match joint {
                Joint::Open => return None,
                Joint::Holds => {
                    self.tally.wasted += first.read();
                    self.ranges.pop_front();
                }
                Joint::Fails => {
                    self.tally.failures += 1;
                    if let Some(next) = self.ranges.remove(1) {
                        self.tally.wasted += next.read();
                        self.ranges[0].replace(next);
                    }
                }
            }
        }
    }

    /// Begins further ranges, as far ahead as was read so far, and no further than the hits that are asked for.
    fn divide(&mut self, at_most: usize) {
        let page = self.source.page;
        let pages = (self.tally.pages / RANGES).clamp(1, PAGES_A_RANGE);
        // Short of a whole number of pages, so that the last one reaches over the edge.
        let count = pages * page - page * 3 / 20;
        while self.ranges.len() < RANGES.min(self.tally.pages + 1)
            && self.tally.failures < FAILURES
            && self.tally.wasted <= 2 * page + self.tally.keys / 4
            && self.budget.allows(self.ranges.len() * pages)
            && self.is_wanted(self.ranges.len() * pages * page, at_most)
        {
            let edge = self
                .ranges
                .iter()
                .enumerate()
                .find_map(|(number, range)| Some((number, range.edge(count)?)));
            let Some((number, edge)) = edge else { return };
            self.begun += 1;
            let token = ListedPage::after(&edge);
            let behind = self.ranges[number].split(edge, token, self.begun);
            self.ranges.insert(number + 1, behind);
        }
    }

    /// Whether it probably takes so many keys to find the hits that are asked for.
    fn is_wanted(&self, keys: usize, at_most: usize) -> bool {
        let hits = keys.saturating_mul(self.tally.hits) / self.tally.keys.max(1);
        hits <= at_most
    }

    /// Requests the next page of each range that waits for one, the first range first.
    async fn read(&mut self) -> Result<(), FileError> {
        for number in 0..self.ranges.len() {
            let range = &mut self.ranges[number];
            let State::Due(token) = &range.state else { continue };
            // Bounds the memory for hits that were found ahead.
            if number > 0 && range.waiting() >= self.source.page {
                continue;
            }
            let token = token.clone();
            if !self.budget.take().await? {
                return Ok(());
            }
            let range = &mut self.ranges[number];
            range.state = State::Reading;
            let id = range.id;
            let after = range.resume.take();
            let (wanted, prefix) = (Arc::clone(&self.source.wanted), Arc::clone(&self.source.prefix));
            let listing = (self.source.list)(token.clone());
            let looking = async move {
                let listed = match listing.await {
                    Ok(listed) if listed.next.is_some() && listed.next == token => {
                        Err(StoreError::Unexpected("a page that leads to itself".to_owned()))
                    }
                    listed => listed,
                };
                let page =
                    listed.map(|listed| Page::look_through(listed, token, after.as_ref(), &wanted, &prefix));
                (id, page)
            };
            self.reading.spawn(looking.in_current_span());
        }
        Ok(())
    }
}

/// Adds keys to those whose folders were met. The latest are enough.
fn remember(met: &mut Vec<String>, keys: Vec<String>) {
    for key in keys {
        met.retain(|known| *known != key);
        met.push(key);
    }
    met.drain(..met.len().saturating_sub(MET));
}
