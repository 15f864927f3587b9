//! Keeps the board up to date. The stream of events is open only while a job is under way, because a browser allows one
//! site few connections and every window would occupy one.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local, web_sys};
use wasm_bindgen::{JsCast, closure::Closure};

use super::{
    board::{Board, Ended},
    client,
    handle::{Jobs, Started},
    types::{Job, JobState},
};
use crate::{
    browser,
    contract::JobId,
    rest::{CallError, retry_when_throttled},
    ui::toast::Toasts,
};

/// A job of this page that takes no longer is not shown.
const MOMENT: Duration = Duration::from_millis(1500);
/// The pause after a refused stream or list.
const TRY_AGAIN: Duration = Duration::from_secs(5);
/// A window asks again when it becomes visible, but not more often than this.
const LOOK_EVERY: f64 = 30_000.0;

#[derive(Clone, Copy)]
pub struct Feed {
    pub board: RwSignal<Board>,
    jobs: Jobs,
    toasts: Toasts,
    stream: StoredValue<Option<Stream>, LocalStorage>,
    looked_at: StoredValue<f64>,
}

/// Closes when it is dropped.
struct Stream {
    source: web_sys::EventSource,
    _on_job: Closure<dyn Fn(web_sys::MessageEvent)>,
    _on_error: Closure<dyn Fn()>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.close();
    }
}

impl Feed {
    /// Asks for the jobs under way, and watches those that the page begins.
    pub fn start(jobs: Jobs, toasts: Toasts) -> Self {
        let feed = Self {
            board: RwSignal::new(Board::default()),
            jobs,
            toasts,
            stream: StoredValue::new_local(None),
            looked_at: StoredValue::new(0.0),
        };
        Effect::new(move |_| {
            if jobs.any_started() {
                for started in jobs.take_started() {
                    feed.follow(started);
                }
            }
        });
        Effect::new(move |_| {
            let is_asked = jobs.history().get() > 0;
            spawn_local(async move {
                feed.look().await;
                if is_asked {
                    feed.board.try_update(Board::show_all);
                }
            });
        });
        let listener = window_event_listener_untyped("visibilitychange", move |_| {
            let waited = browser::steady_now() - feed.looked_at.try_get_value().unwrap_or(f64::MAX);
            if !document().hidden() && waited > LOOK_EVERY {
                spawn_local(feed.look());
            }
        });
        on_cleanup(move || listener.remove());
        feed
    }

    fn follow(self, started: Started) {
        let id = started.id;
        let ended = self.board.try_update(|board| board.follow(started)).flatten();
        self.tell(ended);
        set_timeout(
            move || {
                self.board.try_update(|board| board.show_if_open(id));
            },
            MOMENT,
        );
        self.watch();
    }

    fn take(self, jobs: impl IntoIterator<Item = Job>) {
        let ended = self.board.try_update(|board| {
            let ended = jobs.into_iter().filter_map(|job| board.take(job));
            ended.collect::<Vec<_>>()
        });
        self.tell(ended.unwrap_or_default());
    }

    fn tell(self, ended: impl IntoIterator<Item = Ended>) {
        let mut others = Vec::new();
        for ended in ended {
            match ended {
                Ended::Ours(on_end, job) => on_end(&job),
                Ended::Others(job) => others.push(job),
            }
        }
        if !others.is_empty() {
            self.jobs.announce(others);
        }
    }

    async fn look(self) {
        self.looked_at.try_set_value(browser::steady_now());
        match retry_when_throttled(client::list, || ()).await {
            Ok(page) => {
                self.take(page.jobs.into_iter().rev());
                self.watch();
            }
            // Signing in again loads another page.
            Err(CallError::SignedOut) => {}
            Err(_) => self.look_later(),
        }
    }

    fn look_later(self) {
        set_timeout(
            move || {
                if self.board.try_with_untracked(Board::is_busy) == Some(true) {
                    spawn_local(self.look());
                }
            },
            TRY_AGAIN,
        );
    }

    /// Opens the stream while something is under way, and closes it when nothing is.
    fn watch(self) {
        let is_busy = self.board.try_with_untracked(Board::is_busy) == Some(true);
        let is_open = self.stream.try_with_value(Option::is_some) == Some(true);
        if is_busy && !is_open {
            let opened = self.open();
            if opened.is_none() {
                self.look_later();
            }
            self.stream.try_set_value(opened);
        } else if !is_busy && is_open {
            // The stream must not be dropped within its own callback.
            set_timeout(
                move || {
                    if self.board.try_with_untracked(Board::is_busy) == Some(false) {
                        self.stream.try_set_value(None);
                    }
                },
                Duration::ZERO,
            );
        }
    }

    fn open(self) -> Option<Stream> {
        let source = web_sys::EventSource::new(client::EVENTS).ok()?;
        let on_job = Closure::<dyn Fn(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
            let text = event.data().as_string();
            let job: Option<Job> = text.and_then(|text| serde_json::from_str(&text).ok());
            self.take(job);
            self.watch();
        });
        let refused = source.clone();
        let on_error = Closure::<dyn Fn()>::new(move || {
            // The browser opens a stream again that ended, but not one that was refused.
            if refused.ready_state() == web_sys::EventSource::CLOSED {
                set_timeout(
                    move || {
                        self.stream.try_set_value(None);
                    },
                    Duration::ZERO,
                );
                self.look_later();
            }
        });
        source
            .add_event_listener_with_callback("job", on_job.as_ref().unchecked_ref())
            .ok()?;
        source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Some(Stream {
            source,
            _on_job: on_job,
            _on_error: on_error,
        })
    }

    pub fn clear(self) {
        self.board.update(Board::clear);
    }

    pub fn cancel(self, id: JobId) {
        spawn_local(async move {
            match client::cancel(id).await {
                Ok(job) => {
                    self.take([job]);
                    self.watch();
                }
                Err(failure) => self.toasts.error(failure.to_string()),
            }
        });
    }

    /// Undoes a job by another one, which is shown.
    pub fn undo(self, id: JobId, title: String) {
        let (jobs, toasts) = (self.jobs, self.toasts);
        spawn_local(async move {
            match client::undo(id).await {
                Ok(queued) => {
                    self.board.try_update(|board| board.undone(id));
                    let on_end = move |job: &Job| {
                        jobs.announce(vec![job.clone()]);
                        if job.state == JobState::Done && !job.has_failed() {
                            toasts.done("Undone.");
                        }
                    };
                    jobs.follow(Started {
                        id: queued.job_id,
                        title: format!("Undo: {title}"),
                        on_end: std::sync::Arc::new(on_end),
                    });
                }
                Err(failure) => toasts.error(format!("Nothing was undone. {failure}")),
            }
        });
    }
}
