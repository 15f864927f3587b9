//! How much memory unfinished heads may take.
//!
//! A head may be as large as [`HEAD_BYTES`], but hardly any is; were that much granted to every connection, strangers
//! could fill a thousand of them and never send the end. So what is more than the first read of a connection comes
//! out of a budget that all connections share.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The largest head; beyond it the answer is 431. Also the most that is read or buffered at once of a body.
pub(crate) const HEAD_BYTES: usize = 64 * 1024;
/// What each connection may hold of a head without drawing on the budget: the first buffer that hyper makes.
const FREE_BYTES: usize = 8 * 1024;
/// The budget that all connections share.
const BUDGET_BYTES: usize = 2 * 1024 * 1024;

#[derive(Debug)]
pub(crate) struct HeadBudget(AtomicUsize);

impl HeadBudget {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicUsize::new(BUDGET_BYTES)))
    }

    fn draw(&self, bytes: usize) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(bytes)
            })
            .is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// Counts the bytes of one connection's unfinished head.
#[derive(Debug)]
pub(crate) struct HeadMeter {
    budget: Arc<HeadBudget>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// From here on the bytes belong to a body.
    in_body: bool,
    received: usize,
    drawn: usize,
}

impl HeadMeter {
    pub(crate) fn new(budget: Arc<HeadBudget>) -> Arc<Self> {
        Arc::new(Self {
            budget,
            state: Mutex::default(),
        })
    }

    /// Call this before reading more: whether the connection may hold what it has received so far. Not after the read,
    /// because the end of the head may have come with it.
    pub(crate) fn check(&self) -> io::Result<()> {
        self.with(|state| {
            let wanted = state.received.saturating_sub(FREE_BYTES + state.drawn);
            if wanted > 0 && !self.budget.draw(wanted) {
                return Err(io::Error::other("too many large heads at once"));
            }
            state.drawn += wanted;
            Ok(())
        })
    }

    pub(crate) fn received(&self, bytes: usize) {
        self.with(|state| {
            if !state.in_body {
                state.received += bytes;
            }
        });
    }

    /// The head is complete.
    pub(crate) fn ended(&self, body_follows: bool) {
        self.with(|state| {
            self.budget.give_back(state.drawn);
            *state = State {
                in_body: body_follows,
                ..State::default()
            };
        });
    }

    /// From here on the bytes belong to the next head.
    pub(crate) fn body_ended(&self) {
        self.with(|state| state.in_body = false);
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for HeadMeter {
    fn drop(&mut self) {
        self.ended(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether one more read of `bytes` is granted.
    fn read(meter: &HeadMeter, bytes: usize) -> bool {
        let granted = meter.check().is_ok();
        if granted {
            meter.received(bytes);
        }
        granted
    }

    #[test]
    fn security_47_large_heads_share_a_budget_and_give_it_back() {
        let budget = HeadBudget::new();
        let mut meters = Vec::new();
        loop {
            let meter = HeadMeter::new(Arc::clone(&budget));
            if !(read(&meter, HEAD_BYTES) && read(&meter, 1)) {
                break;
            }
            meters.push(meter);
        }
        assert_eq!(meters.len(), BUDGET_BYTES / (HEAD_BYTES - FREE_BYTES));
        let small = HeadMeter::new(Arc::clone(&budget));
        assert!(
            read(&small, FREE_BYTES) && read(&small, 1),
            "small heads are free"
        );
        meters[0].ended(false);
        meters.pop();
        let later = [(); 2].map(|()| HeadMeter::new(Arc::clone(&budget)));
        assert!(
            later
                .iter()
                .all(|meter| read(meter, HEAD_BYTES) && read(meter, 1))
        );
        drop((meters, later));
        assert_eq!(budget.0.load(Ordering::Relaxed), BUDGET_BYTES);
    }

    #[test]
    fn bodies_are_no_heads() {
        let meter = HeadMeter::new(HeadBudget::new());
        // A head with the beginning of a body behind it, in one read.
        assert!(read(&meter, HEAD_BYTES));
        meter.ended(true);
        for _ in 0..100 {
            assert!(read(&meter, HEAD_BYTES));
        }
        assert_eq!(meter.state.lock().unwrap().drawn, 0);
        meter.body_ended();
        assert!(read(&meter, HEAD_BYTES) && read(&meter, 1));
        assert_eq!(meter.state.lock().unwrap().drawn, HEAD_BYTES - FREE_BYTES);
    }
}
