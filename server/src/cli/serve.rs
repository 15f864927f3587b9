//! `forepeak serve`: everything that a request may need, then the listener.

use listener::Ended;
use server::{
    config::Config,
    http::listen,
    jobs::{self, runner::Background},
    platform::descriptors,
    router,
    state::AppState,
    telemetry,
};
use tokio::net::TcpListener;

use super::{
    Outcome, accounts, banner, dependencies, first_admin, preflight, shutdown::Shutdown, start_log, storage,
};

pub(super) async fn run(config: Config) -> Outcome {
    start_log(&config)?;
    preflight::check(&config)?;
    telemetry::metrics::start();
    let shutdown = Shutdown::on_signals()?;
    let addr = config.site.addr;
    let connections = room_for_connections();
    let socket = storage::listen("LEPTOS_SITE_ADDR", addr).await?;

    let db = accounts::open(&config).await?;
    // Requests under way need storage to the last.
    let (storage_is_needed, storage_shutdown) = Shutdown::by_hand();
    let storage = storage::start(&config, connections, storage_shutdown).await?;
    let state = AppState::new(dependencies::of(config, db)?, storage.store);
    // Only at a first start may a bucket be missing.
    if !state.auth.has_accounts().await? {
        state.storage_setup.make_bucket_where_missing();
    }
    let storage_is_set_up = storage::prepare(&state.config, &state.storage_setup).await?;
    let known = accounts::prepare(&state).await?;
    if storage_is_set_up {
        first_admin::arrange(&state).await?;
    }
    let mut background = Background::start(&state);
    if !storage_is_set_up {
        background.spawn("the set-up of storage", catch_up(state.clone()));
    }

    banner::print(&state.config, &known)?;
    // Both wind down at once: what stops the program may not wait for one after the other.
    let winding_down = async {
        shutdown.clone().wait().await;
        background.stop().await;
    };
    tokio::join!(serve(socket, &state, connections, shutdown.clone()), winding_down);
    drop(storage_is_needed);
    if let Some(serving) = storage.serving {
        serving.await?;
    }
    state.platform.db.close().await;
    Ok(())
}

/// Finishes what the start could not do while storage was away.
async fn catch_up(state: AppState) {
    jobs::storage::set_up(state.storage_setup.clone()).await;
    if let Err(error) = first_admin::arrange(&state).await {
        tracing::error!("{error}");
    }
}

async fn serve(socket: TcpListener, state: &AppState, connections: usize, shutdown: Shutdown) {
    let trusted = state.config.limits.trusted_proxies.clone();
    let limits = listen::limits(connections, trusted);
    let router = router::build(state.clone());
    if let Ended::CutOff(connections) = listen::serve(socket, router, limits, shutdown.wait()).await {
        tracing::warn!(connections, "requests were still under way; they were cut off");
    }
}

/// How many connections each listener has room for. One may need others: to storage, to the database, and a spool
/// file or a blob; and there are two listeners with the embedded store.
fn room_for_connections() -> usize {
    const DESCRIPTORS_PER_CONNECTION: u64 = 8;
    usize::try_from(descriptors::raise() / DESCRIPTORS_PER_CONNECTION).unwrap_or(usize::MAX)
}
