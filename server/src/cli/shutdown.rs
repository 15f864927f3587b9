//! Ctrl-C and SIGTERM: stop accepting, let what is under way finish, end.

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// Heard by every part of the program. Cheap to clone.
#[derive(Clone)]
pub(super) struct Shutdown(watch::Receiver<bool>);

impl Shutdown {
    /// Listens from now on.
    pub(super) fn on_signals() -> std::io::Result<Self> {
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("shutting down: requests under way may finish");
            sender.send_replace(true);
            // Whoever asks twice does not want to wait.
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            std::process::exit(130);
        });
        Ok(Self(receiver))
    }

    /// For a part that others need until they have ended: its end comes when the first is dropped.
    pub(super) fn by_hand() -> (watch::Sender<bool>, Self) {
        let (needed, receiver) = watch::channel(false);
        (needed, Self(receiver))
    }

    /// Resolves once the end is near.
    pub(super) async fn wait(mut self) {
        let _ = self.0.wait_for(|down| *down).await;
    }
}
