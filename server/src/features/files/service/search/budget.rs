//! How much a search may read. A search counts by its work: a number of pages of the listing counts as one request of
//! the caller's, and each further number is admitted before it is read.

use crate::platform::rate_limit::{LimiterError, Work};

/// Pages of the listing that count as one request.
pub(super) const PAGES_A_REQUEST: usize = 10;

pub(super) struct Budget {
    /// `None` where requests are not limited.
    work: Option<Work>,
    /// How many more pages may be read; `None` for any number.
    left: Option<usize>,
    read: usize,
    stopped: Option<Stopped>,
}

/// Why the search reads no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The bound of one answer is reached.
    Enough,
    /// The caller has used up the requests of this minute; the next is admitted in so many seconds.
    Throttled(u32),
}

impl Budget {
    /// The request itself pays for the first pages.
    pub(super) fn new(work: Option<Work>, pages: Option<usize>) -> Self {
        Self {
            work,
            left: pages,
            read: 0,
            stopped: None,
        }
    }

    pub(super) fn stopped(&self) -> Option<Stopped> {
        self.stopped
    }

    /// Whether so many pages may still be read, as far as is known.
    pub(super) fn allows(&self, pages: usize) -> bool {
        self.stopped.is_none() && self.left.is_none_or(|left| left >= pages)
    }

    /// Asks for one page.
    pub(super) async fn take(&mut self) -> Result<bool, LimiterError> {
        if self.stopped.is_some() {
            return Ok(false);
        }
        if self.left == Some(0) {
            self.stopped = Some(Stopped::Enough);
            return Ok(false);
        }
        let begins_a_batch = self.read > 0 && self.read.is_multiple_of(PAGES_A_REQUEST);
        if begins_a_batch && let Some(work) = &self.work {
            let verdict = work.take().await?;
            if !verdict.admitted {
                self.stopped = Some(Stopped::Throttled(verdict.wait));
                return Ok(false);
            }
        }
        self.read += 1;
        self.left = self.left.map(|left| left - 1);
        Ok(true)
    }
}
