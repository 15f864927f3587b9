//! A range of a listing, read page by page beside others, up to the key at which the next range begins.

use std::collections::VecDeque;

use super::{
    page::{Page, Part, Then},
    spacing::Spacing,
};

/// What keys do not end with. SeaweedFS lists `3` behind `3-` in a bucket with versions, and leaves out the key that a
/// listing starts after: a range that began behind the key `3` would lose it, and the range before ends at `3-`.
const NO_KEYS_END: char = char::REPLACEMENT_CHARACTER;

#[derive(Debug)]
pub(super) struct Range {
    pub(super) id: u64,
    /// The key behind which the next page begins; `None` where it is not known.
    position: Option<String>,
    /// The last key that may belong to it; `None` for the rest of the listing.
    end: Option<String>,
    spacing: Spacing,
    /// The keys of its first page, until the previous range is known to lead up to them.
    beginning: Option<Vec<String>>,
    /// What was read, and not given yet.
    pub(super) parts: VecDeque<Part>,
    pub(super) state: State,
    /// Everything up to this key is finished, also on pages that are read later.
    pub(super) resume: Option<String>,
}

#[derive(Debug)]
pub(super) enum State {
    /// The next page is to be requested by this token, or from the start of the listing.
    Due(Option<String>),
    Reading,
    /// The end was reached; this rest of the page lies behind it.
    Ended(Page),
    /// The listing has no more.
    Exhausted,
}

/// Whether a range begins where the one before ends.
pub(super) enum Joint {
    /// Not yet known.
    Open,
    Holds,
    Fails,
}

impl Range {
    pub(super) fn new(id: u64, position: Option<String>, token: Option<String>, spacing: Spacing) -> Self {
        Self {
            id,
            position,
            end: None,
            spacing,
            beginning: None,
            parts: VecDeque::new(),
            state: State::Due(token),
            resume: None,
        }
    }

    pub(super) fn arrived(&mut self, page: Page) {
        if self.beginning.is_none() {
            // The position came from the range that this one was cut from.
            self.spacing.restart(&page.keys);
            self.beginning = Some(page.keys.clone());
        } else {
            self.spacing.add(&page.keys);
        }
        if let Some(last) = page.keys.last() {
            self.position = Some(last.clone());
        }
        self.resume = page.resume.clone();
        self.divide(page);
    }

    fn divide(&mut self, page: Page) {
        let (part, rest) = page.cut(self.end.as_deref());
        self.state = match (rest, &part.then) {
            (Some(rest), _) => State::Ended(rest),
            (None, Then::Page(token)) => State::Due(Some(token.clone())),
            (None, _) => State::Exhausted,
        };
        // Nothing of a page may be its own, or nothing be on it.
        if part.keys > 0 || part.then != Then::Rest {
            self.parts.push_back(part);
        }
    }

    /// A key about `count` keys ahead, behind which another range may begin; `None` where it is not worth it.
    pub(super) fn edge(&self, count: usize) -> Option<String> {
        if !matches!(self.state, State::Due(_) | State::Reading) {
            return None;
        }
        let from = self.position.as_deref()?;
        let edge = format!("{}{NO_KEYS_END}", self.spacing.ahead(from, count)?);
        let leaves_enough = |end: &str| {
            edge.as_str() < end
                && self
                    .spacing
                    .between(&edge, end)
                    .is_none_or(|keys| keys >= count / 2)
        };
        (edge.as_str() > from && self.end.as_deref().is_none_or(leaves_enough)).then_some(edge)
    }

    /// Ends this range at the key, and begins another behind it.
    pub(super) fn split(&mut self, edge: String, token: String, id: u64) -> Self {
        let mut other = Self::new(id, Some(edge.clone()), Some(token), self.spacing.clone());
        other.end = self.end.replace(edge);
        other
    }

    /// Whether `next` begins with exactly what follows this range: what this one has read beyond its end is the
    /// beginning of what `next` has read. Then nothing lies between the two and nothing in both, whatever the order of
    /// the listing.
    pub(super) fn joint(&self, next: &Self) -> Joint {
        let State::Ended(rest) = &self.state else {
            return Joint::Open;
        };
        match &next.beginning {
            None => Joint::Open,
            Some(beginning) if beginning.starts_with(&rest.keys) => Joint::Holds,
            Some(_) => Joint::Fails,
        }
    }

    /// Reads on in the place of the next range, which did not join.
    pub(super) fn replace(&mut self, next: Self) {
        self.end = next.end;
        if let State::Ended(rest) = std::mem::replace(&mut self.state, State::Exhausted) {
            self.divide(rest);
        }
    }

    /// How many keys were read in vain when the range is dropped.
    pub(super) fn read(&self) -> usize {
        let rest = match &self.state {
            State::Ended(rest) => rest.keys.len(),
            _ => 0,
        };
        self.parts.iter().map(|part| part.keys).sum::<usize>() + rest
    }

    /// Hits that wait to be given.
    pub(super) fn waiting(&self) -> usize {
        self.parts.iter().map(|part| part.found.len()).sum()
    }
}
