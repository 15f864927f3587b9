//! What is known about a request so far: its caller, whether its denial is written down, whether it counts against a
//! limit. Handlers and services write it; the middleware around them reads it.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use app::contract::UserId;

use super::entry::Entry;

/// Of one request: its clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Trail(Arc<Known>);

#[derive(Debug, Default)]
struct Known {
    denied: AtomicBool,
    caller: OnceLock<(UserId, String)>,
    /// Without its origin: the origin holds this trail, and neither would ever be freed.
    suspicion: OnceLock<Entry>,
    counts: AtomicBool,
}

impl Trail {
    /// Whether a denial of this request is written down.
    #[must_use]
    pub fn has_denial(&self) -> bool {
        self.0.denied.load(Ordering::Acquire)
    }

    pub(super) fn denied(&self) {
        self.0.denied.store(true, Ordering::Release);
    }

    /// The request counts against its limit: a password or a code is about to be compared, or mail is asked for. What
    /// is refused before that does not.
    pub fn count(&self) {
        self.0.counts.store(true, Ordering::Release);
    }

    /// The request does not count after all: it was a sign-in, with the right password.
    pub fn uncount(&self) {
        self.0.counts.store(false, Ordering::Release);
    }

    /// Whether the request counts, where not every request does.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.0.counts.load(Ordering::Acquire)
    }

    /// Names the caller. Only the first call has an effect: later ones read the same credentials.
    pub fn is_of(&self, id: UserId, name: &str) {
        let _ = self.0.caller.set((id, name.to_owned()));
    }

    #[must_use]
    pub fn caller(&self) -> Option<&(UserId, String)> {
        self.0.caller.get()
    }

    pub(super) fn suspect(&self, suspicion: Entry) {
        let _ = self.0.suspicion.set(suspicion);
    }

    pub(super) fn suspicion(&self) -> Option<&Entry> {
        self.0.suspicion.get()
    }
}
