//! What the window tells: the network comes and goes, and somebody is about to leave.

use std::rc::Rc;

use leptos::{ev, prelude::*, web_sys};

use super::{Driver, Event};

impl Driver {
    /// Listens as long as the page lives.
    pub(super) fn watch(self: &Rc<Self>) {
        let online = self.clone();
        let _ = window_event_listener(ev::online, move |_| online.tell(Event::Online));
        let offline = self.clone();
        let _ = window_event_listener(ev::offline, move |_| offline.tell(Event::Offline));
        let leaving = self.clone();
        let _ = window_event_listener(ev::beforeunload, move |event: web_sys::BeforeUnloadEvent| {
            if leaving.engine.borrow().is_busy() {
                event.prevent_default();
                // Older browsers ask only for this.
                event.set_return_value("Uploads are still running.");
            }
        });
        if !window().navigator().on_line() {
            self.tell(Event::Offline);
        }
    }
}
