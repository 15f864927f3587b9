//! Times that read relative to now once the page lives, and absolute before: the server has no idea how old the
//! page will be when it is read.

use std::time::Duration;

use leptos::prelude::*;

use crate::{browser, contract::Timestamp, format::moment};

/// Seconds of the Unix epoch; `None` until hydrated.
#[derive(Clone, Copy)]
struct Now(RwSignal<Option<i64>>);

/// Starts a clock that moves all times below it once a minute.
pub fn provide_clock() {
    let now = RwSignal::new(None);
    provide_context(Now(now));
    Effect::new(move |_| {
        now.set(Some(browser::unix_now()));
        let tick = set_interval_with_handle(
            move || {
                now.try_set(Some(browser::unix_now()));
            },
            Duration::from_secs(60),
        );
        if let Ok(tick) = tick {
            on_cleanup(move || tick.clear());
        }
    });
}

#[component]
pub fn Time(moment: Timestamp) -> impl IntoView {
    let now = use_context::<Now>().map(|now| now.0);
    let exact = moment::exact(moment);
    let shown = exact.clone();
    view! {
        <time datetime=moment.to_string() title=exact>
            {move || {
                now.and_then(|now| now.get())
                    .map_or_else(|| shown.clone(), |now| moment::relative(moment, now))
            }}
        </time>
    }
}
