//! Connects the engine to the browser: it passes events to the engine, carries out the engine's effects, and draws the
//! engine's state on the board. It decides nothing.
//!
//! A page has one driver, which lives as long as the page, across all folders.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
    time::Duration,
};

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local, web_sys};
use wasm_bindgen::JsValue;

use crate::ui::toast::Toasts;

use super::{
    board::{Board, Command},
    client,
    engine::{Config, Effect, Engine, Event, FileId, JobId, Millis},
    handle::{self, NewObject, Uploads},
    snapshot::Snapshot,
};

mod claim;
mod crc32c;
mod digest;
mod folders;
mod forms;
mod intake;
mod pick;
mod pieces;
mod records;
mod send;
mod unfinished;
mod watch;

pub use pick::PickedFile;

/// The panel is drawn at most so often.
const REDRAW: Duration = Duration::from_millis(160);

pub(super) struct Driver {
    engine: RefCell<Engine>,
    sources: RefCell<HashMap<FileId, Source>>,
    running: RefCell<HashMap<JobId, Running>>,
    claims: RefCell<HashMap<String, claim::Claim>>,
    unfinished: RefCell<Vec<unfinished::Remembered>>,
    /// Whose uploads these are: records of other users of this browser are not touched.
    user: String,
    board: Board,
    uploads: Uploads,
    toasts: Toasts,
    given: Cell<u32>,
    checking_network: Cell<bool>,
    alarm: Cell<Option<TimeoutHandle>>,
    redraw_due: Cell<bool>,
    arrived: RefCell<Vec<NewObject>>,
}

struct Source {
    file: web_sys::File,
    handle: Option<JsValue>,
}

/// A running job, which is aborted by dropping it.
enum Running {
    Hash,
    Call(#[expect(dead_code, reason = "held to be dropped")] Aborting),
    Send(#[expect(dead_code, reason = "held to be dropped")] send::Transfer),
}

struct Aborting(web_sys::AbortController);

impl Drop for Aborting {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Starts the page's driver, once; in the browser only.
pub(super) fn start(user: String, board: Board, uploads: Uploads, toasts: Toasts) {
    if handle::is_registered() {
        return;
    }
    let config = Config {
        algorithm: digest::algorithm(),
        ..Config::default()
    };
    let seed = js_sys::Math::random().to_bits();
    let driver = Rc::new(Driver {
        engine: RefCell::new(Engine::new(config, seed)),
        sources: RefCell::default(),
        running: RefCell::default(),
        claims: RefCell::default(),
        unfinished: RefCell::default(),
        user,
        board,
        uploads,
        toasts,
        given: Cell::new(0),
        checking_network: Cell::new(false),
        alarm: Cell::new(None),
        redraw_due: Cell::new(false),
        arrived: RefCell::default(),
    });
    let commanded = driver.clone();
    board.connect(move |command| match command {
        Command::Event(event) => commanded.tell(*event),
        Command::GoOn(upload_id) => commanded.go_on(&upload_id),
        Command::Discard(upload_id) => commanded.discard(&upload_id),
    });
    driver.watch();
    handle::register(&driver);
    spawn_local(driver.recall());
}

impl Driver {
    fn tell(self: &Rc<Self>, event: Event) {
        let effects = self.engine.borrow_mut().handle(now(), event);
        for effect in effects {
            self.carry_out(effect);
        }
        self.redraw_soon();
    }

    fn carry_out(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::Hash {
                job,
                file,
                range,
                algorithm,
            } => {
                let Some(file) = self.source(file) else { return };
                self.running.borrow_mut().insert(job, Running::Hash);
                let driver = self.clone();
                spawn_local(async move {
                    let outcome = digest::digest(&file, range, algorithm).await;
                    driver.ended(job, Event::Hashed { job, outcome });
                });
            }
            Effect::Call { job, request } => {
                let Ok(abort) = web_sys::AbortController::new() else {
                    return;
                };
                let signal = abort.signal();
                self.running
                    .borrow_mut()
                    .insert(job, Running::Call(Aborting(abort)));
                let driver = self.clone();
                spawn_local(async move {
                    let outcome = client::call(request, &signal).await;
                    driver.ended(job, Event::Answered { job, outcome });
                });
            }
            Effect::Send {
                job,
                file,
                range,
                url,
                headers,
            } => self.send(job, file, &range, &url, &headers),
            Effect::Stop(job) => {
                self.running.borrow_mut().remove(&job);
            }
            Effect::Save(record) => self.remember(record),
            Effect::Forget { upload_id } => self.forget(&upload_id),
            Effect::WakeAt(moment) => self.wake_at(moment),
            Effect::Finished { file, key } => {
                let size = self.engine.borrow().file(file).map_or(0, |file| file.info().size);
                self.arrived.borrow_mut().push(NewObject { key, size });
            }
            Effect::Release(file) => {
                self.sources.borrow_mut().remove(&file);
            }
        }
    }

    fn send(
        self: &Rc<Self>,
        job: JobId,
        file: FileId,
        range: &std::ops::Range<u64>,
        url: &str,
        headers: &[(String, String)],
    ) {
        let Some(file) = self.source(file) else { return };
        let progress = {
            let driver = Rc::downgrade(self);
            move |sent| {
                if let Some(driver) = driver.upgrade() {
                    driver.tell(Event::Progressed { job, sent });
                }
            }
        };
        let end = {
            let driver = Rc::downgrade(self);
            move |outcome| {
                if let Some(driver) = driver.upgrade() {
                    driver.ended(job, Event::Sent { job, outcome });
                }
            }
        };
        match send::put(&file, range, url, headers, progress, end) {
            Ok(transfer) => {
                self.running.borrow_mut().insert(job, Running::Send(transfer));
            }
            Err(error) => {
                let driver = self.clone();
                spawn_local(async move {
                    driver.tell(Event::Sent {
                        job,
                        outcome: Err(error),
                    });
                });
            }
        }
    }

    /// Reports the end of a job, unless the job was aborted.
    fn ended(self: &Rc<Self>, job: JobId, event: Event) {
        let running = self.running.borrow_mut().remove(&job);
        if running.is_some() {
            self.tell(event);
        }
    }

    fn source(&self, file: FileId) -> Option<web_sys::File> {
        self.sources.borrow().get(&file).map(|source| source.file.clone())
    }

    fn wake_at(self: &Rc<Self>, moment: Millis) {
        if let Some(alarm) = self.alarm.take() {
            alarm.clear();
        }
        let pause = Duration::from_millis(moment.saturating_sub(now()));
        let driver = self.clone();
        let alarm = set_timeout_with_handle(move || driver.tell(Event::Woken), pause);
        self.alarm.set(alarm.ok());
    }

    pub(super) fn redraw_soon(self: &Rc<Self>) {
        if self.redraw_due.replace(true) {
            return;
        }
        let driver = self.clone();
        set_timeout(move || driver.redraw(), REDRAW);
    }

    fn redraw(self: &Rc<Self>) {
        self.redraw_due.set(false);
        let (snapshot, ongoing) = {
            let engine = self.engine.borrow();
            let snapshot = Snapshot::of(&engine, now());
            (snapshot, engine.is_busy())
        };
        let unfinished = self.unfinished_to_show();
        self.board.draw(snapshot, unfinished);
        let arrived = self.arrived.take();
        if !arrived.is_empty() {
            self.uploads.announce_arrivals(arrived);
        }
        // Speed and time left move on even while nothing else happens.
        if ongoing {
            self.redraw_later();
        }
    }

    fn redraw_later(self: &Rc<Self>) {
        let driver = self.clone();
        set_timeout(move || driver.redraw_soon(), Duration::from_secs(1));
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "milliseconds since the page was opened"
)]
fn now() -> Millis {
    window().performance().map_or(0.0, |clock| clock.now()) as Millis
}
