//! `forepeak serve`: everything that a request may need, then the listener.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use listener::Ended;
use secrecy::ExposeSecret;
use server::{
    config::Config,
    features::auth::{development, service::Auth},
    http::{self, listen},
    jobs,
    platform::{
        clock::{Clock, SystemClock},
        database::Database,
        descriptors, mailer,
        password::Passwords,
        rate_limit::MemoryLimiter,
        rng::{Rng, SystemRng},
    },
    state::{AppState, Parts},
    telemetry,
};
use tokio::net::TcpListener;

use super::{Outcome, banner, first_admin, secrets, shutdown::Shutdown, storage};

const SWEEP_EVERY: Duration = Duration::from_secs(3600);

#[derive(Debug, thiserror::Error)]
#[error("LEPTOS_SITE_ADDR: cannot listen on {addr}")]
struct ListenError {
    addr: SocketAddr,
    source: std::io::Error,
}

pub(super) async fn run(config: Config) -> Outcome {
    telemetry::log::start(&config.log)?;
    telemetry::metrics::start();
    let shutdown = Shutdown::on_signals()?;
    let addr = config.site.addr;
    let connections = room_for_connections();
    let socket = TcpListener::bind(addr)
        .await
        .map_err(|source| ListenError { addr, source })?;

    tokio::fs::create_dir_all(&config.site.data_dir).await?;
    let db = Database::connect(config.accounts.database_url.expose_secret()).await?;
    db.migrate().await?;
    // Requests under way need storage to the last.
    let (storage_is_needed, storage_shutdown) = Shutdown::by_hand();
    let storage = storage::start(&config, connections, storage_shutdown).await?;
    let (rng, clock) = (
        Arc::new(SystemRng) as Arc<dyn Rng>,
        Arc::new(SystemClock) as Arc<dyn Clock>,
    );
    let state = AppState::new(Parts {
        keys: secrets::token_keys(&config, rng.as_ref())?,
        passwords: Passwords::new(Arc::clone(&rng))?,
        mailer: mailer::configured(&config.mail, &db, &clock, &rng)?,
        config,
        db,
        limiter: Arc::new(MemoryLimiter::new(Arc::clone(&clock))),
        clock,
        rng,
        store: Arc::new(storage.store),
    });
    if state.config.accounts.development_accounts {
        development::seed(&state.auth).await?;
        tracing::warn!("development accounts exist, with passwords that everybody knows");
    } else {
        first_admin::arrange(&state).await?;
    }
    let sweeping = tokio::spawn(sweep(state.auth.clone()));
    let reaping = tokio::spawn(jobs::uploads::reap(state.uploads.clone()));
    tokio::spawn(telemetry::budget::report_left_out());
    let mailing = tokio::spawn(jobs::mail::deliver(state.mails.clone(), state.auth.clone()));

    banner::print(&state.config)?;
    serve(socket, &state, connections, shutdown).await;
    sweeping.abort();
    reaping.abort();
    mailing.abort();
    drop(storage_is_needed);
    if let Some(serving) = storage.serving {
        serving.await?;
    }
    state.db.close().await;
    Ok(())
}

async fn serve(socket: TcpListener, state: &AppState, connections: usize, shutdown: Shutdown) {
    let trusted = state.config.limits.trusted_proxies.clone();
    let limits = listen::limits(connections, trusted);
    let router = http::build(state.clone());
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
