//! Counters and timings for Prometheus.

use std::{sync::LazyLock, time::Duration};

use http::{Method, StatusCode};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Seconds. From an answer out of memory to an upload through the server.
const BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

/// The recorder belongs to the process, as the macros that feed it do.
static RECORDER: LazyLock<Option<PrometheusHandle>> = LazyLock::new(|| {
    PrometheusBuilder::new()
        .set_buckets(&BUCKETS)
        .ok()?
        .install_recorder()
        .ok()
});

/// Starts recording. What is counted before is lost.
pub fn start() {
    LazyLock::force(&RECORDER);
}

/// Everything recorded, in Prometheus' text format.
#[must_use]
pub fn render() -> String {
    RECORDER
        .as_ref()
        .map(|recorder| {
            recorder.run_upkeep();
            recorder.render()
        })
        .unwrap_or_default()
}

/// One request. `route` is the pattern that matched, never the path: paths hold names and have no end.
pub(crate) fn request(method: &Method, route: &str, status: StatusCode, took: Duration) {
    let labels = [
        ("method", method.as_str().to_owned()),
        ("route", route.to_owned()),
        ("status", status.as_u16().to_string()),
    ];
    metrics::counter!("forepeak_http_requests_total", &labels).increment(1);
    metrics::histogram!("forepeak_http_request_seconds", "route" => route.to_owned())
        .record(took.as_secs_f64());
}
