//! `forepeak serve`: everything that a request may need, then the listener.

use std::{sync::Arc, time::Duration};

use listener::Ended;
use server::{
    config::Config, features::auth::service::Auth, http::listen, jobs, platform::descriptors, router,
    state::AppState, telemetry,
};
use tokio::net::TcpListener;

use super::{
    Outcome, accounts, banner, dependencies, first_admin, preflight, shutdown::Shutdown, start_log, storage,
};

const SWEEP_EVERY: Duration = Duration::from_secs(3600);

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
    let state = AppState::new(dependencies::of(config, db)?, Arc::new(storage.store));
    // Only at a first start may a bucket be missing.
    if !state.auth.has_accounts().await? {
        state.storage_setup.make_bucket_where_missing();
    }
    let storage_is_set_up = storage::prepare(&state.config, &state.storage_setup).await?;
    let known = accounts::prepare(&state).await?;
    if storage_is_set_up {
        first_admin::arrange(&state).await?;
    } else {
        tokio::spawn(catch_up(state.clone()));
    }
    check_mail(&state);
    let sweeping = tokio::spawn(sweep(state.auth.clone()));
    let reaping = tokio::spawn(jobs::uploads::reap(state.uploads.clone()));
    tokio::spawn(telemetry::budget::report_left_out());
    let mailing = tokio::spawn(jobs::mail::deliver(state.mails.clone(), state.auth.clone()));

    banner::print(&state.config, &known)?;
    serve(socket, &state, connections, shutdown).await;
    sweeping.abort();
    reaping.abort();
    mailing.abort();
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

/// Beside the start: a mail server that is away keeps nobody from their files, and mail waits for it.
fn check_mail(state: &AppState) {
    let mails = state.mails.clone();
    tokio::spawn(async move {
        if let Err(error) = mails.check().await {
            tracing::warn!("{error}");
        }
    });
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

async fn sweep(auth: Auth) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    loop {
        ticks.tick().await;
        if let Err(error) = auth.sweep().await {
            tracing::warn!(%error, "ended sign-ins could not be swept");
        }
    }
}
