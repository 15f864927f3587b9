//! One job in the panel.

use leptos::prelude::*;

use crate::{
    contract::{JobId, key::name_of},
    features::{
        auth::viewer::use_viewer,
        jobs::{
            feed::Feed,
            types::{Job, JobState},
            words,
        },
    },
    format,
    ui::{Button, Icon, IconButton, Progress, Sentence, icon::Name},
};

#[component]
pub fn JobRow(feed: Feed, id: JobId) -> impl IntoView {
    let job = Memo::new(move |_| feed.board.with(|board| board.get(id)?.job.clone()));
    let home = use_viewer().map(|viewer| viewer.prefix).unwrap_or_default();
    let title = Memo::new(move |_| {
        let own = feed.board.with(|board| board.get(id)?.title.clone());
        own.or_else(|| job.with(|job| job.as_ref().map(|job| words::title(job, &home))))
            .unwrap_or_default()
    });
    let has_ended = Memo::new(move |_| job.with(|job| job.as_ref().is_some_and(Job::has_ended)));
    let can_undo = Memo::new(move |_| {
        job.with(|job| {
            job.as_ref()
                .is_some_and(|job| job.has_ended() && job.undo.is_some())
        })
    });
    let failures = Memo::new(move |_| job.with(|job| job.as_ref().map(failures).unwrap_or_default()));
    let state = move || {
        job.with(|job| match job {
            Some(job) if job.has_ended() && job.has_failed() => "failed",
            Some(job) if job.state == JobState::Cancelled => "over",
            Some(job) if job.has_ended() => "done",
            _ => "open",
        })
    };
    let status = move || job.with(|job| job.as_ref().map_or_else(|| "Begins".to_owned(), words::status));
    let fraction = Signal::derive(move || job.with(|job| job.as_ref().and_then(words::fraction)));
    view! {
        <li class="upload" data-state=state>
            <span class="upload-icon">
                {move || {
                    let name = job.with(|job| job.as_ref().map_or(Name::Clock, |job| words::icon(&job.kind)));
                    view! { <Icon name /> }
                }}
            </span>
            <div class="upload-text">
                <span class="upload-name" title=move || format::visible(&title.get()).into_owned()>
                    {move || view! { <Sentence text=title.get() /> }}
                </span>
                <span class="upload-status">{status}</span>
                <Show when=move || !has_ended.get()>
                    <Progress label="Progress" fraction />
                </Show>
                <Show when=move || !failures.with(Vec::is_empty)>
                    <details class="job-failures">
                        <summary>
                            {move || could_not(failures.with(Vec::len))}
                        </summary>
                        <ul>
                            {move || {
                                failures
                                    .get()
                                    .into_iter()
                                    .map(|(name, why)| view! { <li><bdi>{name}</bdi> {why}</li> })
                                    .collect_view()
                            }}
                        </ul>
                    </details>
                </Show>
                <Show when=move || can_undo.get()>
                    <div class="upload-choice">
                        <Button icon=Name::Undo on_press=move |_| feed.undo(id, title.get_untracked())>
                            "Undo"
                        </Button>
                    </div>
                </Show>
            </div>
            <div class="upload-commands">
                <Show when=move || !has_ended.get()>
                    <IconButton
                        icon=Name::Close
                        label=Signal::derive(move || format!("Cancel: {}", format::visible(&title.get())))
                        on_press=move |_| feed.cancel(id)
                    />
                </Show>
            </div>
        </li>
    }
}

/// What could not be done, with the reasons.
fn failures(job: &Job) -> Vec<(String, String)> {
    let named = job.failures.iter().filter(|failure| !failure.key.is_empty());
    named
        .map(|failure| {
            let name = name_of(failure.key.trim_end_matches('/'));
            (
                format::visible(name).into_owned(),
                format!(": {}.", failure.message.trim_end_matches('.')),
            )
        })
        .collect()
}

/// The server sends the first ten failures of a job.
fn could_not(number: usize) -> String {
    if number < 10 {
        format!(
            "{} could not be done",
            format::count(number as u64, "item", "items")
        )
    } else {
        "10 items or more could not be done".to_owned()
    }
}
