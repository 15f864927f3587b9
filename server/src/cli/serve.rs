//! `forepeak serve`: everything that a request may need, then the listener.

use std::{net::SocketAddr, sync::Arc, time::Duration};

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

/// How long requests under way may take to finish once the end is near.
const DRAIN: Duration = Duration::from_secs(30);
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
    let listener = TcpListener::bind(addr)
        .await
        .map_err(|source| ListenError { addr, source })?;

    tokio::fs::create_dir_all(&config.site.data_dir).await?;
    let db = Database::connect(config.accounts.database_url.expose_secret()).await?;
    db.migrate().await?;
    // Requests under way need storage to the last.
    let (storage_is_needed, storage_shutdown) = Shutdown::by_hand();
    let storage = storage::start(&config, storage_shutdown).await?;
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
    let mailing = tokio::spawn(jobs::mail::deliver(state.mails.clone(), state.auth.clone()));

    banner::print(&state.config)?;
    serve(listener, &state, shutdown).await?;
    sweeping.abort();
    reaping.abort();
    mailing.abort();
    drop(storage_is_needed);
    if let Some(serving) = storage.serving {
        serving.await??;
    }
    state.db.close().await;
    Ok(())
}

async fn serve(listener: TcpListener, state: &AppState, shutdown: Shutdown) -> std::io::Result<()> {
    let router = http::build(state.clone());
    let overdue = {
        let shutdown = shutdown.clone();
        async move {
            shutdown.wait().await;
            tokio::time::sleep(DRAIN).await;
        }
    };
    let serving = listen::serve(listener, router, limits(state), shutdown.wait());
    tokio::select! {
        ended = serving => ended,
        () = overdue => {
            tracing::warn!("requests are still under way after {} s; they are cut off", DRAIN.as_secs());
            Ok(())
        }
    }
}

/// A connection may need others: to storage, to the database, and a spool file.
fn limits(state: &AppState) -> listen::Limits {
    const DESCRIPTORS_PER_CONNECTION: u64 = 4;
    let defaults = listen::Limits::default();
    let room = usize::try_from(descriptors::raise() / DESCRIPTORS_PER_CONNECTION).unwrap_or(usize::MAX);
    listen::Limits {
        connections: defaults.connections.min(room),
        trusted: state.config.limits.trusted_proxies.clone(),
        ..defaults
    }
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
