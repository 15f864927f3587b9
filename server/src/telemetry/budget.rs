//! How many lines of one kind the log takes in a minute: strangers must not be able to fill the disk with it.
//!
//! A kind is a place in the source. Warnings and errors of each are bounded, whoever's code they come from, and so is
//! what is said about requests of people that are not signed in. What people do who are signed in is always written:
//! there are limits to how much of it there can be.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tracing::{Event, Level, Metadata, callsite::Identifier};
use tracing_subscriber::layer::{Context, Filter};

/// The target of what is said about requests of people that are not signed in.
pub(crate) const STRANGERS: &str = "server::strangers";

const MINUTE: Duration = Duration::from_secs(60);
/// Sixty megabytes a day.
const STRANGERS_A_MINUTE: u32 = 300;
const PROBLEMS_A_MINUTE: u32 = 60;

/// What has been left out and not yet been reported.
static LEFT_OUT: AtomicU64 = AtomicU64::new(0);

/// Says once a minute how many lines were left out, if any were.
pub async fn report_left_out() {
    let mut minutes = tokio::time::interval(MINUTE);
    loop {
        minutes.tick().await;
        let lines = LEFT_OUT.swap(0, Ordering::Relaxed);
        if lines > 0 {
            tracing::warn!(
                lines,
                "lines were left out of the log: there were too many of a kind"
            );
        }
    }
}

#[derive(Default)]
pub(super) struct LineBudget(Mutex<HashMap<Identifier, Window>>);

struct Window {
    began: Instant,
    lines: u32,
}

impl LineBudget {
    fn admits(&self, line: &Metadata<'_>, now: Instant) -> bool {
        let limit = if line.target() == STRANGERS {
            STRANGERS_A_MINUTE
        } else if *line.level() <= Level::WARN {
            PROBLEMS_A_MINUTE
        } else {
            return true;
        };
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows
            .entry(line.callsite())
            .or_insert(Window { began: now, lines: 0 });
        if now.duration_since(window.began) >= MINUTE {
            *window = Window { began: now, lines: 0 };
        }
        window.lines = window.lines.saturating_add(1);
        window.lines <= limit
    }
}

impl<S> Filter<S> for LineBudget {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        let admitted = self.admits(event.metadata(), Instant::now());
        if !admitted {
            LEFT_OUT.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("forepeak_log_lines_left_out_total").increment(1);
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{self, Write},
        sync::Arc,
    };

    use tracing::subscriber::with_default;
    use tracing_subscriber::{fmt, layer::SubscriberExt};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// How often each word stands in what is written while `work` runs.
    fn count<const N: usize>(words: [&str; N], work: impl FnOnce()) -> [usize; N] {
        use tracing_subscriber::Layer;
        let written = Written::default();
        let writer = written.clone();
        let lines = fmt::layer().with_writer(move || writer.clone());
        with_default(
            tracing_subscriber::registry().with(lines.with_filter(LineBudget::default())),
            work,
        );
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        words.map(|word| text.matches(word).count())
    }

    #[test]
    fn security_47_a_flood_of_one_kind_leaves_room_for_the_others() {
        let counted = count(["unknown", "person", "problem", "another"], || {
            for _ in 0..1000 {
                tracing::info!(target: STRANGERS, "unknown");
                tracing::info!("person");
                tracing::warn!("problem");
            }
            tracing::error!("another");
        });
        assert_eq!(
            counted,
            [STRANGERS_A_MINUTE as usize, 1000, PROBLEMS_A_MINUTE as usize, 1]
        );
    }

    #[test]
    fn every_minute_has_its_budget() {
        let budget = LineBudget::default();
        let callsite = tracing::error_span!("a kind");
        let line = callsite.metadata().unwrap();
        let began = Instant::now();
        let admitted = |at: Duration| (0..100).filter(|_| budget.admits(line, began + at)).count();
        assert_eq!(admitted(Duration::ZERO), PROBLEMS_A_MINUTE as usize);
        assert_eq!(admitted(Duration::from_secs(59)), 0);
        assert_eq!(admitted(MINUTE), PROBLEMS_A_MINUTE as usize);
    }
}
