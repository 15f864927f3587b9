//! One file in the panel.

use leptos::prelude::*;

use super::words;
use crate::{
    features::uploads::{
        board::use_board,
        engine::{Choice, Event, FileId, Scope, Status},
        snapshot::Row,
    },
    format,
    ui::{Button, Icon, IconButton, Progress, Variant, icon::Name},
};

/// Which commands a row offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Offers {
    pause: bool,
    resume: bool,
    retry: bool,
    cancel: bool,
    choice: bool,
}

impl Offers {
    const fn of(status: &Status) -> Self {
        let mut offers = Self {
            pause: false,
            resume: false,
            retry: false,
            cancel: true,
            choice: false,
        };
        match status {
            Status::Waiting
            | Status::Preparing
            | Status::Uploading
            | Status::Verifying
            | Status::Retrying { .. } => offers.pause = true,
            Status::Paused => offers.resume = true,
            Status::Failed(failure) => offers.retry = failure.can_retry(),
            Status::Conflict { .. } => offers.choice = true,
            Status::Finishing | Status::Done | Status::Skipped | Status::Cancelled => offers.cancel = false,
        }
        offers
    }
}

#[component]
pub fn FileRowView(id: FileId) -> impl IntoView {
    let board = use_board();
    let snapshot = board.snapshot();
    let row = Memo::new(move |_| snapshot.with(|s| s.rows.iter().find(|row| row.id == id).cloned()));
    let of_row =
        move |read: fn(&Row) -> String| move || row.with(|row| row.as_ref().map(read).unwrap_or_default());
    let name = row.with_untracked(|row| row.as_ref().map(|row| row.name.clone()).unwrap_or_default());
    let offers = Memo::new(move |_| {
        row.with(|row| {
            row.as_ref()
                .map(|row| Offers::of(&row.status))
                .unwrap_or_default()
        })
    });
    let under_way = Memo::new(move |_| {
        row.with(|row| {
            row.as_ref().is_some_and(|row| {
                Offers::of(&row.status).pause
                    || row.status == Status::Paused
                    || row.status == Status::Finishing
            })
        })
    });
    let text = Memo::new(move |_| {
        let offline = snapshot.with(|s| s.offline);
        row.with(|row| {
            row.as_ref()
                .map(|row| words::status(row, offline))
                .unwrap_or_default()
        })
    });
    let state = of_row(|row| state_class(&row.status).to_owned());
    let fraction = Signal::derive(move || row.with(|row| row.as_ref().map(|row| row.progress.fraction())));
    let command = move |event: fn(Scope) -> Event| move |_| board.command(event(Scope::One(id)));
    let label = StoredValue::new(format::visible(&name).into_owned());
    let labelled = move |verb: &str| format!("{verb} {}", label.get_value());
    view! {
        <li class="upload" data-state=state>
            <span class="upload-icon">
                {move || view! { <Icon name=row.with(|row| row.as_ref().map_or(Name::File, |row| icon(&row.status))) /> }}
            </span>
            <div class="upload-text">
                <span class="upload-name" title=of_row(|row| format::visible(&row.name).into_owned())>
                    <bdi>{of_row(|row| format::visible(&row.name).into_owned())}</bdi>
                </span>
                <span class="upload-status">{move || text.get()}</span>
                <Show when=move || under_way.get()>
                    <Progress label=labelled("Upload of") fraction />
                </Show>
                <Show when=move || offers.get().choice>
                    <div class="upload-choice">
                        <Choose id choice=Choice::Skip words="Skip" />
                        <Choose id choice=Choice::Overwrite words="Replace" />
                        <Choose id choice=Choice::KeepBoth words="Keep both" />
                    </div>
                </Show>
            </div>
            <div class="upload-commands">
                <Show when=move || offers.get().pause>
                    <IconButton icon=Name::Pause label=labelled("Pause") on_press=command(Event::Paused) />
                </Show>
                <Show when=move || offers.get().resume>
                    <IconButton icon=Name::Play label=labelled("Resume") on_press=command(Event::Resumed) />
                </Show>
                <Show when=move || offers.get().retry>
                    <IconButton icon=Name::Refresh label=labelled("Retry") on_press=command(Event::Retried) />
                </Show>
                <Show when=move || offers.get().cancel>
                    <IconButton icon=Name::Close label=labelled("Cancel") on_press=command(Event::Cancelled) />
                </Show>
            </div>
        </li>
    }
}

#[component]
fn Choose(id: FileId, choice: Choice, words: &'static str) -> impl IntoView {
    let board = use_board();
    view! {
        <Button
            variant=Variant::Quiet
            on_press=move |_| board.command(Event::Decided { file: id, choice, for_all: false })
        >
            {words}
        </Button>
    }
}

const fn icon(status: &Status) -> Name {
    match status {
        Status::Done => Name::Check,
        Status::Failed(_) | Status::Conflict { .. } => Name::Warning,
        _ => Name::File,
    }
}

const fn state_class(status: &Status) -> &'static str {
    match status {
        Status::Done => "done",
        Status::Failed(_) => "failed",
        Status::Conflict { .. } => "conflict",
        Status::Skipped | Status::Cancelled => "over",
        _ => "open",
    }
}
