//! What the program logs, kept for the test to read.

use std::{
    io,
    sync::{Arc, Mutex},
};

use server::{config::LogFormat, telemetry::log};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter;

/// Where a log goes instead of standard error.
#[derive(Clone, Default)]
pub(crate) struct KeptLog(Arc<Mutex<Vec<u8>>>);

impl KeptLog {
    /// Everything that this thread logs at these levels, until the guard is dropped.
    pub(crate) fn begin(format: LogFormat, filter: &str) -> (Self, DefaultGuard) {
        let ([kept], guard) = Self::begin_each([format], filter);
        (kept, guard)
    }

    /// The same in several formats at once.
    pub(crate) fn begin_each<const N: usize>(
        formats: [LogFormat; N],
        filter: &str,
    ) -> ([Self; N], DefaultGuard) {
        let kept = [(); N].map(|()| Self::default());
        let lines = formats.into_iter().zip(&kept);
        let lines = lines.map(|(format, kept)| log::lines(format, kept.clone(), false));
        let guard = tracing::subscriber::set_default(log::subscriber(filter, lines.collect()));
        (kept, guard)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for KeptLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for KeptLog {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
