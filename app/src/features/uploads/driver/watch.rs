//! What the window reports: the network comes and goes, and somebody is about to leave.

use std::rc::Rc;

use leptos::{ev, prelude::*, task::spawn_local, web_sys};

use super::{Driver, Event};
use crate::{browser, rest};

/// How often the site is asked while the browser reports no network.
const ASK_AGAIN_MS: i32 = 5_000;

impl Driver {
    /// Listens as long as the page lives.
    pub(super) fn watch(self: &Rc<Self>) {
        let online = self.clone();
        let _ = window_event_listener(ev::online, move |_| online.tell(Event::Online));
        let offline = self.clone();
        let _ = window_event_listener(ev::offline, move |_| offline.check_network());
        let leaving = self.clone();
        let _ = window_event_listener(ev::beforeunload, move |event: web_sys::BeforeUnloadEvent| {
            if leaving.engine.borrow().is_busy() {
                event.prevent_default();
                // Older browsers ask only for this.
                event.set_return_value("Uploads are still running.");
            }
        });
        self.check_network();
    }

    /// A browser knows whether the machine has a network, not whether it reaches the site: without a network it still
    /// reaches a site on the same machine. So uploads wait only while the site does not answer either.
    fn check_network(self: &Rc<Self>) {
        if is_online() || self.checking_network.replace(true) {
            return;
        }
        let driver = self.clone();
        spawn_local(async move {
            while !is_online() {
                if rest::is_site_reachable().await {
                    driver.tell(Event::Online);
                    break;
                }
                driver.tell(Event::Offline);
                browser::pause(ASK_AGAIN_MS).await;
            }
            driver.checking_network.set(false);
        });
    }
}

fn is_online() -> bool {
    window().navigator().on_line()
}
